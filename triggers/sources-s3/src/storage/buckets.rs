//! Buckets: the folders right below the root.

use std::io;
use std::time::SystemTime;

use s3s::path::check_bucket_name;
use s3s::{S3Result, s3_error};

use super::{Storage, blocking, failed, sync_folder};

impl Storage {
    /// Creates a bucket; whether it is new.
    pub(crate) async fn create_bucket(&self, bucket: &str) -> S3Result<bool> {
        let (path, root) = (self.bucket_path(bucket)?, self.root.clone());
        let created = blocking(move || match std::fs::create_dir(&path) {
            Ok(()) => sync_folder(&root).map(|()| true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        });
        created.await.map_err(failed)
    }

    /// Refuses a bucket that is not there.
    pub(crate) async fn check_bucket(&self, bucket: &str) -> S3Result<()> {
        let path = self.bucket_path(bucket)?;
        match tokio::fs::metadata(&path).await {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            _ => Err(s3_error!(NoSuchBucket, "the bucket {} does not exist; create it first", bucket)),
        }
    }

    /// Removes an empty bucket.
    pub(crate) async fn delete_bucket(&self, bucket: &str) -> S3Result<()> {
        self.check_bucket(bucket).await?;
        match tokio::fs::remove_dir(self.bucket_path(bucket)?).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Err(s3_error!(BucketNotEmpty)),
            Err(error) => Err(failed(error)),
        }
    }

    /// Names and times of all buckets, sorted.
    pub(crate) async fn buckets(&self) -> S3Result<Vec<(String, SystemTime)>> {
        let root = self.root.clone();
        let read = blocking(move || {
            let mut all = Vec::new();
            for entry in std::fs::read_dir(root)? {
                let entry = entry?;
                let (name, metadata) = (entry.file_name(), entry.metadata()?);
                if let Some(name) = name.to_str().filter(|name| metadata.is_dir() && check_bucket_name(name))
                {
                    all.push((name.to_owned(), metadata.created().or_else(|_| metadata.modified())?));
                }
            }
            all.sort();
            Ok(all)
        });
        read.await.map_err(failed)
    }
}
