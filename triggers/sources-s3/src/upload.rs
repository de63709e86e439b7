//! An upload by this program itself, beside the protocol: stored, told and answered as any client's.

use std::error::Error;

use bytes::Bytes;
use futures_util::Stream;
use s3s::S3ErrorCode;
use s3s::dto::{PutObjectInput, StreamingBlob};

use crate::endpoint::Endpoint;

/// What is uploaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upload {
    /// The bucket; it has to be there.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// What the bytes are.
    pub content_type: Option<String>,
}

/// An object that is there, and whose event is durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Its entity tag, without quotes.
    pub etag: String,
}

/// Why an upload was not taken. What was sent of it is gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// There is no such bucket.
    #[error("there is no bucket of this name; the workflow's own are there from the beginning")]
    NoBucket,
    /// The key cannot be one.
    #[error("{0}")]
    BadKey(String),
    /// Too much waits.
    #[error("the host is busy or stopping: upload it again")]
    Busy,
    /// The bytes did not come, or could not be stored.
    #[error("{0}")]
    Failed(String),
}

impl Endpoint {
    /// Stores an object and tells of it, as a client's upload does.
    ///
    /// # Errors
    /// [`UploadError`]: nothing of it is there then.
    pub async fn upload<E>(
        &self,
        upload: Upload,
        body: impl Stream<Item = Result<Bytes, E>> + Send + Sync + 'static,
    ) -> Result<Uploaded, UploadError>
    where
        E: Error + Send + Sync + 'static,
    {
        let input = PutObjectInput {
            bucket: upload.bucket,
            key: upload.key,
            content_type: upload.content_type,
            body: Some(StreamingBlob::wrap(body)),
            ..PutObjectInput::default()
        };
        let put = self.put_own(input).await.map_err(|error| {
            let reason = error.message().unwrap_or("the upload failed").to_owned();
            match error.code() {
                S3ErrorCode::NoSuchBucket | S3ErrorCode::InvalidBucketName => UploadError::NoBucket,
                S3ErrorCode::InvalidArgument | S3ErrorCode::KeyTooLongError => UploadError::BadKey(reason),
                S3ErrorCode::SlowDown | S3ErrorCode::ServiceUnavailable => UploadError::Busy,
                _ => UploadError::Failed(reason),
            }
        })?;
        let etag = put.e_tag.map(|tag| tag.into_value()).unwrap_or_default();
        Ok(Uploaded { etag })
    }
}
