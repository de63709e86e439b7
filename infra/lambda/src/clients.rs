//! The clients of the services: made when they are needed, over one HTTP client with one pool of connections.
//!
//! Region, keys and endpoints come from the environment alone, as the platform sets it: looking for them elsewhere (files,
//! metadata services) would cost a cold start its time, and a function has nothing there.

use std::sync::OnceLock;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::config::Aws;
use crate::https::Https;
use crate::limits::{
    ATTEMPT_TIMEOUT, INVOKE_TIMEOUT, MAX_ATTEMPTS, MAX_RETRY_BACKOFF, OPERATION_TIMEOUT, RETRY_BACKOFF,
};
use crate::s3::S3;

/// The clients of one process.
#[derive(Debug)]
pub struct Clients {
    aws: Aws,
    https: Https,
    shared: SdkConfig,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    sqs_once: OnceLock<aws_sdk_sqs::Client>,
    s3: OnceLock<S3>,
    lambda: OnceLock<aws_sdk_lambda::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    eventbridge: OnceLock<aws_sdk_eventbridge::Client>,
    sfn: OnceLock<aws_sdk_sfn::Client>,
}

/// The configuration of one service's client: what all share, and its endpoint.
macro_rules! configured {
    ($service:ident, $clients:expr, $name:literal) => {{
        let mut builder = $service::config::Builder::from(&$clients.shared);
        builder.set_endpoint_url($clients.aws.endpoints.get($name).cloned());
        builder
    }};
}

impl Clients {
    /// Nothing is sent, and no certificate is read, before the first request.
    ///
    /// # Errors
    /// The file of certificates named by `AWS_CA_BUNDLE` cannot be read.
    pub fn new(aws: Aws) -> Result<Clients, String> {
        let https = Https::new(aws.ca_bundle.as_deref())?;
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(aws.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials(&aws)))
            .http_client(https.clone())
            .retry_config(retries(MAX_ATTEMPTS))
            .timeout_config(timeouts())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Ok(Clients::made(aws, https, shared))
    }

    /// Over another configuration of the SDK than its own, with what that has for a connection, for keys and for retries.
    /// The endpoints are those of `aws`; so is all of the object service, which has no client of the SDK.
    ///
    /// # Errors
    /// The file of certificates named by `AWS_CA_BUNDLE` cannot be read.
    pub fn over(aws: Aws, shared: SdkConfig) -> Result<Clients, String> {
        let https = Https::new(aws.ca_bundle.as_deref())?;
        Ok(Clients::made(aws, https, shared))
    }

    fn made(aws: Aws, https: Https, shared: SdkConfig) -> Clients {
        Clients {
            aws,
            https,
            shared,
            dynamodb: OnceLock::new(),
            sqs: OnceLock::new(),
            sqs_once: OnceLock::new(),
            s3: OnceLock::new(),
            lambda: OnceLock::new(),
            sns: OnceLock::new(),
            eventbridge: OnceLock::new(),
            sfn: OnceLock::new(),
        }
    }

    /// Where and as whom the services are called.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The table's service.
    pub fn dynamodb(&self) -> &aws_sdk_dynamodb::Client {
        self.dynamodb.get_or_init(|| {
            aws_sdk_dynamodb::Client::from_conf(configured!(aws_sdk_dynamodb, self, "DYNAMODB").build())
        })
    }

    /// The queues' service.
    pub fn sqs(&self) -> &aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| aws_sdk_sqs::Client::from_conf(configured!(aws_sdk_sqs, self, "SQS").build()))
    }

    /// The queues' service as a target of rules: one attempt, as [`Clients::lambda`].
    pub fn sqs_once(&self) -> &aws_sdk_sqs::Client {
        self.sqs_once.get_or_init(|| {
            aws_sdk_sqs::Client::from_conf(
                configured!(aws_sdk_sqs, self, "SQS").retry_config(retries(1)).build(),
            )
        })
    }

    /// The bucket's service.
    pub(crate) fn s3(&self) -> &S3 {
        self.s3.get_or_init(|| S3::new(self.https.clone(), &self.aws, credentials(&self.aws)))
    }

    /// The functions' service. One attempt, and no limit below the longest a function may work: a call that is repeated here
    /// would be one more call, and whether there is one says the workflow's `retry`.
    pub fn lambda(&self) -> &aws_sdk_lambda::Client {
        self.lambda.get_or_init(|| {
            // Both: what is not set here would be taken from the limits of the other services.
            let timeouts = TimeoutConfig::builder()
                .operation_attempt_timeout(INVOKE_TIMEOUT)
                .operation_timeout(INVOKE_TIMEOUT)
                .build();
            let config = configured!(aws_sdk_lambda, self, "LAMBDA")
                .retry_config(retries(1))
                .timeout_config(timeouts)
                .build();
            aws_sdk_lambda::Client::from_conf(config)
        })
    }

    /// The topics' service.
    pub fn sns(&self) -> &aws_sdk_sns::Client {
        self.sns.get_or_init(|| {
            aws_sdk_sns::Client::from_conf(
                configured!(aws_sdk_sns, self, "SNS").retry_config(retries(1)).build(),
            )
        })
    }

    /// The buses' service.
    pub fn eventbridge(&self) -> &aws_sdk_eventbridge::Client {
        self.eventbridge.get_or_init(|| {
            aws_sdk_eventbridge::Client::from_conf(
                configured!(aws_sdk_eventbridge, self, "EVENTBRIDGE").retry_config(retries(1)).build(),
            )
        })
    }

    /// The state machines' service.
    pub fn sfn(&self) -> &aws_sdk_sfn::Client {
        self.sfn.get_or_init(|| {
            aws_sdk_sfn::Client::from_conf(
                configured!(aws_sdk_sfn, self, "SFN").retry_config(retries(1)).build(),
            )
        })
    }
}

fn credentials(aws: &Aws) -> Credentials {
    let (key, secret, token) = aws.credentials.clone();
    Credentials::new(key, secret, token, None, "environment")
}

fn retries(attempts: u32) -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(RETRY_BACKOFF)
        .with_max_backoff(MAX_RETRY_BACKOFF)
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}
