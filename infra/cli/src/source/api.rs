//! The one HTTP client of the verbs: questions to a running host, and what it answers.

use std::time::Duration;

use anyhow::{Context, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// An answer takes no longer, or the host is not there.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
/// Whether a host is there shows faster than that.
const THERE_WITHIN: Duration = Duration::from_millis(500);
/// A busy host is asked again so often.
const TRIES: u32 = 10;

/// A running host.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    /// Its URL, without a slash at the end.
    pub(crate) url: String,
}

/// The host understood and said no.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Refused {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Stable code.
    pub(crate) code: String,
    /// Why, for people.
    pub(crate) reason: String,
    /// The whole answer.
    pub(crate) answer: Value,
}

impl Api {
    pub(crate) fn at(url: &str) -> Api {
        Api { url: url.trim_end_matches('/').to_owned() }
    }

    /// Whether a host answers.
    pub(crate) fn answers(&self) -> bool {
        let asked = async {
            tokio::time::timeout(THERE_WITHIN, self.once(Method::GET, "/status?recent=0", &Bytes::new()))
                .await
        };
        run(asked).is_ok_and(|answer| matches!(answer, Ok(Ok((status, _, _))) if status.is_success()))
    }

    /// Asks.
    ///
    /// # Errors
    /// When nobody answers; [`Refused`] when the answer is no.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        run(self.send(Method::GET, path, Bytes::new()))?.map(|(answer, _)| answer)
    }

    /// Asks for a document of a known form. Texts in it that are kept as they came keep their spelling.
    ///
    /// # Errors
    /// As [`Api::get`], and when the answer has another form.
    pub(crate) fn get_as<T: serde::de::DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let (_, bytes) = run(self.send(Method::GET, path, Bytes::new()))??;
        serde_json::from_slice(&bytes)
            .with_context(|| format!("the host at {} answers in a form this fanin does not know", self.url))
    }

    /// Tells.
    ///
    /// # Errors
    /// As [`Api::get`].
    pub(crate) fn post(&self, path: &str, body: Vec<u8>) -> anyhow::Result<Value> {
        run(self.send(Method::POST, path, body.into()))?.map(|(answer, _)| answer)
    }

    async fn send(&self, method: Method, path: &str, body: Bytes) -> anyhow::Result<(Value, Bytes)> {
        for _ in 0..TRIES {
            let answer = tokio::time::timeout(ANSWER_WITHIN, self.once(method.clone(), path, &body)).await;
            let (status, retry_after, bytes) =
                answer.with_context(|| format!("the host at {} does not answer", self.url))??;
            if status == StatusCode::SERVICE_UNAVAILABLE {
                tokio::time::sleep(Duration::from_secs(retry_after.unwrap_or(1).clamp(1, 10))).await;
                continue;
            }
            let answer: Value = serde_json::from_slice(&bytes).with_context(|| {
                format!("the host answered {status}: {}", String::from_utf8_lossy(&bytes))
            })?;
            // The receivers answer a batch with rejected events as a whole: that is an answer, not a refusal.
            if status.is_success() || answer.get("events").is_some() {
                return Ok((answer, bytes));
            }
            let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (code, reason) = (text("code"), text("reason"));
            let reason = if reason.is_empty() { format!("the host answered {status}") } else { reason };
            return Err(Refused { status: status.as_u16(), code, reason, answer }.into());
        }
        bail!("the host at {} stayed busy; try again later", self.url)
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        body: &Bytes,
    ) -> anyhow::Result<(StatusCode, Option<u64>, Bytes)> {
        let uri: Uri =
            format!("{}{path}", self.url).parse().with_context(|| format!("{} is not a URL", self.url))?;
        let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("content-type", "application/json")
            .body(Full::new(body.clone()))?;
        let answer = client.request(request).await.with_context(|| {
            format!("no host answers at {}; start one with `fanin dev WORKFLOW`", self.url)
        })?;
        let status = answer.status();
        let retry_after = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
        let bytes = Limited::new(answer.into_body(), ANSWER_BYTES).collect().await;
        let bytes = bytes.map_err(|e| anyhow::anyhow!("the answer cannot be read: {e}"))?.to_bytes();
        Ok((status, retry_after, bytes))
    }
}

/// Runs one exchange. The verbs are programs of a few questions: a runtime for each is the simplest thing.
fn run<T>(exchange: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Ok(runtime.context("cannot start the network's runtime")?.block_on(exchange))
}
