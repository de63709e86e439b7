//! The claims bucket: payloads that are too large for a message.

use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use fanin_state_first::Claims;
use fanin_store::state::StateError;

use crate::clients::Clients;
use crate::limits::MAX_CLAIM_BYTES;
use crate::trouble::Thing;

/// Claims in a bucket; clones share it.
#[derive(Clone, Debug)]
pub struct BucketClaims {
    clients: Arc<Clients>,
    bucket: Arc<str>,
}

impl BucketClaims {
    /// Claims in this bucket.
    #[must_use]
    pub fn new(clients: Arc<Clients>, bucket: &str) -> BucketClaims {
        BucketClaims { clients, bucket: bucket.into() }
    }

    fn thing(&self, permission: &'static str) -> Thing<'_> {
        Thing { service: "S3", kind: "bucket", name: &self.bucket, variable: "FANIN_BUCKET", permission }
    }
}

impl Claims for BucketClaims {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        let request = self.clients.s3().put_object().bucket(&*self.bucket).key(key);
        let body = ByteStream::from(body.as_bytes().to_vec());
        match request.content_type("application/json").body(body).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.thing("s3:PutObject").error(self.clients.aws(), &error)),
        }
    }

    /// What is gone is `None`; without `s3:ListBucket` the service says "access denied" instead.
    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let thing = self.thing("s3:GetObject and s3:ListBucket");
        let aws = self.clients.aws();
        let found = match self.clients.s3().get_object().bucket(&*self.bucket).key(key).send().await {
            Ok(found) => found,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(thing.error(aws, &error)),
        };
        let bytes = found.content_length().and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
        if bytes > MAX_CLAIM_BYTES {
            let max = usize::try_from(MAX_CLAIM_BYTES).unwrap_or(usize::MAX);
            return Err(StateError::TooLarge {
                what: format!("claim {key}"),
                bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
                max,
            });
        }
        let body = found.body.collect().await.map_err(|error| {
            StateError::Unknown(format!(
                "bucket {}: {key} could not be read to its end: {error}",
                self.bucket
            ))
        })?;
        String::from_utf8(body.to_vec()).map(Some).map_err(|_| {
            StateError::Unreadable(format!("claim {key} in bucket {} is not UTF-8 text", self.bucket))
        })
    }
}
