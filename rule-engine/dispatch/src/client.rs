//! One HTTP client for all targets: POST, bounded answers, no redirects, TLS by rustls and ring.

use std::sync::OnceLock;

use bytes::Bytes;
use fanin_rule::Outcome;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use hyper::{Method, Request};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::errors::{BAD_URL, CONNECT_FAILED, failed, too_large};
use crate::limits::{CONNECT_TIMEOUT, MAX_RESULT_BYTES, MAX_RUNNING_REQUESTS};

type SecurePool = Pool<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The client. Certificates are loaded at the first `https` call only.
#[derive(Debug)]
pub(crate) struct Client {
    plain: Pool<HttpConnector, Full<Bytes>>,
    secure: OnceLock<Result<SecurePool, String>>,
}

/// An answer with a status, whatever it is.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn new() -> Client {
        Client { plain: pool().build(connector()), secure: OnceLock::new() }
    }

    /// Posts JSON. `Err` is the outcome of a call that got no whole answer.
    pub(crate) async fn post(
        &self,
        url: &str,
        headers: &[(HeaderName, String)],
        body: Bytes,
    ) -> Result<Answer, Outcome> {
        let request = request(url, headers, body)?;
        let response = match request.uri().scheme_str() {
            Some("https") => match self.secure.get_or_init(secure) {
                Ok(pool) => pool.request(request).await,
                Err(reason) => return Err(failed(CONNECT_FAILED, format!("no TLS: {reason}"))),
            },
            _ => self.plain.request(request).await,
        };
        let response =
            response.map_err(|error| failed(CONNECT_FAILED, format!("{url}: {}", chain(&error))))?;
        let (head, body) = response.into_parts();
        match Limited::new(body, MAX_RESULT_BYTES).collect().await {
            Ok(body) => {
                Ok(Answer { status: head.status, headers: head.headers, body: body.to_bytes().into() })
            }
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(error) => Err(failed(CONNECT_FAILED, format!("{url}: the answer broke off: {error}"))),
        }
    }
}

fn request(
    url: &str,
    headers: &[(HeaderName, String)],
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Outcome> {
    let bad = |reason: &str| failed(BAD_URL, format!("`{url}` cannot be called: {reason}"));
    let uri: Uri = url.parse().map_err(|error: hyper::http::uri::InvalidUri| bad(&error.to_string()))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return Err(bad("write http://HOST/... or https://HOST/..."));
    }
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let known = request.headers_mut();
    known.insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    known.insert(
        hyper::header::USER_AGENT,
        HeaderValue::from_static(concat!("fanin/", env!("CARGO_PKG_VERSION"))),
    );
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(|error| bad(&error.to_string()))?;
        known.insert(name.clone(), value);
    }
    Ok(request)
}

fn pool() -> hyper_util::client::legacy::Builder {
    let mut builder = Pool::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .pool_max_idle_per_host(MAX_RUNNING_REQUESTS);
    builder
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_nodelay(true);
    connector.enforce_http(false);
    connector
}

fn secure() -> Result<SecurePool, String> {
    let connector_with_tls = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| format!("the system's certificates could not be loaded: {error}"))?
        .https_only()
        .enable_http1()
        .wrap_connector(connector());
    Ok(pool().build(connector_with_tls))
}

/// An error with its causes: the outermost alone says only `client error (Connect)`.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
