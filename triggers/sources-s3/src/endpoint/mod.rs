//! The endpoint: the switch over S3's operations, each in the file of its kind.

mod announce;
mod conditions;
mod copy;
mod delete;
mod list;
mod multipart;
mod objects;

use std::sync::Arc;

use fanin_sources::Intake;
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};

use crate::sequencer::Sequencer;
use crate::storage::{Expected, Storage};

/// Answers S3's requests from a [`Storage`], with an event for every write that succeeds. Clones are the same endpoint.
#[derive(Clone)]
pub struct Endpoint {
    storage: Arc<Storage>,
    intake: Arc<dyn Intake>,
    sequencer: Arc<Sequencer>,
}

impl Endpoint {
    /// An endpoint over `storage` whose events go to `intake`.
    pub fn new(storage: Storage, intake: Arc<dyn Intake>) -> Endpoint {
        Endpoint { storage: Arc::new(storage), intake, sequencer: Arc::default() }
    }
}

impl Endpoint {
    /// PutObject by this program itself.
    pub(crate) async fn put_own(&self, input: PutObjectInput) -> S3Result<PutObjectOutput> {
        objects::put(self, input, Expected::after(None, None)).await
    }
}

type Answer<T> = S3Result<S3Response<T>>;

#[async_trait::async_trait]
impl S3 for Endpoint {
    async fn put_object(&self, req: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let announced = req.headers.get("x-amz-trailer").map(|name| name.as_bytes());
        let expected = Expected::after(announced, req.trailing_headers);
        objects::put(self, req.input, expected).await.map(S3Response::new)
    }

    async fn get_object(&self, req: S3Request<GetObjectInput>) -> Answer<GetObjectOutput> {
        objects::get(self, req.input).await
    }

    async fn head_object(&self, req: S3Request<HeadObjectInput>) -> Answer<HeadObjectOutput> {
        objects::head(self, req.input).await.map(S3Response::new)
    }

    async fn copy_object(&self, req: S3Request<CopyObjectInput>) -> Answer<CopyObjectOutput> {
        copy::copy(self, req.input).await.map(S3Response::new)
    }

    async fn delete_object(&self, req: S3Request<DeleteObjectInput>) -> Answer<DeleteObjectOutput> {
        delete::one(self, req.input).await.map(S3Response::new)
    }

    async fn delete_objects(&self, req: S3Request<DeleteObjectsInput>) -> Answer<DeleteObjectsOutput> {
        delete::many(self, req.input).await.map(S3Response::new)
    }

    async fn create_multipart_upload(
        &self,
        req: S3Request<CreateMultipartUploadInput>,
    ) -> Answer<CreateMultipartUploadOutput> {
        multipart::create(self, req.input).await.map(S3Response::new)
    }

    async fn upload_part(&self, req: S3Request<UploadPartInput>) -> Answer<UploadPartOutput> {
        let announced = req.headers.get("x-amz-trailer").map(|name| name.as_bytes());
        let expected = Expected::after(announced, req.trailing_headers);
        multipart::upload_part(self, req.input, expected).await.map(S3Response::new)
    }

    async fn upload_part_copy(&self, req: S3Request<UploadPartCopyInput>) -> Answer<UploadPartCopyOutput> {
        multipart::upload_part_copy(self, req.input).await.map(S3Response::new)
    }

    async fn list_parts(&self, req: S3Request<ListPartsInput>) -> Answer<ListPartsOutput> {
        multipart::list_parts(self, req.input).await.map(S3Response::new)
    }

    async fn complete_multipart_upload(
        &self,
        req: S3Request<CompleteMultipartUploadInput>,
    ) -> Answer<CompleteMultipartUploadOutput> {
        multipart::complete(self, req.input).await.map(S3Response::new)
    }

    async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> Answer<AbortMultipartUploadOutput> {
        multipart::abort(self, req.input).await.map(S3Response::new)
    }

    async fn list_objects(&self, req: S3Request<ListObjectsInput>) -> Answer<ListObjectsOutput> {
        list::objects_v1(self, req.input).await.map(S3Response::new)
    }

    async fn list_objects_v2(&self, req: S3Request<ListObjectsV2Input>) -> Answer<ListObjectsV2Output> {
        list::objects_v2(self, req.input).await.map(S3Response::new)
    }

    async fn list_buckets(&self, _: S3Request<ListBucketsInput>) -> Answer<ListBucketsOutput> {
        list::buckets(self).await.map(S3Response::new)
    }

    async fn create_bucket(&self, req: S3Request<CreateBucketInput>) -> Answer<CreateBucketOutput> {
        if self.storage.create_bucket(&req.input.bucket).await? {
            let location = Some(format!("/{}", req.input.bucket));
            return Ok(S3Response::new(CreateBucketOutput { location }));
        }
        Err(s3_error!(BucketAlreadyOwnedByYou))
    }

    async fn head_bucket(&self, req: S3Request<HeadBucketInput>) -> Answer<HeadBucketOutput> {
        self.storage.check_bucket(&req.input.bucket).await?;
        Ok(S3Response::new(HeadBucketOutput::default()))
    }

    async fn get_bucket_location(
        &self,
        req: S3Request<GetBucketLocationInput>,
    ) -> Answer<GetBucketLocationOutput> {
        self.storage.check_bucket(&req.input.bucket).await?;
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    async fn delete_bucket(&self, req: S3Request<DeleteBucketInput>) -> Answer<DeleteBucketOutput> {
        self.storage.delete_bucket(&req.input.bucket).await?;
        Ok(S3Response::new(DeleteBucketOutput::default()))
    }
}
