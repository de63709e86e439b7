//! EventBridge's `PutEvents` over its JSON 1.1 protocol, so that `aws events put-events --endpoint-url` works.

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use fanin_triggers::{Format, codes};
use serde_json::{Value, json};

use super::answer::{Trouble, with_type};
use crate::ingest::Outcome;

/// The header that names the operation.
pub(crate) const TARGET: &str = "x-amz-target";
const OPERATION: &str = "AWSEvents.PutEvents";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// Refuses every other operation.
pub(crate) fn check_target(headers: &HeaderMap) -> Result<Option<Format>, Box<Response>> {
    let target = headers.get(TARGET).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if target == OPERATION {
        return Ok(Some(Format::PutEvents));
    }
    let reason = format!("{target} is not served here; {OPERATION} is");
    Err(Box::new(error(StatusCode::BAD_REQUEST, "UnknownOperationException", &reason)))
}

/// The answer, entry by entry; a request refused as a whole is a validation error.
pub(crate) fn answer(outcomes: &[Outcome]) -> Response {
    if let [Outcome::Rejected { reason, whole: true, .. }] = outcomes {
        return error(StatusCode::BAD_REQUEST, "ValidationException", reason);
    }
    let failed = outcomes.iter().filter(|o| matches!(o, Outcome::Rejected { .. })).count();
    let entries: Vec<Value> = outcomes.iter().map(entry).collect();
    with_type(StatusCode::OK, CONTENT_TYPE, &json!({ "FailedEntryCount": failed, "Entries": entries }))
}

fn entry(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Accepted { id, .. } => json!({ "EventId": id }),
        Outcome::Rejected { code, reason, .. } => {
            let name = if *code == codes::BAD_DETAIL { "MalformedDetail" } else { "InvalidArgument" };
            json!({ "ErrorCode": name, "ErrorMessage": reason })
        }
    }
}

/// The answer when the intake has none; clients repeat on 5xx.
pub(crate) fn trouble(trouble: &Trouble) -> Response {
    let name = match trouble.status {
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailableException",
        _ => "InternalException",
    };
    error(trouble.status, name, &trouble.reason)
}

fn error(status: StatusCode, name: &str, reason: &str) -> Response {
    with_type(status, CONTENT_TYPE, &json!({ "__type": name, "message": reason }))
}
