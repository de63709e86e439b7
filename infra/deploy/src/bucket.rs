//! The claims bucket, as the person who deploys or looks reaches it.

use std::sync::Arc;

use aws_sdk_s3::error::DisplayErrorContext;
use fanin_state_first::Claims;
use fanin_store::state::StateError;

use crate::aws::Aws;

/// The bucket of what was put aside.
#[derive(Clone, Debug)]
pub struct Bucket {
    aws: Arc<Aws>,
    name: String,
}

impl Bucket {
    /// The bucket `name`.
    #[must_use]
    pub fn new(aws: Arc<Aws>, name: String) -> Bucket {
        Bucket { aws, name }
    }
}

impl Claims for Bucket {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        let put = self.aws.s3.put_object().bucket(&self.name).key(key).body(body.as_bytes().to_vec().into());
        let sent = put.content_type("application/json").send().await;
        sent.map(drop).map_err(|error| unusable(&self.name, &error))
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let found = match self.aws.s3.get_object().bucket(&self.name).key(key).send().await {
            Ok(found) => found,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(unusable(&self.name, &error)),
        };
        let body = found.body.collect().await.map_err(|error| unusable(&self.name, &error))?;
        String::from_utf8(body.to_vec())
            .map(Some)
            .map_err(|_| StateError::Unreadable(format!("{key} in the bucket {} is no text", self.name)))
    }
}

fn unusable(bucket: &str, error: &(impl std::error::Error + 'static)) -> StateError {
    StateError::Unusable(format!("the bucket {bucket}: {}", DisplayErrorContext(error)))
}
