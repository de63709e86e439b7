//! Buckets and objects as folders and files.
//!
//! Below the root: `BUCKET/KEY` are the objects; `.fanin/attributes` what S3 keeps beside them, `.fanin/uploads` multipart
//! uploads in progress, `.fanin/tmp` files that are being written. A bucket's name never starts with a dot.

mod attributes;
mod buckets;
pub(crate) mod list;
mod names;
mod read;
mod uploads;
mod write;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use s3s::{S3Error, s3_error};
use tokio::sync::{Mutex, MutexGuard};

pub(crate) use attributes::Attributes;
pub(crate) use read::Found;
pub(crate) use uploads::PartFile;
pub(crate) use write::{Expected, Received};

/// Locks for the keys: two writes of one key take their turns, and writes of different keys rarely meet.
const STRIPES: usize = 64;

/// The folder of all buckets.
pub struct Storage {
    root: PathBuf,
    stripes: Vec<Mutex<()>>,
    next: AtomicU64,
}

/// Holds keys while they are written.
pub(crate) type Turn<'a> = Vec<MutexGuard<'a, ()>>;

impl Storage {
    /// Opens the folder and clears it of what a crash left behind.
    ///
    /// # Errors
    /// The system's, when the folder cannot be created, read or written.
    pub fn open(root: &Path) -> io::Result<Storage> {
        std::fs::create_dir_all(root)?;
        let stripes = std::iter::repeat_with(|| Mutex::new(())).take(STRIPES).collect();
        let storage = Storage { root: root.canonicalize()?, stripes, next: AtomicU64::new(0) };
        let tmp = storage.hidden("tmp");
        match std::fs::remove_dir_all(&tmp) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        for folder in ["tmp", "uploads", "attributes"] {
            std::fs::create_dir_all(storage.hidden(folder))?;
        }
        storage.drop_old_uploads()?;
        Ok(storage)
    }

    /// Waits for the turn of these keys of a bucket. Whoever needs several takes them in one order, so nobody waits for
    /// ever.
    pub(crate) async fn lock<'k>(&self, bucket: &str, keys: impl IntoIterator<Item = &'k str>) -> Turn<'_> {
        let stripe = |key: &str| fanin_event::Identity::of(&[bucket, key]).short() % STRIPES as u64;
        let numbers: BTreeSet<usize> =
            keys.into_iter().filter_map(|key| usize::try_from(stripe(key)).ok()).collect();
        let mut turn = Vec::with_capacity(numbers.len());
        for stripe in numbers.into_iter().filter_map(|number| self.stripes.get(number)) {
            turn.push(stripe.lock().await);
        }
        turn
    }

    fn hidden(&self, name: &str) -> PathBuf {
        self.root.join(".fanin").join(name)
    }

    /// A name that no other file of this process has; the folder is emptied at every start.
    fn temporary(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.hidden("tmp").join(format!("{}-{number}", std::process::id()))
    }
}

/// The system's failure as the client's answer. A full disk is named, for it is the one that a user can cure.
pub(crate) fn failed(error: io::Error) -> S3Error {
    tracing::error!("the object storage: {error}");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            s3_error!(error, ServiceUnavailable, "the disk of the endpoint is full")
        }
        _ => s3_error!(error, InternalError, "the object storage failed; see the host's log"),
    }
}

/// Runs what blocks where it may.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(io::Error::other(e)))
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
