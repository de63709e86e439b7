//! Reading: what an object is, and its bytes.

use std::fs::Metadata;
use std::io::{self, Read as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::BytesMut;
use futures_util::stream;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::StreamingBlob;
use s3s::{S3Result, s3_error};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::write::hex;
use super::{Attributes, Storage, blocking, failed};

/// Bytes read from a file at once.
const CHUNK: usize = 64 * 1024;

/// An object that is there.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) modified: SystemTime,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) attributes: Attributes,
}

impl Storage {
    /// An object, or `NoSuchKey`. The tag of one that was not written through here is computed from its bytes.
    pub(crate) async fn find(&self, bucket: &str, key: &str) -> S3Result<Found> {
        self.look(bucket, key).await?.ok_or_else(|| s3_error!(NoSuchKey, "the key {} does not exist", key))
    }

    /// An object, if it is there.
    pub(crate) async fn look(&self, bucket: &str, key: &str) -> S3Result<Option<Found>> {
        self.check_bucket(bucket).await?;
        let path = self.object_path(bucket, key)?;
        let folder = key.ends_with('/');
        let Ok(metadata) = tokio::fs::metadata(&path).await else { return Ok(None) };
        if metadata.is_dir() != folder || !(folder || metadata.is_file()) {
            return Ok(None);
        }
        // A folder with keys below it is no object.
        if folder
            && tokio::fs::read_dir(&path).await.map_err(failed)?.next_entry().await.map_err(failed)?.is_some()
        {
            return Ok(None);
        }
        let size = if folder { 0 } else { metadata.len() };
        let modified = metadata.modified().map_err(failed)?;
        let (etag, attributes) = match self.kept(bucket, key, &metadata) {
            Some(kept) => (kept.etag, kept.attributes),
            None => (computed(&path, &metadata).await?, Attributes::default()),
        };
        Ok(Some(Found { path, size, modified, etag, attributes }))
    }

    /// An object's tag where it is known without reading the object.
    pub(super) fn known_etag(&self, bucket: &str, key: &str, metadata: &Metadata) -> Option<String> {
        self.kept(bucket, key, metadata).map(|kept| kept.etag)
    }
}

async fn computed(path: &Path, metadata: &Metadata) -> S3Result<String> {
    if metadata.is_dir() {
        return Ok(hex(&Md5::checksum(b"")));
    }
    let path = path.to_owned();
    let md5 = blocking(move || {
        let (mut file, mut md5, mut buffer) = (std::fs::File::open(path)?, Md5::new(), vec![0; CHUNK]);
        loop {
            let read = file.read(&mut buffer)?;
            match buffer.get(..read) {
                Some([]) | None => return Ok(hex(&md5.finalize())),
                Some(part) => md5.update(part),
            }
        }
    });
    md5.await.map_err(failed)
}

impl Found {
    /// The bytes from `start` on, `length` of them.
    pub(crate) async fn read(&self, start: u64, length: u64) -> S3Result<StreamingBlob> {
        if length == 0 {
            return Ok(StreamingBlob::wrap(stream::empty::<Result<_, io::Error>>()));
        }
        let opened = tokio::fs::File::open(&self.path).await;
        let mut file = opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => s3_error!(NoSuchKey, "the key was deleted just now"),
            _ => failed(error),
        })?;
        file.seek(SeekFrom::Start(start)).await.map_err(failed)?;
        let bytes = stream::try_unfold((file, length), |(mut file, left)| async move {
            if left == 0 {
                return Ok(None);
            }
            let most = usize::try_from(left).unwrap_or(CHUNK).min(CHUNK);
            let mut chunk = BytesMut::with_capacity(most);
            let read = (&mut file).take(most as u64).read_buf(&mut chunk).await?;
            if read == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            Ok(Some((chunk.freeze(), (file, left - read as u64))))
        });
        Ok(StreamingBlob::wrap(bytes))
    }
}
