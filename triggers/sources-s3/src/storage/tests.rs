//! The storage without a protocol around it: lists against a model, races, crashes, both sides of its limits.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use s3s::S3Result;
use s3s::dto::{Checksum, StreamingBlob};
use tempfile::TempDir;

use super::list::{Entry, Query};
use super::*;
use crate::limits::{MAX_ATTRIBUTES_BYTES, MAX_UPLOADS, STALL, UPLOAD_AGE};

fn blob(bytes: &[u8]) -> StreamingBlob {
    let bytes = Bytes::copy_from_slice(bytes);
    StreamingBlob::wrap(stream::iter([Ok::<_, io::Error>(bytes)]))
}

async fn storage() -> (TempDir, Storage) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(folder.path()).unwrap();
    assert!(storage.create_bucket("bucket").await.unwrap());
    (folder, storage)
}

async fn put(storage: &Storage, key: &str, bytes: &[u8]) -> S3Result<()> {
    let received = storage.receive(blob(bytes), Expected::default()).await?;
    let _turn = storage.lock("bucket", [key]).await;
    storage.name(&received, ("bucket", key), &received.etag(), &Attributes::default()).await
}

async fn bytes(found: &Found) -> Vec<u8> {
    let mut body = found.read(0, found.size).await.unwrap();
    let mut all = Vec::new();
    while let Some(chunk) = body.next().await {
        all.extend_from_slice(&chunk.unwrap());
    }
    all
}

fn left(storage: &Storage) -> usize {
    std::fs::read_dir(storage.hidden("tmp")).unwrap().count()
}

/// What S3's page says: objects and common prefixes in one order, by going over all keys.
fn model(keys: &BTreeSet<&str>, query: &Query) -> (Vec<String>, bool) {
    let shown = |key: &&str| {
        let rest = key.strip_prefix(query.prefix.as_str())?;
        let cut = (!query.delimiter.is_empty()).then(|| rest.find(query.delimiter.as_str())).flatten();
        Some(cut.map_or((*key).to_owned(), |at| {
            key[..query.prefix.len() + at + query.delimiter.len()].to_owned()
        }))
    };
    let all: BTreeSet<String> = keys.iter().filter_map(shown).filter(|key| *key > query.after).collect();
    let more = all.len() > query.limit && query.limit > 0;
    (all.into_iter().take(query.limit).collect(), more)
}

#[tokio::test]
async fn lists_are_those_of_the_model() {
    let (_folder, storage) = storage().await;
    let keys = ["a", "a-b/c", "a/b", "a/b.c", "a/c/d", "a/c/e", "a0", "b/x", "b/y/z", "ü/1", "z z/+%"];
    for key in keys {
        put(&storage, key, b"1").await.unwrap_or_default();
    }
    // `a` is an object, so nothing can lie below it: what was refused is not there.
    let keys: BTreeSet<&str> = keys.into_iter().filter(|key| !key.starts_with("a/")).collect();
    for prefix in ["", "a", "a-", "a-b/", "b/", "b/y", "ü", "z", "zz"] {
        for delimiter in ["", "/", "-", "y/", " "] {
            for limit in [0, 1, 2, 3, 100] {
                let mut after = String::new();
                loop {
                    let (prefix, delimiter) = (prefix.to_owned(), delimiter.to_owned());
                    let query = Query { prefix, delimiter, after, limit };
                    let page = storage.list("bucket", query.clone()).await.unwrap();
                    let (expected, more) = model(&keys, &query);
                    let is: Vec<String> = page.entries.keys().cloned().collect();
                    assert_eq!((&is, page.more), (&expected, more), "{query:?}");
                    for (key, entry) in &page.entries {
                        assert_eq!(
                            matches!(entry, Entry::Object { etag: Some(_), size: 1, .. }),
                            keys.contains(key.as_str())
                        );
                    }
                    let Some(last) = is.last().filter(|_| more) else { break };
                    after = last.clone();
                }
            }
        }
    }
}

#[tokio::test]
async fn a_body_with_a_wrong_digest_leaves_no_trace() {
    let (_folder, storage) = storage().await;
    put(&storage, "k", b"old").await.unwrap();
    let wrong = |md5: Option<&str>, sha256: Option<&str>| Expected {
        md5: md5.map(str::to_owned),
        checksum: Checksum { checksum_sha256: sha256.map(str::to_owned), ..Checksum::default() },
        ..Expected::default()
    };
    for expected in [wrong(Some("1B2M2Y8AsgTpgAmY7PhCfg=="), None), wrong(None, Some("AAAA"))] {
        let refused = storage.receive(blob(b"new"), expected).await.err().unwrap();
        assert_eq!(refused.code().as_str(), "BadDigest");
    }
    // The digests of "new", as `openssl dgst -binary | base64` has them.
    let good = wrong(Some("Iq9kXRhZy1ym2gxITx836g=="), Some("EVB6Di9eadXfpApiob17buV+a82FxnybhDGzb/8hxDc="));
    assert!(storage.receive(blob(b"new"), good).await.is_ok());
    assert_eq!(bytes(&storage.find("bucket", "k").await.unwrap()).await, b"old");
    assert_eq!(left(&storage), 0);
}

