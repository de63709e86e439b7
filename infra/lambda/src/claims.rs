//! The claims bucket: payloads that are too large for a message.

use std::sync::Arc;

use fanin_state_first::Claims;
use fanin_store::state::StateError;

use crate::clients::Clients;
use crate::limits::MAX_CLAIM_BYTES;
use crate::s3::{Answer, Failure, Object};
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

    fn object<'a>(&'a self, key: &'a str) -> Object<'a> {
        Object { bucket: &self.bucket, key }
    }

    fn refused(&self, permission: &'static str, answer: &Answer) -> StateError {
        let (code, message) = answer.refusal();
        self.thing(permission).refusal(self.clients.aws(), &code, &message, answer.status)
    }

    fn failed(&self, permission: &'static str, key: &str, failure: Failure) -> StateError {
        match failure {
            Failure::Connector(error) => self.thing(permission).unreached(self.clients.aws(), &error),
            Failure::Unanswered(how) => StateError::Unknown(format!("bucket {}, {key}: {how}", self.bucket)),
            Failure::TooLarge(bytes) => {
                let of = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
                StateError::TooLarge {
                    what: format!("claim {key}"),
                    bytes: of(bytes),
                    max: of(MAX_CLAIM_BYTES),
                }
            }
        }
    }

    fn thing(&self, permission: &'static str) -> Thing<'_> {
        Thing { service: "S3", kind: "bucket", name: &self.bucket, variable: "FANIN_BUCKET", permission }
    }
}

const PUT: &str = "s3:PutObject";
const GET: &str = "s3:GetObject and s3:ListBucket";

impl Claims for BucketClaims {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        match self.clients.s3().put(self.object(key), body).await {
            Ok(answer) if answer.is_success() => Ok(()),
            Ok(answer) => Err(self.refused(PUT, &answer)),
            Err(failure) => Err(self.failed(PUT, key, failure)),
        }
    }

    /// What is gone is `None`; without `s3:ListBucket` the service says "access denied" instead.
    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        let answer = match self.clients.s3().get(self.object(key)).await {
            Ok(answer) => answer,
            Err(failure) => return Err(self.failed(GET, key, failure)),
        };
        if !answer.is_success() {
            let gone = answer.refusal().0 == "NoSuchKey";
            return if gone { Ok(None) } else { Err(self.refused(GET, &answer)) };
        }
        String::from_utf8(answer.body).map(Some).map_err(|_| {
            StateError::Unreadable(format!("claim {key} in bucket {} is not UTF-8 text", self.bucket))
        })
    }
}
