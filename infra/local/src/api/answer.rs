//! How the API answers: JSON documents, and refusals with a code and a reason.

use axum::Json;
use axum::body::Bytes;
use axum::http::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An answer, or a refusal.
pub type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;
/// A refusal.
pub type Refusal = (StatusCode, Json<Value>);

/// The document `value`.
pub fn answer(value: impl Serialize) -> Answer {
    serde_json::to_value(value).map(Json).map_err(|_| stopped())
}

/// A refusal with its code and reason.
pub fn refuse(status: StatusCode, code: &str, reason: &str) -> Refusal {
    (status, Json(json!({ "code": code, "reason": reason })))
}

/// A refusal that is a document of its own, with `code` and `reason` in it.
pub fn refuse_with(status: StatusCode, document: impl Serialize) -> Refusal {
    (status, Json(serde_json::to_value(document).unwrap_or_default()))
}

/// The host stops, or its log cannot be written.
pub fn stopped() -> Refusal {
    let reason = "the host is stopping; ask again once it runs";
    refuse(StatusCode::SERVICE_UNAVAILABLE, "stopping", reason)
}

/// The request cannot be understood.
pub fn malformed(reason: &str) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, "malformed", reason)
}

/// Reads the body. An empty one stands for `{}`.
pub fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    let text: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text)
        .map_err(|error| malformed(&format!("the body is not what is needed: {error}")))
}
