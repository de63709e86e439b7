//! The endpoint: the storage's operations, and an event for every write that succeeded.

use std::path::PathBuf;
use std::sync::Arc;

use fanin_sources::{Clock, Inbound, Intake, IntakeError, Origin, Receipt, SystemClock};
use fanin_triggers::{ObjectChange, ObjectEvent};
use s3s::dto::*;
use s3s::{S3, S3Error, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use crate::limits::MAX_DELETES;
use crate::paths;
use crate::sequencer::Sequencer;

/// Wraps the storage.
pub struct Endpoint {
    storage: FileSystem,
    root: PathBuf,
    intake: Arc<dyn Intake>,
    sequencer: Sequencer,
}

/// A write that has succeeded.
struct Written<'a> {
    reason: &'a str,
    bucket: &'a str,
    key: &'a str,
    etag: Option<&'a ETag>,
}

impl Endpoint {
    /// An endpoint over `storage`, whose folder is `root`.
    pub fn new(storage: FileSystem, root: PathBuf, intake: Arc<dyn Intake>) -> Endpoint {
        Endpoint { storage, root, intake, sequencer: Sequencer::default() }
    }

    /// An object is there: its bytes are made durable, then its event.
    async fn created(&self, written: Written<'_>) -> S3Result<()> {
        let file = paths::file(&self.root, written.bucket, written.key);
        let folder = written.key.ends_with('/');
        let size = if folder { 0 } else { tokio::fs::metadata(&file).await.map_err(storage_error)?.len() };
        if !folder {
            paths::sync(file).await.map_err(storage_error)?;
        }
        let etag = written.etag.map(|etag| match etag {
            ETag::Strong(value) | ETag::Weak(value) => value.as_str(),
        });
        let event = ObjectEvent {
            change: ObjectChange::Created,
            reason: written.reason,
            bucket: written.bucket,
            key: written.key,
            size: Some(size),
            etag,
            sequencer: &self.sequencer.next(),
            time: SystemClock.now(),
        };
        self.announce(&event).await
    }

    async fn deleted(&self, bucket: &str, key: &str) -> S3Result<()> {
        let event = ObjectEvent {
            change: ObjectChange::Deleted,
            reason: "DeleteObject",
            bucket,
            key,
            size: None,
            etag: None,
            sequencer: &self.sequencer.next(),
            time: SystemClock.now(),
        };
        self.announce(&event).await
    }

    /// Hands the event over. The client is answered only after that; where it fails, the client writes again, and the
    /// second write is an event of its own.
    async fn announce(&self, event: &ObjectEvent<'_>) -> S3Result<()> {
        let inbound = Inbound::new(event.to_event(), Origin::Store);
        let receipts = self.intake.submit(vec![inbound]).await.map_err(intake_error)?;
        match receipts.into_iter().next() {
            Some(Receipt::Accepted { .. }) => Ok(()),
            Some(Receipt::Rejected { code, reason }) => {
                // It is in the dead letters: the object is stored, and nothing is lost.
                tracing::warn!(code, reason, "the event of an object was refused");
                Ok(())
            }
            None => Err(s3_error!(InternalError, "the host gave no answer; write again")),
        }
    }

    /// Whether the object is there: the deletion of nothing is no event.
    async fn exists(&self, bucket: &str, key: &str) -> bool {
        tokio::fs::try_exists(paths::file(&self.root, bucket, key)).await.unwrap_or(false)
    }
}

fn storage_error(error: std::io::Error) -> S3Error {
    s3_error!(error, InternalError, "the object cannot be stored")
}

fn intake_error(error: IntakeError) -> S3Error {
    match error {
        IntakeError::Busy(_) => s3_error!(SlowDown, "too many events wait; write again later"),
        IntakeError::Closed => {
            s3_error!(ServiceUnavailable, "the host is stopping; write again when it runs")
        }
        IntakeError::Failed(reason) => s3_error!(InternalError, "{}", reason),
    }
}

type Answer<T> = S3Result<S3Response<T>>;

#[async_trait::async_trait]
impl S3 for Endpoint {
    async fn put_object(&self, req: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        paths::check(&key)?;
        let answer = self.storage.put_object(req).await?;
        let etag = answer.output.e_tag.as_ref();
        self.created(Written { reason: "PutObject", bucket: &bucket, key: &key, etag }).await?;
        Ok(answer)
    }

    async fn copy_object(&self, req: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        paths::check(&key)?;
        if let CopySource::Bucket { key, .. } = &req.input.copy_source {
            paths::check(key)?;
        }
        let answer = self.storage.copy_object(req).await?;
        let etag = answer.output.copy_object_result.as_ref().and_then(|result| result.e_tag.as_ref());
        self.created(Written { reason: "CopyObject", bucket: &bucket, key: &key, etag }).await?;
        Ok(answer)
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        paths::check(&key)?;
        let mut answer = self.storage.complete_multipart_upload(req).await?;
        if let Some(rest) = answer.output.future.take() {
            answer.output = rest.await?;
        }
        let etag = answer.output.e_tag.as_ref();
        self.created(Written { reason: "CompleteMultipartUpload", bucket: &bucket, key: &key, etag }).await?;
        Ok(answer)
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        let (bucket, key) = (req.input.bucket.clone(), req.input.key.clone());
        paths::check(&key)?;
        let existed = self.exists(&bucket, &key).await;
        let answer = self.storage.delete_object(req).await?;
        if existed {
            self.deleted(&bucket, &key).await?;
        }
        Ok(answer)
    }

    async fn delete_objects(&self, req: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        let bucket = req.input.bucket.clone();
        if req.input.delete.objects.len() > MAX_DELETES {
            return Err(s3_error!(MalformedXML, "at most {} objects a request", MAX_DELETES));
        }
        let mut existed = Vec::new();
        for object in &req.input.delete.objects {
            paths::check(&object.key)?;
            if self.exists(&bucket, &object.key).await {
                existed.push(object.key.clone());
            }
        }
        let answer = self.storage.delete_objects(req).await?;
        for key in existed {
            self.deleted(&bucket, &key).await?;
        }
        Ok(answer)
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        paths::check(&req.input.key)?;
        self.storage.create_multipart_upload(req).await
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        self.storage.upload_part(req).await
    }

    async fn upload_part_copy(&self, req: S3Request<UploadPartCopyInput>) -> Answer<UploadPartCopyOutput> {
        if let CopySource::Bucket { key, .. } = &req.input.copy_source {
            paths::check(key)?;
        }
        self.storage.upload_part_copy(req).await
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        self.storage.list_parts(req).await
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        self.storage.abort_multipart_upload(req).await
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        paths::check(&req.input.key)?;
        self.storage.get_object(req).await
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        paths::check(&req.input.key)?;
        self.storage.head_object(req).await
    }

    async fn list_objects(&self, req: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        self.storage.list_objects(req).await
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        self.storage.list_objects_v2(req).await
    }

    async fn create_bucket(&self, req: S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        self.storage.create_bucket(req).await
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.storage.head_bucket(req).await
    }

    async fn delete_bucket(&self, req: S3Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> {
        self.storage.delete_bucket(req).await
    }

    async fn list_buckets(&self, req: S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
        self.storage.list_buckets(req).await
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> Answer<GetBucketLocationOutput> {
        self.storage.get_bucket_location(req).await
    }
}
