//! Writing: the body to a file without a name, its digests checked, then moved to its name.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{Checksum, StreamingBlob};
use s3s::{S3Error, S3Result, TrailingHeaders, s3_error};
use tokio::io::AsyncWriteExt as _;

use super::{Attributes, Storage, blocking, failed, sync_folder};
use crate::limits::{MAX_OBJECT_BYTES, STALL};

/// What the client says of the body it sends.
#[derive(Default)]
pub(crate) struct Expected {
    /// Base64 of the MD5.
    pub(crate) md5: Option<String>,
    /// Digests by algorithm, as their headers say; some come only after the body.
    pub(crate) checksum: Checksum,
    /// The algorithm whose digest will come after the body.
    pub(crate) algorithm: Option<String>,
    pub(crate) trailers: Option<TrailingHeaders>,
}

impl Expected {
    /// What will come after the body, as the header `x-amz-trailer` announces it.
    pub(crate) fn after(announced: Option<&[u8]>, trailers: Option<TrailingHeaders>) -> Expected {
        let announced = announced.and_then(|name| std::str::from_utf8(name).ok());
        let algorithm = announced.and_then(|name| name.trim().strip_prefix("x-amz-checksum-"));
        Expected { algorithm: algorithm.map(str::to_ascii_uppercase), trailers, ..Expected::default() }
    }
}

/// A body on the disk that has no name yet. Dropped without one, it is gone.
pub(crate) struct Received {
    pub(super) path: PathBuf,
    /// The MD5 of the bytes.
    pub(crate) md5: [u8; 16],
    pub(crate) size: u64,
    pub(crate) checksum: Checksum,
}

impl Drop for Received {
    fn drop(&mut self) {
        // It has been moved to its name, or it is not wanted; what stays is removed at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Received {
    /// The entity tag of an object that was written at once.
    pub(crate) fn etag(&self) -> String {
        hex(&self.md5)
    }
}

impl Storage {
    /// Writes a body to the disk and checks what the client says of it.
    pub(crate) async fn receive(&self, mut body: StreamingBlob, expected: Expected) -> S3Result<Received> {
        let mut received =
            Received { path: self.temporary(), md5: [0; 16], size: 0, checksum: Checksum::default() };
        let mut hasher = hasher(&expected)?;
        let mut md5 = Md5::new();
        let file = tokio::fs::File::create(&received.path).await.map_err(failed)?;
        let mut writer = tokio::io::BufWriter::with_capacity(256 * 1024, file);
        loop {
            let next = tokio::time::timeout(STALL, body.next()).await;
            let Some(chunk) = next.map_err(|_| s3_error!(RequestTimeout))? else { break };
            let chunk = chunk.map_err(broken_body)?;
            received.size += chunk.len() as u64;
            if received.size > MAX_OBJECT_BYTES {
                return Err(s3_error!(EntityTooLarge));
            }
            md5.update(&chunk);
            hasher.update(&chunk);
            writer.write_all(&chunk).await.map_err(failed)?;
        }
        writer.flush().await.map_err(failed)?;
        writer.into_inner().sync_all().await.map_err(failed)?;
        received.md5 = md5.finalize();
        received.checksum = hasher.finalize();
        check(&received, expected)?;
        Ok(received)
    }

    /// Gives a received body its name and makes that durable. The caller holds the key's lock.
    pub(crate) async fn name(
        &self,
        received: &Received,
        (bucket, key): (&str, &str),
        etag: &str,
        attributes: &Attributes,
    ) -> S3Result<()> {
        let target = self.object_path(bucket, key)?;
        self.check_bucket(bucket).await?;
        if key.ends_with('/') {
            return self.name_folder(received, target).await;
        }
        let metadata = tokio::fs::metadata(&received.path).await.map_err(failed)?;
        self.keep((bucket, key), &metadata, etag, attributes).await.map_err(failed)?;
        let (from, bucket) = (received.path.clone(), self.bucket_path(bucket)?);
        blocking(move || rename(&from, &target, &bucket)).await.map_err(|error| match error.kind() {
            io::ErrorKind::IsADirectory | io::ErrorKind::DirectoryNotEmpty => {
                s3_error!(InvalidArgument, "the key is a folder here, for there are keys below it")
            }
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                s3_error!(
                    InvalidArgument,
                    "a part of the key before a slash is an object here, and cannot be a folder"
                )
            }
            _ => failed(error),
        })
    }

    /// A key with a slash at its end is a folder and has no bytes.
    async fn name_folder(&self, received: &Received, target: PathBuf) -> S3Result<()> {
        if received.size > 0 {
            return Err(s3_error!(
                InvalidArgument,
                "a key with a slash at its end is a folder here, and has no bytes"
            ));
        }
        let created = blocking(move || {
            let held = folders();
            std::fs::create_dir_all(&target)?;
            drop(held);
            sync_if_there(&target)
        });
        created.await.map_err(|error| match error.kind() {
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
                s3_error!(InvalidArgument, "a part of the key is an object here, and cannot be a folder")
            }
            _ => failed(error),
        })
    }

    /// Removes an object; whether there was one. The caller holds the key's lock.
    pub(crate) async fn remove(&self, bucket: &str, key: &str) -> S3Result<bool> {
        self.check_bucket(bucket).await?;
        let (path, bucket_path) = (self.object_path(bucket, key)?, self.bucket_path(bucket)?);
        let attributes = self.attributes_path(bucket, key);
        let folder = key.ends_with('/');
        let removed = blocking(move || {
            let gone = if folder { std::fs::remove_dir(&path) } else { remove_object(&path) };
            match gone {
                Ok(()) => {
                    let _ = std::fs::remove_file(attributes);
                    prune(&path, &bucket_path)?;
                    Ok(true)
                }
                // Also a folder that is none, and one that is not empty: no object of this name is there.
                Err(error) if absent(error.kind()) => Ok(false),
                Err(error) => Err(error),
            }
        });
        removed.await.map_err(failed)
    }

    /// A copy of an object's file, without a name yet; its tag is the object's own.
    pub(crate) async fn duplicate(&self, from: &Path) -> S3Result<Received> {
        let (from, path) = (from.to_owned(), self.temporary());
        let mut received =
            Received { path: path.clone(), md5: [0; 16], size: 0, checksum: Checksum::default() };
        let copy = move || {
            let mut to = std::fs::File::create(&path)?;
            let size = io::copy(&mut std::fs::File::open(&from)?, &mut to)?;
            to.sync_all().map(|()| size)
        };
        received.size = blocking(copy).await.map_err(failed)?;
        Ok(received)
    }
}

