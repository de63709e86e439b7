//! `http`: a POST of the payload. Redirects are not followed: the target is the one that was named.

use std::time::Duration;

use bytes::Bytes;
use fanin_rule::{Action, Outcome};
use hyper::http::HeaderName;

use crate::client::Client;
use crate::errors::{failed, quoted};
use crate::output;

/// The `http` target alone: for a host that has none of the other kinds.
#[derive(Debug)]
pub struct HttpTarget(Client);

impl HttpTarget {
    /// Nothing is connected, and no certificate is read, before the first call.
    #[must_use]
    pub fn new() -> HttpTarget {
        HttpTarget(Client::new())
    }

    /// Makes one call; `States.Timeout` past `timeout`.
    pub async fn call(&self, url: &str, action: &Action, timeout: Duration) -> Outcome {
        super::within(timeout, post(&self.0, url, action)).await
    }
}

impl Default for HttpTarget {
    fn default() -> HttpTarget {
        HttpTarget::new()
    }
}

/// Posts the payload to `url` with the action's id as `Idempotency-Key`.
pub(super) async fn post(client: &Client, url: &str, action: &Action) -> Outcome {
    let headers = [
        (HeaderName::from_static("idempotency-key"), action.id.to_string()),
        (HeaderName::from_static("fanin-attempt"), action.attempt.to_string()),
    ];
    let payload = Bytes::copy_from_slice(action.payload.as_bytes());
    match client.post(url, &headers, payload).await {
        Ok(answer) if answer.status.is_success() => output::json_or_text(answer.body),
        Ok(answer) => {
            failed(format!("Http.{}", answer.status.as_u16()), format!("{url}: {}", quoted(&answer.body)))
        }
        Err(outcome) => outcome,
    }
}
