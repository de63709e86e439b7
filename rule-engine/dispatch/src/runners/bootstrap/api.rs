//! The Lambda Runtime API (2018-06-01) for one instance, on a port of its own.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use fanin_rule::Outcome;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::http::{HeaderValue, Method, StatusCode};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::phase::{Delivery, Phase};
use crate::errors::too_large;
use crate::limits::{MAX_API_CONNECTIONS, MAX_RESULT_BYTES};
use crate::output;
use crate::runners::lambda::FunctionError;

/// A running API; dropping it closes the port and all connections.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) address: SocketAddr,
    pub(super) phase: watch::Sender<Phase>,
    server: JoinHandle<()>,
}

impl Api {
    pub(super) async fn start(function: &Arc<str>) -> std::io::Result<Api> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let phase = watch::Sender::new(Phase::Idle);
        let server = tokio::spawn(serve(listener, phase.clone(), function.clone()));
        Ok(Api { address, phase, server })
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, phase: watch::Sender<Phase>, function: Arc<str>) {
    let permits = Arc::new(Semaphore::new(MAX_API_CONNECTIONS));
    // Dropped with this task: its connections end with it.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (phase, function) = (phase.clone(), function.clone());
        connections.spawn(async move {
            let service = service_fn(|request| {
                let (phase, function) = (phase.clone(), function.clone());
                async move { Ok::<_, Infallible>(answer(request, &phase, &function).await) }
            });
            // A connection that breaks is the bootstrap's end or its retry: both are seen elsewhere.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(permit);
        });
    }
}

async fn answer(
    request: Request<Incoming>,
    phase: &watch::Sender<Phase>,
    function: &str,
) -> Response<Full<Bytes>> {
    let path = request.uri().path().to_owned();
    let Some(rest) = path.strip_prefix("/2018-06-01/runtime/") else { return plain(StatusCode::NOT_FOUND) };
    match (request.method(), rest.split('/').collect::<Vec<_>>().as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(phase, function).await,
        (&Method::POST, ["invocation", id, "response"]) => {
            let outcome = match body(request).await {
                Ok(bytes) => output::json(bytes, "the function's answer"),
                Err(Unread::TooLarge) => too_large(),
                Err(Unread::Broken) => return plain(StatusCode::BAD_REQUEST),
            };
            settle(phase, id, outcome)
        }
        (&Method::POST, ["invocation", id, "error"]) => match reported(request).await {
            Some(outcome) => settle(phase, id, outcome),
            None => plain(StatusCode::BAD_REQUEST),
        },
        (&Method::POST, ["init", "error"]) => match reported(request).await {
            Some(outcome) => {
                phase.send_modify(|phase| phase.refuse(outcome));
                plain(StatusCode::ACCEPTED)
            }
            None => plain(StatusCode::BAD_REQUEST),
        },
        _ => plain(StatusCode::NOT_FOUND),
    }
}

/// Waits for a call, however long.
async fn next(phase: &watch::Sender<Phase>, function: &str) -> Response<Full<Bytes>> {
    let mut changes = phase.subscribe();
    loop {
        if changes.wait_for(Phase::is_deliverable).await.is_err() {
            return plain(StatusCode::GONE);
        }
        let mut delivery = None;
        phase.send_modify(|phase| delivery = phase.deliver());
        if let Some(delivery) = delivery {
            return delivered(delivery, function);
        }
    }
}

fn delivered(delivery: Delivery, function: &str) -> Response<Full<Bytes>> {
    let Delivery { invocation, deadline } = delivery;
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", invocation.id),
        ("lambda-runtime-deadline-ms", deadline.to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            format!("arn:aws:lambda:local:000000000000:function:{function}"),
        ),
        ("lambda-runtime-client-context", invocation.context),
    ];
    let mut response = Response::new(Full::new(invocation.payload));
    for (name, value) in headers {
        // A rule's name has no character that a header refuses.
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn settle(phase: &watch::Sender<Phase>, id: &str, outcome: Outcome) -> Response<Full<Bytes>> {
    let mut taken = false;
    phase.send_modify(|phase| taken = phase.settle(id, outcome));
    plain(if taken { StatusCode::ACCEPTED } else { StatusCode::BAD_REQUEST })
}

/// The failure that a bootstrap reports.
async fn reported(request: Request<Incoming>) -> Option<Outcome> {
    let header = request.headers().get("lambda-runtime-function-error-type");
    let kind = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
    match body(request).await {
        Ok(bytes) => Some(FunctionError::outcome(&bytes, kind.as_deref())),
        Err(Unread::TooLarge) => Some(too_large()),
        Err(Unread::Broken) => None,
    }
}

enum Unread {
    TooLarge,
    Broken,
}

async fn body(request: Request<Incoming>) -> Result<Vec<u8>, Unread> {
    match Limited::new(request.into_body(), MAX_RESULT_BYTES).collect().await {
        Ok(body) => Ok(body.to_bytes().into()),
        Err(error) if error.is::<LengthLimitError>() => Err(Unread::TooLarge),
        Err(_) => Err(Unread::Broken),
    }
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"{}")));
    *response.status_mut() = status;
    response
}