#[tokio::test]
async fn writes_and_deletions_side_by_side_all_succeed() {
    let (_folder, storage) = storage().await;
    let work = (0..200).map(|n| {
        let storage = &storage;
        async move {
            let key = format!("deep/{}/{}/{n}", n % 3, n % 2);
            put(storage, &key, b"1").await.unwrap();
            let _turn = storage.lock("bucket", [key.as_str()]).await;
            assert!(storage.remove("bucket", &key).await.unwrap());
        }
    });
    stream::iter(work).for_each_concurrent(16, |one| one).await;
    let page = storage.list("bucket", Query { limit: 10, ..Query::default() }).await.unwrap();
    assert_eq!(page.entries.len(), 0);
    storage.delete_bucket("bucket").await.unwrap();
    assert_eq!(left(&storage), 0);
}

#[tokio::test]
async fn a_file_changed_behind_its_back_has_its_own_tag() {
    let (folder, storage) = storage().await;
    put(&storage, "k", b"one").await.unwrap();
    let first = storage.find("bucket", "k").await.unwrap();
    std::fs::write(folder.path().join("bucket/k"), "another").unwrap();
    let second = storage.find("bucket", "k").await.unwrap();
    assert_ne!(first.etag, second.etag);
    assert_eq!((second.size, second.etag.as_str()), (7, "b32d73e56ec99bc5ec8f83871cde708a"));
    std::fs::write(folder.path().join("bucket/dropped in"), "x").unwrap();
    assert_eq!(storage.find("bucket", "dropped in").await.unwrap().etag, "9dd4e461268c8034f5c8564e155c67a6");
}

#[tokio::test]
async fn a_start_clears_what_a_crash_left() {
    let (folder, storage) = storage().await;
    put(&storage, "k", b"1").await.unwrap();
    std::fs::write(storage.temporary(), "half").unwrap();
    let old = storage.begin("bucket", "old", Attributes::default()).await.unwrap();
    let new = storage.begin("bucket", "new", Attributes::default()).await.unwrap();
    let aged = std::fs::File::open(storage.hidden("uploads").join(&old)).unwrap();
    aged.set_modified(SystemTime::now() - UPLOAD_AGE - Duration::from_secs(60)).unwrap();
    let storage = Storage::open(folder.path()).unwrap();
    assert_eq!(left(&storage), 0);
    assert_eq!(bytes(&storage.find("bucket", "k").await.unwrap()).await, b"1");
    assert_eq!(storage.upload(&old, "bucket", "old").await.unwrap_err().code().as_str(), "NoSuchUpload");
    assert!(storage.upload(&new, "bucket", "new").await.is_ok());
    for id in ["", "..", "../bucket", "nope"] {
        assert!(storage.upload(id, "bucket", "new").await.is_err(), "{id}");
    }
    assert!(storage.upload(&new, "bucket", "another").await.is_err());
}

#[tokio::test]
async fn a_part_that_comes_again_replaces_the_first() {
    let (_folder, storage) = storage().await;
    let id = storage.begin("bucket", "k", Attributes::default()).await.unwrap();
    let (folder, _) = storage.upload(&id, "bucket", "k").await.unwrap();
    for content in ["first", "second", "second"] {
        let part = storage.receive(blob(content.as_bytes()), Expected::default()).await.unwrap();
        storage.keep_part(folder.clone(), 1, &part).await.unwrap();
    }
    let parts: Vec<PartFile> = storage.parts(folder).await.unwrap().into_values().collect();
    assert_eq!(parts.iter().map(|part| part.size).collect::<Vec<_>>(), [6]);
    let (whole, etag) = storage.assemble(parts).await.unwrap();
    assert_eq!(whole.size, 6);
    assert!(etag.ends_with("-1"));
}

#[tokio::test]
async fn both_sides_of_the_limits() {
    let (_folder, storage) = storage().await;
    let sized = |n: usize| Attributes { content_type: Some("t".repeat(n)), ..Attributes::default() };
    assert!(sized(MAX_ATTRIBUTES_BYTES).check().is_ok());
    assert_eq!(sized(MAX_ATTRIBUTES_BYTES + 1).check().unwrap_err().code().as_str(), "MetadataTooLarge");
    for _ in 0..MAX_UPLOADS {
        storage.begin("bucket", "k", Attributes::default()).await.unwrap();
    }
    let one_more = storage.begin("bucket", "k", Attributes::default()).await.unwrap_err();
    assert_eq!(one_more.code().as_str(), "SlowDown");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_stops_sending_is_given_up() {
    let (_folder, storage) = storage().await;
    let start = stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"half"))]);
    let body = StreamingBlob::wrap(start.chain(stream::pending()));
    let begun = tokio::time::Instant::now();
    let refused = storage.receive(body, Expected::default()).await.err().unwrap();
    assert_eq!(refused.code().as_str(), "RequestTimeout");
    assert!(begun.elapsed() >= STALL);
    assert_eq!(left(&storage), 0);
}
