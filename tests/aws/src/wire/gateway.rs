//! The endpoint: reads a request, tells which service and operation it is, and writes the answer, or cuts the connection.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::limits::MAX_BODY_BYTES;

/// Whose request it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// DynamoDB.
    Dynamo,
    /// SQS.
    Sqs,
    /// Lambda.
    Lambda,
    /// SNS.
    Sns,
    /// EventBridge.
    Events,
    /// Step Functions.
    States,
    /// S3.
    S3,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Call {
    /// Whose.
    pub service: Service,
    /// Which operation, as the service calls it; for S3 the method.
    pub operation: String,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers beside the content's length.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// JSON with a status.
    #[must_use]
    pub fn json(status: u16, body: &serde_json::Value) -> Answer {
        let headers = BTreeMap::from([("content-type".to_owned(), "application/x-amz-json-1.0".to_owned())]);
        Answer { status, headers, body: body.to_string().into() }
    }

    /// An error as the JSON protocols write it.
    #[must_use]
    pub fn error(status: u16, name: &str, message: &str) -> Answer {
        let mut answer = Answer::json(status, &serde_json::json!({ "__type": name, "message": message }));
        let short = name.rsplit('#').next().unwrap_or(name);
        answer.headers.insert("x-amzn-errortype".to_owned(), short.to_owned());
        answer
    }
}

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This is answered.
    Answer(Answer),
    /// The connection is cut without a word.
    Cut,
}

/// Handles requests.
pub trait Handler: Send + Sync + 'static {
    /// Handles one.
    fn handle(self: Arc<Self>, call: Call) -> Pin<Box<dyn Future<Output = Reply> + Send>>;
}

/// The endpoint. It ends when this is dropped.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cut on purpose")
    }
}

impl std::error::Error for Cut {}

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Cut {
        match never {}
    }
}

impl Gateway {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// No port is to be had.
    pub async fn start<H: Handler>(handler: Arc<H>) -> std::io::Result<Gateway> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = stream.set_nodelay(true);
                let handler = handler.clone();
                let service = service_fn(move |request| answer(handler.clone(), request));
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(async move {
                    // A connection that ends in an error is one that was cut, or a process that was killed.
                    let _ = serving.await;
                });
            }
        });
        Ok(Gateway { address, task })
    }

    /// The endpoint's URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer<H: Handler>(
    handler: Arc<H>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Cut> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY_BYTES).collect().await else { return Err(Cut) };
    let path = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
    let (service, operation) = classify(&parts.method, &path, &parts.headers);
    let (method, headers, body) = (parts.method, parts.headers, body.to_bytes());
    let call = Call { service, operation, method, path, headers, body };
    match handler.handle(call).await {
        Reply::Cut => Err(Cut),
        Reply::Answer(answer) => {
            let mut response = Response::builder().status(answer.status);
            for (name, value) in &answer.headers {
                response = response.header(name, value);
            }
            response.body(Full::new(answer.body)).map_err(|_| Cut)
        }
    }
}

fn classify(method: &Method, path: &str, headers: &HeaderMap) -> (Service, String) {
    let header = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if let Some((prefix, operation)) = header("x-amz-target").split_once('.') {
        let service = match prefix {
            "AmazonSQS" => Service::Sqs,
            "AWSEvents" => Service::Events,
            "AWSStepFunctions" => Service::States,
            _ => Service::Dynamo,
        };
        return (service, operation.to_owned());
    }
    if path.starts_with("/2015-03-31/functions/") {
        return (Service::Lambda, "Invoke".to_owned());
    }
    if header("content-type").starts_with("application/x-www-form-urlencoded") {
        return (Service::Sns, "Publish".to_owned());
    }
    (Service::S3, method.to_string())
}
