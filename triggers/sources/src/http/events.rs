//! `POST /events`: the form by the headers, else by the body.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use fanin_triggers::{Format, Raw};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::answer::{self, Trouble, with_retry};
use super::{BODY_UNIT, Shared, put_events};
use crate::ingest::ingest;
use crate::intake::Origin;
use crate::limits;

/// `POST /`: only `PutEvents`, which knows no other path.
pub(crate) async fn post_root(State(shared): State<Shared>, request: Request) -> Response {
    if request.headers().contains_key(put_events::TARGET) {
        return post_events(State(shared), request).await;
    }
    answer::error(StatusCode::NOT_FOUND, "not-found", "send events to POST /events")
}

/// `POST /events`.
pub(crate) async fn post_events(State(shared): State<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = parts.headers;
    let is_put = headers.contains_key(put_events::TARGET);
    let key = match idempotency_key(&headers) {
        Ok(key) => key,
        Err(response) => return *response,
    };
    let format = match if is_put { put_events::check_target(&headers) } else { format(&headers) } {
        Ok(format) => format,
        Err(response) => return *response,
    };
    let Some(units) = room(&headers) else { return too_large() };
    let Ok(_permit) = shared.bodies.clone().try_acquire_many_owned(units) else {
        let reason = "too many large requests at one time; try again";
        let busy = answer::error(StatusCode::SERVICE_UNAVAILABLE, "busy", reason);
        return with_retry(busy, Some(std::time::Duration::from_secs(1)));
    };
    let body = match read(body).await {
        Ok(body) => body,
        Err(response) => return *response,
    };
    let pairs = match format {
        Some(Format::CloudEventBinary) => header_pairs(&headers),
        _ => Vec::new(),
    };
    let raw = Raw { format, headers: &pairs, body: &body };
    let outcomes = ingest(&shared.intake, &raw, shared.clock.now(), key.as_deref(), Origin::Http).await;
    match outcomes {
        Ok(outcomes) if is_put => put_events::answer(&outcomes),
        Ok(outcomes) => answer::outcomes(&outcomes),
        Err(error) => {
            let trouble = Trouble::from(error);
            let response = if is_put {
                put_events::trouble(&trouble)
            } else {
                answer::error(trouble.status, trouble.code, &trouble.reason)
            };
            with_retry(response, trouble.retry_after)
        }
    }
}

type Refusal = Box<Response>;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= limits::MAX_IDEMPOTENCY_KEY_BYTES => {
            Ok(Some(key.to_owned()))
        }
        _ => {
            let most = limits::MAX_IDEMPOTENCY_KEY_BYTES;
            let reason = format!("Idempotency-Key must be 1 to {most} visible ASCII characters");
            Err(Box::new(answer::error(StatusCode::BAD_REQUEST, "bad-idempotency-key", &reason)))
        }
    }
}

/// The form that the headers name; nothing where the body is to tell.
fn format(headers: &HeaderMap) -> Result<Option<Format>, Refusal> {
    let media = text(headers, "content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/cloudevents+json" => Ok(Some(Format::CloudEvent)),
        "application/cloudevents-batch+json" => Ok(Some(Format::CloudEventBatch)),
        _ if headers.contains_key("ce-specversion") => Ok(Some(Format::CloudEventBinary)),
        // The third is what curl says of any `-d` that nobody named.
        "" | "application/json" | "application/x-www-form-urlencoded" => Ok(None),
        _ if media.ends_with("+json") || media.starts_with("application/x-amz-json") => Ok(None),
        _ => {
            let reason = format!(
                "the content type {media} is not understood; send application/json, \
                 application/cloudevents+json, application/cloudevents-batch+json, or `ce-` headers"
            );
            Err(Box::new(answer::error(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                &reason,
            )))
        }
    }
}

/// How much room the body needs; nothing when it says itself that it is too large.
fn room(headers: &HeaderMap) -> Option<u32> {
    let length = text(headers, header::CONTENT_LENGTH.as_str()).and_then(|n| n.parse::<usize>().ok());
    let bytes = length.unwrap_or(limits::MAX_BODY_BYTES);
    (bytes <= limits::MAX_BODY_BYTES).then(|| u32::try_from(bytes.div_ceil(BODY_UNIT)).unwrap_or(u32::MAX))
}

async fn read(body: axum::body::Body) -> Result<Bytes, Refusal> {
    let collected = Limited::new(body, limits::MAX_BODY_BYTES).collect();
    match tokio::time::timeout(limits::BODY_TIMEOUT, collected).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Box::new(too_large())),
        Ok(Err(error)) => {
            let reason = format!("the body could not be read: {error}");
            Err(Box::new(answer::error(StatusCode::BAD_REQUEST, "unreadable", &reason)))
        }
        Err(_) => {
            let reason = "the body did not come in time; send it again";
            Err(Box::new(answer::error(StatusCode::REQUEST_TIMEOUT, "timeout", reason)))
        }
    }
}

fn too_large() -> Response {
    let reason = format!("the body may have {} bytes; send several requests", limits::MAX_BODY_BYTES);
    answer::error(StatusCode::PAYLOAD_TOO_LARGE, "too-large", &reason)
}

/// All headers as texts; a value that is no UTF-8 is shown with U+FFFD, for it is an attribute then, and a text.
fn header_pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let pair = |(name, value): (&header::HeaderName, &header::HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    headers.iter().map(pair).collect()
}
