//! Keys and the files they stand for: what may be a key here.

use std::path::PathBuf;

use s3s::path::check_bucket_name;
use s3s::{S3Result, s3_error};

use super::Storage;
use crate::limits::{MAX_KEY_BYTES, MAX_NAME_BYTES};

/// Refuses keys that a folder cannot hold, or that would leave their bucket. A slash at the end means a folder.
pub(crate) fn check_key(key: &str) -> S3Result<()> {
    let parts = || key.strip_suffix('/').unwrap_or(key).split('/');
    if key.len() > MAX_KEY_BYTES {
        return Err(s3_error!(KeyTooLongError, "a key has at most {} bytes", MAX_KEY_BYTES));
    }
    if parts().any(|part| part.len() > MAX_NAME_BYTES) {
        return Err(s3_error!(KeyTooLongError, "between two slashes, at most {} bytes", MAX_NAME_BYTES));
    }
    if parts().any(|part| matches!(part, "" | "." | "..") || part.contains(['\0', '\\'])) {
        return Err(s3_error!(
            InvalidArgument,
            "a key here has no empty, `.` or `..` parts and no backslash"
        ));
    }
    Ok(())
}

impl Storage {
    /// The folder of a bucket, whether it exists or not.
    pub(crate) fn bucket_path(&self, bucket: &str) -> S3Result<PathBuf> {
        if !check_bucket_name(bucket) {
            return Err(s3_error!(InvalidBucketName));
        }
        Ok(self.root.join(bucket))
    }

    /// The file of an object, whether it exists or not.
    pub(crate) fn object_path(&self, bucket: &str, key: &str) -> S3Result<PathBuf> {
        check_key(key)?;
        Ok(self.bucket_path(bucket)?.join(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_in_their_bucket() {
        let part = "k".repeat(MAX_NAME_BYTES);
        let longest = format!("{part}/{part}/{part}/{part}");
        for good in
            ["a", "jobs/42/part-1.csv", "a b/ü+%.csv", "..a/b..", "a/", "a/b/", ".hidden", &part, &longest]
        {
            assert!(check_key(good).is_ok(), "{good}");
        }
        let bad =
            ["", "/", "../x", "a/../../x", "/etc/passwd", ".", "..", "a/./b", "a//b", "a//", "a\\b", "a\0b"];
        for bad in bad {
            assert_eq!(check_key(bad).unwrap_err().code().as_str(), "InvalidArgument", "{bad}");
        }
        for long in [format!("{part}k"), format!("{longest}k"), format!("{longest}/k")] {
            assert_eq!(check_key(&long).unwrap_err().code().as_str(), "KeyTooLongError");
        }
        assert_eq!(longest.len() + 1, MAX_KEY_BYTES);
    }
}
