//! What a service's error means for the caller, in words that name the thing and what mends it.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use fanin_store::state::StateError;

use crate::config::Aws;

/// What was used, for the words.
#[derive(Clone, Copy, Debug)]
pub struct Thing<'a> {
    /// The service, as its endpoint variable ends: `SQS`.
    pub service: &'static str,
    /// The kind of thing: `queue`.
    pub kind: &'static str,
    /// Its name or URL.
    pub name: &'a str,
    /// The variable it comes from.
    pub variable: &'static str,
    /// The permission that is needed.
    pub permission: &'static str,
}

const DEPLOY: &str = "run `fanin deploy WORKFLOW --stack NAME`";

const THROTTLED: &[&str] = &[
    "ThrottlingException",
    "Throttling",
    "RequestThrottled",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "ProvisionedThroughputExceededException",
];
const DENIED: &[&str] =
    &["AccessDenied", "AccessDeniedException", "AuthorizationError", "NotAuthorized", "AllAccessDisabled"];
const NO_IDENTITY: &[&str] = &[
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "IncompleteSignature",
];
const MISSING: &[&str] =
    &["QueueDoesNotExist", "NonExistentQueue", "NoSuchBucket", "ResourceNotFoundException", "InvalidAddress"];
const ELSEWHERE: &[&str] =
    &["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

impl Thing<'_> {
    /// The error of a request.
    pub fn error<E>(&self, aws: &Aws, error: &SdkError<E, HttpResponse>) -> StateError
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
    {
        let endpoint = aws.endpoint(self.service);
        match error {
            SdkError::ServiceError(refused) => {
                let code = refused.err().code().unwrap_or_default();
                let message = refused.err().message().unwrap_or_default();
                self.refusal(aws, code, message, refused.raw().status().as_u16())
            }
            SdkError::DispatchFailure(failure) if failure.is_io() || failure.is_user() => {
                let cause = failure
                    .as_connector_error()
                    .map(|e| DisplayErrorContext(e).to_string())
                    .unwrap_or_default();
                self.elsewhere(aws, &cause)
            }
            SdkError::ConstructionFailure(_) => StateError::Unusable(format!(
                "a request for {} {} cannot be made ({}): look at AWS_REGION (`{}`) and {}; {DEPLOY}",
                self.kind,
                self.name,
                DisplayErrorContext(error),
                aws.region,
                self.variable
            )),
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) | _ => {
                StateError::Unknown(format!(
                    "{} {} at {endpoint}: {}",
                    self.kind,
                    self.name,
                    DisplayErrorContext(error)
                ))
            }
        }
    }

    /// The error of a request that was sent by ourselves and not answered.
    pub(crate) fn unreached(&self, aws: &Aws, error: &ConnectorError) -> StateError {
        let cause = DisplayErrorContext(error).to_string();
        if error.is_io() || error.is_user() {
            self.elsewhere(aws, &cause)
        } else {
            let endpoint = aws.endpoint(self.service);
            StateError::Unknown(format!("{} {} at {endpoint}: {cause}", self.kind, self.name))
        }
    }

    fn elsewhere(&self, aws: &Aws, cause: &str) -> StateError {
        StateError::Unusable(format!(
            "{} {} cannot be reached at {} ({cause}): look at AWS_REGION (`{}`), AWS_ENDPOINT_URL and \
             AWS_ENDPOINT_URL_{}, and the function's network",
            self.kind,
            self.name,
            aws.endpoint(self.service),
            aws.region,
            self.service
        ))
    }

    /// The error of a request that was answered. `code` may carry a prefix (`AWS.SimpleQueueService.`).
    #[must_use]
    pub fn refusal(&self, aws: &Aws, code: &str, message: &str, status: u16) -> StateError {
        let (kind, name, region) = (self.kind, self.name, aws.region.as_str());
        let short = code.rsplit(['.', '#']).next().unwrap_or(code);
        let is = |list: &[&str]| list.contains(&short);
        let said = match (code, message) {
            ("", "") => format!("status {status}"),
            (code, "") => code.to_owned(),
            (code, message) => format!("{code}: {message}"),
        };
        if is(THROTTLED) || status == 429 {
            StateError::Throttled(format!("{kind} {name}: {said}"))
        } else if is(NO_IDENTITY) {
            StateError::Unusable(format!(
                "{kind} {name}: the keys of this function are not accepted in {region} ({said}): give the function its role \
                 again, {DEPLOY}"
            ))
        } else if is(DENIED) || status == 403 {
            StateError::Unusable(format!(
                "{kind} {name}: this function may not use it, its role needs `{}` ({said}): {DEPLOY}, which writes the role",
                self.permission
            ))
        } else if is(MISSING) {
            StateError::Unusable(format!(
                "there is no {kind} {name} in {region} ({said}): {} names it; {DEPLOY}, which makes it",
                self.variable
            ))
        } else if is(ELSEWHERE) || (300..400).contains(&status) {
            StateError::Unusable(format!(
                "{kind} {name} is not in {region} ({said}): AWS_REGION has to be the stack's region; {DEPLOY}"
            ))
        } else if status >= 500 {
            StateError::Unknown(format!("{kind} {name}: {said}"))
        } else {
            StateError::Unusable(format!("{kind} {name} refused the request ({said}): {DEPLOY}"))
        }
    }
}
