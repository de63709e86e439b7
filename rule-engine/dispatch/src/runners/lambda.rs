//! `lambda`: an Invoke endpoint, such as `cargo lambda watch`.

use bytes::Bytes;
use fanin_rule::errors::{TASK_FAILED, TIMEOUT};
use fanin_rule::{Action, Outcome, base64};
use hyper::http::HeaderName;
use serde::Deserialize;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::errors::{failed, quoted};
use crate::output;

/// A function behind an Invoke endpoint.
#[derive(Debug)]
pub(super) struct Lambda {
    url: String,
}

/// What a function that failed answers.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct FunctionError {
    error_type: Option<String>,
    error_message: Option<String>,
}

impl FunctionError {
    /// The outcome of a function that reported this. A body of another form is quoted as it is.
    pub(super) fn outcome(body: &[u8], error_type: Option<&str>) -> Outcome {
        let report: FunctionError = serde_json::from_slice(body).unwrap_or_default();
        let error = report.error_type.as_deref().or(error_type).filter(|error| !error.is_empty());
        let cause = report.error_message.unwrap_or_else(|| quoted(body));
        let timed_out = match error {
            // The service says it in one of these ways.
            None => cause.contains("Task timed out after"),
            Some(error) => error == "Sandbox.Timedout",
        };
        failed(if timed_out { TIMEOUT } else { error.unwrap_or(TASK_FAILED) }, cause)
    }
}

/// The outcome of a function that answered with this body: its result, or the failure it reports.
#[must_use]
pub fn function_answer(body: Vec<u8>, function_error: bool) -> Outcome {
    if function_error {
        FunctionError::outcome(&body, None)
    } else {
        output::json(body, "the function's answer")
    }
}

/// What a Lambda gets as its client context, JSON text.
#[must_use]
pub fn client_context(action: &Action) -> String {
    let custom = json!({
        "fanin-action-id": action.id.to_string(),
        "fanin-attempt": action.attempt.to_string(),
        "fanin-rule": &*action.rule,
    });
    json!({ "custom": custom }).to_string()
}

impl Lambda {
    pub(super) fn new(name: &str, url: &str) -> Lambda {
        Lambda { url: format!("{}/2015-03-31/functions/{name}/invocations", url.trim_end_matches('/')) }
    }

    pub(super) async fn call(&self, client: &Client, action: &Action) -> Outcome {
        let headers = [
            (
                HeaderName::from_static("x-amz-client-context"),
                base64::encode(client_context(action).as_bytes()),
            ),
            (HeaderName::from_static("x-amz-invocation-type"), "RequestResponse".to_owned()),
        ];
        let payload = Bytes::copy_from_slice(action.payload.as_bytes());
        match client.post(&self.url, &headers, payload).await {
            Ok(answer) => self.judge(answer),
            Err(outcome) => outcome,
        }
    }

    fn judge(&self, answer: Answer) -> Outcome {
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let function_error = header("x-amz-function-error").is_some();
        if function_error || answer.status.is_success() {
            return function_answer(answer.body, function_error);
        }
        // The service's own refusals: `ResourceNotFoundException:http://...`.
        let refusal = header("x-amzn-errortype").and_then(|name| name.split(':').next());
        let error = match refusal {
            Some(name) => format!("Lambda.{name}"),
            None => format!("Http.{}", answer.status.as_u16()),
        };
        failed(error, format!("{}: {}", self.url, quoted(&answer.body)))
    }
}
