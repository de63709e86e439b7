//! A plain HTTP client for talking to a running `fanin dev` as a user does.

use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// An answer may take so long.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of an answer; the status lists up to 20,000 entries.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// The client; clones share its connections.
#[derive(Clone, Debug)]
pub struct Client(Pool<HttpConnector, Full<Bytes>>);

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body; null when that is no JSON.
    pub body: Value,
}

impl Client {
    /// A client with connections of its own.
    #[must_use]
    pub fn new() -> Client {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Client(Pool::builder(TokioExecutor::new()).build(connector))
    }

    /// GET.
    ///
    /// # Errors
    /// When no whole answer comes.
    pub async fn get(&self, url: &str) -> anyhow::Result<Answer> {
        self.send(Method::GET, url, Bytes::new()).await
    }

    /// POST of JSON.
    ///
    /// # Errors
    /// When no whole answer comes: whether it was taken is then unknown.
    pub async fn post(&self, url: &str, body: impl Into<Bytes>) -> anyhow::Result<Answer> {
        self.send(Method::POST, url, body.into()).await
    }

    async fn send(&self, method: Method, url: &str, body: Bytes) -> anyhow::Result<Answer> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = url.parse::<Uri>().with_context(|| format!("bad URL {url}"))?;
        let json = hyper::header::HeaderValue::from_static("application/json");
        request.headers_mut().insert(hyper::header::CONTENT_TYPE, json);
        tokio::time::timeout(ANSWER_TIMEOUT, async {
            let (head, body) = self.0.request(request).await?.into_parts();
            let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await;
            let body = body.map_err(|error| anyhow::anyhow!("the answer of {url} broke off: {error}"))?;
            let body = serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null);
            Ok(Answer { status: head.status, body })
        })
        .await
        .with_context(|| format!("no answer from {url} in {} s", ANSWER_TIMEOUT.as_secs()))?
    }
}

impl Default for Client {
    fn default() -> Client {
        Client::new()
    }
}
