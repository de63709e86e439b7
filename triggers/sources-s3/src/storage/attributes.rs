//! What S3 keeps beside an object's bytes: its entity tag, content headers and user metadata.
//!
//! They lie in a file of their own, named after bucket and key by a fingerprint, and say which state of the object's
//! file they belong to. An object that was changed behind the endpoint's back has none, and its tag is computed anew.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

use fanin_event::Identity;
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

use super::{Storage, blocking};
use crate::limits::MAX_ATTRIBUTES_BYTES;

/// The number of the file's form; a file of another form is as good as none.
const FORM: u32 = 1;

/// Content headers and user metadata as the client gave them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attributes {
    pub(crate) content_type: Option<String>,
    pub(crate) content_encoding: Option<String>,
    pub(crate) content_disposition: Option<String>,
    pub(crate) content_language: Option<String>,
    pub(crate) cache_control: Option<String>,
    /// Sorted, so that the same metadata are the same bytes.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// The file's content.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    form: u32,
    bucket: String,
    key: String,
    size: u64,
    /// Nanoseconds since the epoch.
    modified: u64,
    pub(super) etag: String,
    #[serde(flatten)]
    pub(super) attributes: Attributes,
}

impl Attributes {
    /// Refuses more than an object may have beside its bytes.
    pub(crate) fn check(&self) -> S3Result<()> {
        let headers = [
            &self.content_type,
            &self.content_encoding,
            &self.content_disposition,
            &self.content_language,
            &self.cache_control,
        ];
        let headers: usize = headers.into_iter().flatten().map(String::len).sum();
        let metadata: usize = self.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if headers + metadata > MAX_ATTRIBUTES_BYTES {
            return Err(s3_error!(
                MetadataTooLarge,
                "headers and metadata have at most {} bytes",
                MAX_ATTRIBUTES_BYTES
            ));
        }
        Ok(())
    }
}

/// Size and time of a file: whether it is still the one that was written.
pub(super) fn stamp(metadata: &Metadata) -> (u64, u64) {
    let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    (metadata.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}

impl Storage {
    pub(super) fn attributes_path(&self, bucket: &str, key: &str) -> PathBuf {
        let name = format!("{}.json", Identity::of(&[bucket, key]).to_uuid());
        self.hidden("attributes").join(name)
    }

    /// Writes what belongs to a file that is about to get its name.
    pub(super) async fn keep(
        &self,
        (bucket, key): (&str, &str),
        file: &Metadata,
        etag: &str,
        attributes: &Attributes,
    ) -> io::Result<()> {
        let (size, modified) = stamp(file);
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let (target, temporary) = (self.attributes_path(&bucket, &key), self.temporary());
        let (etag, attributes) = (etag.to_owned(), attributes.clone());
        let kept = Kept { form: FORM, bucket, key, size, modified, etag, attributes };
        blocking(move || {
            std::fs::write(&temporary, serde_json::to_vec(&kept)?)?;
            std::fs::rename(&temporary, &target)
        })
        .await
    }

    /// What belongs to the file as it is; nothing when it was written by somebody else, or never through here.
    pub(super) fn kept(&self, bucket: &str, key: &str, file: &Metadata) -> Option<Kept> {
        let text = std::fs::read(self.attributes_path(bucket, key)).ok()?;
        let kept: Kept = serde_json::from_slice(&text).ok()?;
        let same = kept.form == FORM && kept.bucket == bucket && kept.key == key;
        (same && (kept.size, kept.modified) == stamp(file)).then_some(kept)
    }
}
