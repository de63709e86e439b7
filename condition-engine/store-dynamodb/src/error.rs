//! What the service says, by what has to be done about it.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemError;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::scan::ScanError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use fanin_store::limits::MAX_ITEM_BYTES;
use fanin_store::state::StateError;

use crate::layout::Item;
use crate::requests::Operation;

/// Why an attempt failed.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// The condition of the write did not hold. With the item that was there, where it was asked for.
    Condition(Option<Item>),
    /// Come again later; nothing was done.
    Busy(String),
    /// It may have been done.
    Unsure(String),
    /// There was nobody to ask; nothing was done.
    Unreachable(String),
    /// Trying again does not help.
    Fatal(StateError),
}

/// The errors of operations, as far as they tell the item that was there.
pub(crate) trait Refusal: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static {
    /// That item.
    fn found(&self) -> Option<&Item> {
        None
    }
}

impl Refusal for BatchGetItemError {}
impl Refusal for BatchWriteItemError {}
impl Refusal for GetItemError {}
impl Refusal for QueryError {}
impl Refusal for ScanError {}
impl Refusal for DeleteItemError {}

impl Refusal for PutItemError {
    fn found(&self) -> Option<&Item> {
        match self {
            PutItemError::ConditionalCheckFailedException(refusal) => refusal.item(),
            _ => None,
        }
    }
}

impl Refusal for UpdateItemError {
    fn found(&self) -> Option<&Item> {
        match self {
            UpdateItemError::ConditionalCheckFailedException(refusal) => refusal.item(),
            _ => None,
        }
    }
}

/// Where the store is, for the texts of errors.
#[derive(Clone, Debug)]
pub(crate) struct Whereabouts {
    pub(crate) table: String,
    pub(crate) region: String,
    pub(crate) endpoint: String,
}

/// Sorts an error of the client.
pub(crate) fn sort<E: Refusal>(
    error: &SdkError<E, HttpResponse>,
    operation: Operation,
    at: &Whereabouts,
) -> Fault {
    match error {
        SdkError::ServiceError(refused) => {
            let code = refused.err().code().unwrap_or("");
            if code == "ConditionalCheckFailedException" {
                return Fault::Condition(refused.err().found().cloned());
            }
            service(
                code,
                refused.err().message().unwrap_or(""),
                refused.raw().status().as_u16(),
                (operation, at),
            )
        }
        SdkError::TimeoutError(_) => Fault::Unsure(format!("{} took too long", operation.name)),
        SdkError::ResponseError(_) => {
            Fault::Unsure(format!("the answer of {} cannot be read", operation.name))
        }
        SdkError::DispatchFailure(failure) => {
            dispatch(&chain(error), failure.is_io() || failure.is_timeout(), operation, at)
        }
        _ => dispatch(&chain(error), false, operation, at),
    }
}

/// Codes that ask to come again later.
const BUSY: &[&str] = &[
    "ThrottlingException",
    "Throttling",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ReplicatedWriteConflictException",
    "LimitExceededException",
    "SlowDown",
];

/// Codes of credentials that are not good.
const CREDENTIALS: &[&str] = &[
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "ExpiredTokenException",
    "ExpiredToken",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
];

fn service(code: &str, message: &str, status: u16, (operation, at): (Operation, &Whereabouts)) -> Fault {
    let name = operation.name;
    let Whereabouts { table, region, endpoint } = at;
    if BUSY.contains(&code) || status == 429 {
        return Fault::Busy(format!("{name} on table {table}: {code}"));
    }
    if CREDENTIALS.contains(&code) {
        return Fault::Fatal(StateError::Unusable(format!(
            "the credentials are not accepted for table {table} in region {region} at {endpoint} ({code}): look with `aws \
             sts get-caller-identity`, and at AWS_REGION"
        )));
    }
    match code {
        "AccessDeniedException" | "AccessDenied" => Fault::Fatal(StateError::Unusable(format!(
            "{name} on table {table} in region {region} is not allowed: the role needs dynamodb:{name} on it. `fanin \
             deploy` gives the functions what they need; a person gets it from who manages his role. The service says: \
             {message}"
        ))),
        "ResourceNotFoundException" => Fault::Fatal(StateError::Unusable(format!(
            "there is no table {table} in region {region} at {endpoint}: `fanin deploy` makes it; if there is one \
             elsewhere, look at FANIN_TABLE and AWS_REGION"
        ))),
        "ValidationException" if message.contains("size") && message.contains("exceeded") => {
            Fault::Fatal(StateError::TooLarge {
                what: "an item".to_owned(),
                bytes: MAX_ITEM_BYTES.saturating_add(1),
                max: MAX_ITEM_BYTES,
            })
        }
        "ValidationException" => Fault::Fatal(StateError::Unusable(format!(
            "{name} on table {table} in region {region} was refused: {message}. A table that `fanin deploy` made takes it: \
             look whether its keys are `pk` and `sk`, both text"
        ))),
        _ if status >= 500 => {
            Fault::Unsure(format!("{name} on table {table} failed inside: {status} {code}"))
        }
        _ => Fault::Fatal(StateError::Unusable(format!(
            "{name} on table {table} in region {region} at {endpoint} was refused: {status} {code}"
        ))),
    }
}

/// A request that got no answer, or was never sent.
fn dispatch(text: &str, io: bool, operation: Operation, at: &Whereabouts) -> Fault {
    let Whereabouts { table, region, endpoint } = at;
    let lower = text.to_lowercase();
    let unusable = |text: String| Fault::Fatal(StateError::Unusable(text));
    if lower.contains("(connect)") || lower.contains("dns") {
        return Fault::Unreachable(format!(
            "table {table} in region {region} cannot be reached at {endpoint}: look at AWS_REGION, AWS_ENDPOINT_URL and the \
             network ({})",
            last(text)
        ));
    }
    if lower.contains("missing region") || lower.contains("region must be set") {
        return unusable(format!("no region for table {table}: set AWS_REGION"));
    }
    if lower.contains("credential") || lower.contains("identity") || lower.contains("auth scheme") {
        return unusable(format!(
            "no credentials for table {table} in region {region}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and \
             AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` shows who you are"
        ));
    }
    if io || lower.contains("connection") || lower.contains("incomplete") || lower.contains("closed") {
        return Fault::Unsure(format!("{} lost its connection ({})", operation.name, last(text)));
    }
    unusable(format!("{} on table {table} in region {region} at {endpoint}: {text}", operation.name))
}

/// The causes of an error, outermost first. Errors of the client's own machinery: no payload is in them.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The innermost cause of a chain.
fn last(chain: &str) -> &str {
    chain.rsplit(": ").next().unwrap_or(chain)
}

impl Fault {
    /// For the caller. `unsure`: an earlier attempt may have happened.
    pub(crate) fn into_error(self, operation: Operation, unsure: bool) -> StateError {
        match self {
            Fault::Condition(_) => StateError::Conflict,
            Fault::Fatal(error) => error,
            // A read that got no answer changed nothing.
            Fault::Busy(text) | Fault::Unsure(text) if operation.reads => StateError::Throttled(text),
            Fault::Busy(text) | Fault::Unreachable(text) if unsure => StateError::Unknown(text),
            Fault::Busy(text) => StateError::Throttled(text),
            Fault::Unsure(text) => StateError::Unknown(text),
            Fault::Unreachable(text) => StateError::Unusable(text),
        }
    }
}