fn absent(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{DirectoryNotEmpty, IsADirectory, NotADirectory, NotFound};
    matches!(kind, NotFound | NotADirectory | IsADirectory | DirectoryNotEmpty)
}

fn remove_object(path: &Path) -> io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    std::fs::remove_file(path)
}

/// Held while folders are made and filled, or removed because they are empty: between the two steps of one writer no deletion
/// may take the folder away, nor make its creation fail halfway.
static FOLDERS: Mutex<()> = Mutex::new(());

fn folders() -> MutexGuard<'static, ()> {
    // It guards no data, so a panicking holder leaves nothing half done.
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Moves a file to its name, with the folders on the way.
fn rename(from: &Path, to: &Path, bucket: &Path) -> io::Result<()> {
    let Some(folder) = to.parent() else { return Err(io::ErrorKind::InvalidInput.into()) };
    let held = folders();
    std::fs::create_dir_all(folder)?;
    std::fs::rename(from, to)?;
    drop(held);
    // New folders are names in their own parents, up to the bucket.
    let mut up = folder.ancestors().take_while(|folder| folder.starts_with(bucket));
    up.try_for_each(sync_folder)
}

/// Removes the folders above `path` that became empty, below the bucket.
fn prune(path: &Path, bucket: &Path) -> io::Result<()> {
    let above = path.ancestors().skip(1).take_while(|folder| *folder != bucket && folder.starts_with(bucket));
    let held = folders();
    let mut last = bucket;
    for folder in above {
        match std::fs::remove_dir(folder) {
            Ok(()) => {}
            // Another deletion was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(_) => {
                last = folder;
                break;
            }
        }
    }
    drop(held);
    sync_if_there(last)
}

/// A folder that vanishes meanwhile was emptied by another deletion, which makes that durable itself.
fn sync_if_there(folder: &Path) -> io::Result<()> {
    match sync_folder(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        synced => synced,
    }
}

fn broken_body(error: s3s::StdError) -> S3Error {
    // Signature and length of a streamed body are checked on the way.
    match error.downcast::<S3Error>() {
        Ok(error) => *error,
        Err(error) => S3Error::with_source(s3s::S3ErrorCode::IncompleteBody, error),
    }
}

fn hasher(expected: &Expected) -> S3Result<ChecksumHasher> {
    let (sums, by_name) = (&expected.checksum, expected.algorithm.as_deref().unwrap_or_default());
    let wanted = |given: &Option<String>, name: &str| given.is_some() || by_name.eq_ignore_ascii_case(name);
    if !by_name.is_empty() && !ALGORITHMS.iter().any(|name| by_name.eq_ignore_ascii_case(name)) {
        return Err(s3_error!(InvalidArgument, "the checksum algorithm {} is not known", by_name));
    }
    let [crc32, crc32c, sha1, sha256, crc64] = ALGORITHMS;
    Ok(ChecksumHasher {
        crc32: wanted(&sums.checksum_crc32, crc32).then(Default::default),
        crc32c: wanted(&sums.checksum_crc32c, crc32c).then(Default::default),
        sha1: wanted(&sums.checksum_sha1, sha1).then(Default::default),
        sha256: wanted(&sums.checksum_sha256, sha256).then(Default::default),
        crc64nvme: wanted(&sums.checksum_crc64nvme, crc64).then(Default::default),
    })
}

const ALGORITHMS: [&str; 5] = ["CRC32", "CRC32C", "SHA1", "SHA256", "CRC64NVME"];

/// Compares what came with what the client said of it, before the body (headers) or after it (trailers).
fn check(received: &Received, expected: Expected) -> S3Result<()> {
    if expected.md5.is_some_and(|md5| STANDARD.encode(received.md5) != md5.trim()) {
        return Err(s3_error!(BadDigest, "the body's MD5 is not the one in Content-MD5"));
    }
    let trailers = expected.trailers.and_then(|trailers| trailers.take()).unwrap_or_default();
    let (is, said) = (&received.checksum, &expected.checksum);
    let columns = [
        (&is.checksum_crc32, &said.checksum_crc32),
        (&is.checksum_crc32c, &said.checksum_crc32c),
        (&is.checksum_sha1, &said.checksum_sha1),
        (&is.checksum_sha256, &said.checksum_sha256),
        (&is.checksum_crc64nvme, &said.checksum_crc64nvme),
    ];
    for (name, (is, header)) in ALGORITHMS.iter().zip(columns) {
        let trailer = trailers.get(format!("x-amz-checksum-{}", name.to_ascii_lowercase()));
        let trailer = trailer.and_then(|value| value.to_str().ok());
        for said in [header.as_deref(), trailer].into_iter().flatten() {
            if is.as_deref() != Some(said) {
                return Err(s3_error!(BadDigest, "the body's {} is not the one that was sent with it", name));
            }
        }
    }
    Ok(())
}

/// Lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
