//! The clients of the services and what their errors mean: what is missing, and the command that mends it.

use anyhow::{Context, anyhow};
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::region;

/// The services of one account and region, as the standard chain of settings names them: `AWS_PROFILE`, `AWS_REGION`,
/// `AWS_ENDPOINT_URL` and its forms for each service.
#[derive(Debug)]
pub struct Aws {
    /// Stacks.
    pub cloudformation: aws_sdk_cloudformation::Client,
    /// Functions.
    pub lambda: aws_sdk_lambda::Client,
    /// Buckets.
    pub s3: aws_sdk_s3::Client,
    /// Queues.
    pub sqs: aws_sdk_sqs::Client,
    /// The table.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Logs.
    pub logs: aws_sdk_cloudwatchlogs::Client,
    /// The account's number.
    pub account: String,
    /// The region.
    pub region: String,
    /// Where everything is asked, when it is not AWS itself.
    pub endpoint: Option<String>,
}

impl Aws {
    /// Finds settings and credentials, and asks who they are.
    ///
    /// # Errors
    /// No region, no credentials, credentials that are not accepted, an endpoint where nobody answers.
    pub async fn connect() -> anyhow::Result<Aws> {
        Aws::with(&region::chosen(loader()).await?.load().await).await
    }

    /// An emulator, which takes any credentials.
    ///
    /// # Errors
    /// Nobody answers there.
    pub async fn at(region: &str, endpoint: &str) -> anyhow::Result<Aws> {
        let anybody = Credentials::new("test", "test", None, None, "emulator");
        let region = Region::new(region.to_owned());
        let shared =
            loader().region(region).endpoint_url(endpoint).credentials_provider(anybody).load().await;
        Aws::with(&shared).await
    }

    async fn with(shared: &SdkConfig) -> anyhow::Result<Aws> {
        let region = region::set(shared.region().cloned())?.to_string();
        let endpoint = shared.endpoint_url().map(str::to_owned);
        let identity = aws_sdk_sts::Client::new(shared).get_caller_identity().send().await;
        let identity = identity.map_err(|error| who(&error, &region, endpoint.as_deref()))?;
        let account = identity.account().context("AWS does not say which account this is")?.to_owned();
        Ok(Aws::of(shared, account, region, endpoint))
    }

    fn of(shared: &SdkConfig, account: String, region: String, endpoint: Option<String>) -> Aws {
        // Emulators have no host for each bucket: there the bucket stands in the path.
        let s3 = aws_sdk_s3::config::Builder::from(shared).force_path_style(endpoint.is_some()).build();
        Aws {
            cloudformation: aws_sdk_cloudformation::Client::new(shared),
            lambda: aws_sdk_lambda::Client::new(shared),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(shared),
            dynamodb: aws_sdk_dynamodb::Client::new(shared),
            logs: aws_sdk_cloudwatchlogs::Client::new(shared),
            account,
            region,
            endpoint,
        }
    }

    /// The account and region in words.
    #[must_use]
    pub fn place(&self) -> String {
        let at = self.endpoint.as_ref().map_or_else(String::new, |e| format!(" at {e}"));
        format!("account {}, region {}{at}", self.account, self.region)
    }
}

fn loader() -> ConfigLoader {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http)
}

/// Why nobody knows who asks.
fn who<E>(error: &SdkError<E>, region: &str, endpoint: Option<&str>) -> anyhow::Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let said = chain(error);
    match error {
        SdkError::ServiceError(refused) => {
            let code = refused.err().code().unwrap_or("no code");
            anyhow!(
                "the credentials are not accepted in {region} ({code}): sign in again, or look at AWS_PROFILE and AWS_ACCESS_KEY_ID"
            )
        }
        _ if said.contains("redential") => anyhow!(
            "no credentials are found: export AWS_PROFILE=NAME, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY ({said})"
        ),
        _ => anyhow!(
            "{} does not answer: look at AWS_REGION ({region}), AWS_ENDPOINT_URL and the network ({said})",
            endpoint.unwrap_or("AWS")
        ),
    }
}

/// An error and what it comes from, each once: the SDK's own form adds the structure of all of it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(deeper) = source {
        let text = deeper.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        source = deeper.source();
    }
    said
}

/// The error of a request: for what it was made, which permission it needs, what was answered.
pub fn trouble<E>(what: &str, permission: &str, error: &SdkError<E>) -> anyhow::Error
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let Some(refused) = error.as_service_error() else {
        return anyhow!(
            "{what}: no answer: look at AWS_REGION, AWS_ENDPOINT_URL and the network ({})",
            chain(error)
        );
    };
    let code = refused.code().unwrap_or("no code");
    anyhow!("{}", said(what, permission, (code, refused.message().unwrap_or_default())))
}

/// Codes, by their ends, of keys that are not accepted.
const NO_IDENTITY: [&str; 7] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
];
/// Codes of things that are in another region.
const ELSEWHERE: [&str; 3] =
    ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

/// What a refusal means, and what mends it.
fn said(what: &str, permission: &str, (code, message): (&str, &str)) -> String {
    let short = code.rsplit(['.', '#']).next().unwrap_or(code);
    let has = |part: &str| short.contains(part);
    if has("AccessDenied") || has("Unauthorized") || has("NotAuthorized") || short == "Forbidden" {
        return format!("{what}: you may not; your user or role needs `{permission}` ({message})");
    }
    if NO_IDENTITY.contains(&short) {
        return format!(
            "{what}: the credentials are not accepted ({code}): sign in again, or look at AWS_PROFILE"
        );
    }
    if ELSEWHERE.contains(&short) {
        return format!("{what}: it is in another region ({code}): set AWS_REGION to the stack's region");
    }
    if has("NotFound") || has("NoSuch") || has("DoesNotExist") || has("NonExistent") {
        return format!(
            "{what}: it is not there ({code}): `fanin deploy WORKFLOW --stack NAME` makes it; another account or region is \
             chosen with AWS_PROFILE and AWS_REGION"
        );
    }
    if has("Throttl") || has("TooManyRequests") || has("SlowDown") {
        return format!("{what}: asked too often ({code}): try again");
    }
    format!("{what}: {code}: {message}")
}

/// The code a service answered with; empty: it did not answer.
pub fn code_of<E: ProvideErrorMetadata>(error: &SdkError<E>) -> String {
    error.as_service_error().and_then(ProvideErrorMetadata::code).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_names_the_thing_and_what_mends_it() {
        let cases = [
            ("AccessDeniedException", "needs `sqs:SendMessage`"),
            ("AccessDenied", "needs `sqs:SendMessage`"),
            ("UnauthorizedOperation", "needs `sqs:SendMessage`"),
            ("ExpiredTokenException", "sign in again"),
            ("com.amazonaws.dynamodb#UnrecognizedClientException", "AWS_PROFILE"),
            ("PermanentRedirect", "AWS_REGION"),
            ("AWS.SimpleQueueService.NonExistentQueue", "fanin deploy"),
            ("com.amazonaws.sqs#QueueDoesNotExist", "fanin deploy"),
            ("ResourceNotFoundException", "fanin deploy"),
            ("NoSuchBucket", "fanin deploy"),
            ("ThrottlingException", "try again"),
            ("ValidationError", "so it says"),
        ];
        for (code, mends) in cases {
            let text = said("the queue shop-rules", "sqs:SendMessage", (code, "so it says"));
            assert!(text.starts_with("the queue shop-rules: ") && text.contains(mends), "{code}: {text}");
        }
    }
}
