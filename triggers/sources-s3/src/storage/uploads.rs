//! Multipart uploads: a folder each, with what was said at the beginning and a file for each part.
//!
//! A part's file is named `NUMBER-MD5`, so that its tag needs no other file.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::Checksum;
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::write::hex;
use super::{Attributes, Received, Storage, blocking, failed};
use crate::limits::{MAX_UPLOADS, MIN_PART_BYTES, UPLOAD_AGE};

/// What an upload is for.
#[derive(Debug, Serialize, Deserialize)]
struct Begun {
    bucket: String,
    key: String,
    attributes: Attributes,
}

/// A part that was uploaded.
#[derive(Clone, Debug)]
pub(crate) struct PartFile {
    pub(crate) md5: String,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    path: PathBuf,
}

const BEGUN: &str = "upload.json";

impl Storage {
    /// Begins an upload and gives its id.
    pub(crate) async fn begin(&self, bucket: &str, key: &str, attributes: Attributes) -> S3Result<String> {
        self.check_bucket(bucket).await?;
        self.object_path(bucket, key)?;
        attributes.check()?;
        let uploads = self.hidden("uploads");
        let id = fanin_sources::fresh_id();
        let begun = Begun { bucket: bucket.to_owned(), key: key.to_owned(), attributes };
        let folder = uploads.join(&id);
        let created = blocking(move || {
            if std::fs::read_dir(&uploads)?.count() >= MAX_UPLOADS {
                return Ok(false);
            }
            std::fs::create_dir(&folder)?;
            std::fs::write(folder.join(BEGUN), serde_json::to_vec(&begun)?).map(|()| true)
        });
        if created.await.map_err(failed)? {
            return Ok(id);
        }
        Err(s3_error!(
            SlowDown,
            "{} multipart uploads were begun and not ended; end or abort some",
            MAX_UPLOADS
        ))
    }

    /// The folder of an upload of this object, and what was said when it began.
    pub(crate) async fn upload(&self, id: &str, bucket: &str, key: &str) -> S3Result<(PathBuf, Attributes)> {
        let missing = || s3_error!(NoSuchUpload, "the upload was ended, aborted, or never begun");
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
            return Err(missing());
        }
        let folder = self.hidden("uploads").join(id);
        let text = tokio::fs::read(folder.join(BEGUN)).await.map_err(|_| missing())?;
        let begun: Begun = serde_json::from_slice(&text).map_err(|_| missing())?;
        if (begun.bucket.as_str(), begun.key.as_str()) != (bucket, key) {
            return Err(missing());
        }
        Ok((folder, begun.attributes))
    }

    /// Keeps a part; one of the same number that was there before is replaced.
    pub(crate) async fn keep_part(&self, folder: PathBuf, number: i32, part: &Received) -> S3Result<()> {
        let (from, name) = (part.path.clone(), format!("{number}-{}", part.etag()));
        let kept = blocking(move || {
            std::fs::rename(&from, folder.join(&name))?;
            for (other, file) in read_parts(&folder)? {
                if other == number && file.path.file_name() != Some(name.as_ref()) {
                    std::fs::remove_file(file.path)?;
                }
            }
            Ok(())
        });
        kept.await.map_err(failed)
    }

    /// The parts of an upload, by number.
    pub(crate) async fn parts(&self, folder: PathBuf) -> S3Result<BTreeMap<i32, PartFile>> {
        blocking(move || Ok(read_parts(&folder)?.into_iter().collect())).await.map_err(failed)
    }

    /// Puts the named parts together, to a body without a name yet, and the object's tag. The parts stay.
    pub(crate) async fn assemble(&self, parts: Vec<PartFile>) -> S3Result<(Received, String)> {
        let last = parts.len().saturating_sub(1);
        if parts.iter().take(last).any(|part| part.size < MIN_PART_BYTES) {
            return Err(s3_error!(
                EntityTooSmall,
                "every part but the last has at least {} bytes",
                MIN_PART_BYTES
            ));
        }
        let (path, count) = (self.temporary(), parts.len());
        let mut received =
            Received { path: path.clone(), md5: [0; 16], size: 0, checksum: Checksum::default() };
        let sums: Vec<u8> = parts.iter().flat_map(|part| unhex(&part.md5)).collect();
        let joined = blocking(move || {
            let (mut to, mut size) = (std::fs::File::create(&path)?, 0);
            for part in parts {
                size += io::copy(&mut std::fs::File::open(part.path)?, &mut to)?;
            }
            to.sync_all().map(|()| size)
        });
        received.size = joined.await.map_err(failed)?;
        received.md5 = Md5::checksum(&sums);
        let etag = format!("{}-{count}", hex(&received.md5));
        Ok((received, etag))
    }

    /// Forgets an upload and its parts.
    pub(crate) async fn end(&self, folder: PathBuf) -> S3Result<()> {
        blocking(move || std::fs::remove_dir_all(folder)).await.map_err(failed)
    }

    /// Forgets the uploads that nobody will end.
    pub(super) fn drop_old_uploads(&self) -> io::Result<()> {
        for entry in std::fs::read_dir(self.hidden("uploads"))? {
            let entry = entry?;
            let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age > UPLOAD_AGE {
                std::fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }
}

fn read_parts(folder: &std::path::Path) -> io::Result<Vec<(i32, PartFile)>> {
    let mut parts = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some((number, md5)) = name.to_str().and_then(|name| name.split_once('-')) else { continue };
        let Ok(number) = number.parse() else { continue };
        let metadata = entry.metadata()?;
        let (size, modified) = (metadata.len(), metadata.modified()?);
        parts.push((number, PartFile { md5: md5.to_owned(), size, modified, path: entry.path() }));
    }
    Ok(parts)
}

fn unhex(text: &str) -> Vec<u8> {
    let byte =
        |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    text.as_bytes().chunks(2).filter_map(byte).collect()
}
