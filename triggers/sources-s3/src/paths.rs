//! Keys and the files they stand for: what may be a key here, and making an object's bytes durable.

use std::path::{Path, PathBuf};

use s3s::{S3Result, s3_error};

use crate::limits::{MAX_KEY_BYTES, MAX_NAME_BYTES};

/// Refuses keys that a folder cannot hold, or that would leave their bucket.
pub(crate) fn check(key: &str) -> S3Result<()> {
    let parts = || key.split('/');
    if key.len() > MAX_KEY_BYTES || parts().any(|part| part.len() > MAX_NAME_BYTES) {
        return Err(s3_error!(KeyTooLongError, "the endpoint takes keys of up to {} bytes", MAX_KEY_BYTES));
    }
    let odd = |part: &str| matches!(part, "." | "..") || part.contains(['\0', '\\']);
    if key.starts_with('/') || parts().any(odd) {
        return Err(s3_error!(
            InvalidArgument,
            "a key here has no `.`, `..` or `\\` parts and no leading slash"
        ));
    }
    Ok(())
}

/// The file of an object. The key has passed [`check`].
pub(crate) fn file(root: &Path, bucket: &str, key: &str) -> PathBuf {
    root.join(bucket).join(key)
}

/// Makes an object's bytes and its name durable: the event that follows must not outlive them.
pub(crate) async fn sync(path: PathBuf) -> std::io::Result<()> {
    let synced = tokio::task::spawn_blocking(move || {
        std::fs::File::open(&path)?.sync_all()?;
        match path.parent() {
            Some(folder) => std::fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    });
    synced.await.unwrap_or_else(|e| Err(std::io::Error::other(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_their_bucket() {
        for good in ["a", "jobs/42/part-1.csv", "a b/ü+.csv", "..a/b..", "a/", &"k".repeat(MAX_KEY_BYTES)] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["../x", "a/../../x", "/etc/passwd", ".", "a/./b", "a\\b", &"k".repeat(MAX_KEY_BYTES + 1)]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
