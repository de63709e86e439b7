//! The answers of `POST /events`, one for each event, and of what went wrong before that.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::Response;
use fanin_triggers::codes;
use serde_json::{Value, json};

use crate::ingest::Outcome;
use crate::intake::IntakeError;

/// What an answer says of an id that was made up.
const WARNING: &str = "the event had no id and was given one; sent again it will count again. \
                       Send an `id`, or the header Idempotency-Key";

/// `GET /health`.
pub(crate) async fn health() -> Response {
    json_answer(StatusCode::OK, &json!({ "status": "ok" }))
}

/// An answer with a JSON body.
pub(crate) fn json_answer(status: StatusCode, body: &Value) -> Response {
    with_type(status, "application/json", body)
}

/// An answer with a JSON body of a given content type.
pub(crate) fn with_type(status: StatusCode, content_type: &'static str, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(content_type));
    response
}

/// An answer to a request of which nothing was taken in.
pub(crate) fn error(status: StatusCode, code: &str, reason: &str) -> Response {
    json_answer(status, &json!({ "code": code, "reason": reason }))
}

/// One answer per event. All accepted: 200; all refused: 400 (413 where size is the reason); else 207.
pub(crate) fn outcomes(outcomes: &[Outcome]) -> Response {
    let rejected = outcomes.iter().filter(|o| matches!(o, Outcome::Rejected { .. })).count();
    let large = |o: &Outcome| matches!(o, Outcome::Rejected { code, .. } if *code == codes::TOO_LARGE);
    let status = match rejected {
        0 => StatusCode::OK,
        _ if outcomes.iter().all(large) => StatusCode::PAYLOAD_TOO_LARGE,
        n if n == outcomes.len() => StatusCode::BAD_REQUEST,
        _ => StatusCode::MULTI_STATUS,
    };
    let events: Vec<Value> = outcomes.iter().map(outcome).collect();
    let body = json!({ "accepted": outcomes.len() - rejected, "rejected": rejected, "events": events });
    json_answer(status, &body)
}

fn outcome(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Accepted { id, generated: false } => json!({ "id": id, "status": "accepted" }),
        Outcome::Accepted { id, generated: true } => {
            json!({ "id": id, "status": "accepted", "warning": WARNING })
        }
        Outcome::Rejected { code, reason, .. } => {
            json!({ "status": "rejected", "code": code, "reason": reason })
        }
    }
}

/// What an intake without an answer means for the sender.
pub(crate) struct Trouble {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) reason: String,
    pub(crate) retry_after: Option<Duration>,
}

impl From<IntakeError> for Trouble {
    fn from(error: IntakeError) -> Trouble {
        let reason = error.to_string();
        let (status, code, retry_after) = match error {
            IntakeError::Busy(busy) => (StatusCode::SERVICE_UNAVAILABLE, "busy", Some(busy.retry_after)),
            IntakeError::Closed => (StatusCode::SERVICE_UNAVAILABLE, "closed", Some(Duration::from_secs(1))),
            IntakeError::Failed(_) => (StatusCode::INTERNAL_SERVER_ERROR, "failed", None),
        };
        Trouble { status, code, reason, retry_after }
    }
}

/// `response` with `Retry-After`, in whole seconds, at least one.
pub(crate) fn with_retry(mut response: Response, retry_after: Option<Duration>) -> Response {
    const RETRY_AFTER: HeaderName = header::RETRY_AFTER;
    if let Some(wait) = retry_after {
        let seconds = wait.as_millis().div_ceil(1_000).max(1);
        if let Ok(value) = header::HeaderValue::try_from(seconds.to_string()) {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
    }
    response
}
