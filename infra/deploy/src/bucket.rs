//! The claims bucket, as the person who deploys or looks reaches it.

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use fanin_state_first::Claims;
use fanin_store::state::StateError;

use crate::aws::trouble;

/// The bucket of what was put aside.
#[derive(Clone, Debug)]
pub struct Bucket {
    s3: aws_sdk_s3::Client,
    name: String,
}

impl Bucket {
    /// The bucket `name`.
    #[must_use]
    pub fn new(s3: &aws_sdk_s3::Client, name: String) -> Bucket {
        Bucket { s3: s3.clone(), name }
    }
}

impl Claims for Bucket {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        let put = self.s3.put_object().bucket(&self.name).key(key).body(body.as_bytes().to_vec().into());
        let sent = put.content_type("application/json").send().await;
        sent.map(drop).map_err(|error| unusable(&self.name, "s3:PutObject", &error))
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let found = match self.s3.get_object().bucket(&self.name).key(key).send().await {
            Ok(found) => found,
            Err(error) if error.as_service_error().is_some_and(|e| e.is_no_such_key()) => return Ok(None),
            Err(error) => return Err(unusable(&self.name, "s3:GetObject", &error)),
        };
        let broken = |error| {
            let why = DisplayErrorContext(&error).to_string();
            StateError::Unknown(format!(
                "the claims bucket {} stopped in the middle of {key}: {why}",
                self.name
            ))
        };
        let body = found.body.collect().await.map_err(broken)?;
        String::from_utf8(body.to_vec())
            .map(Some)
            .map_err(|_| StateError::Unreadable(format!("{key} in the bucket {} is no text", self.name)))
    }
}

fn unusable<E>(bucket: &str, permission: &str, error: &SdkError<E>) -> StateError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let what = format!("the claims bucket {bucket}");
    StateError::Unusable(trouble(&what, permission, error).to_string())
}
