//! The functions: an HTTP server that takes every call down, fails some first attempts and answers some late.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::calls::{Arrival, Calls};
use super::problem::Problem;

/// One in so many calls of a function with retries fails at its first attempt.
const FAILS_ONE_IN: u64 = 7;
/// One in so many calls is answered late.
const LATE_ONE_IN: u64 = 9;
/// By up to so many milliseconds.
const LATE_MS: u64 = 250;
/// The functions whose rules retry.
const RETRIED: [&str; 3] = ["assemble", "reward", "price"];
/// Connections of a killed process are gone after so long.
const GONE_WITHIN: Duration = Duration::from_secs(10);

/// The running server.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    calls: Mutex<Calls>,
    /// The life of `fanin` whose calls come in.
    life: AtomicU32,
    connections: AtomicUsize,
}

impl Shared {
    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a connection as long as it is there.
struct Connected(Arc<Shared>);

impl Drop for Connected {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Functions {
    pub(crate) async fn start() -> anyhow::Result<Functions> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen for calls")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let accepting = tokio::spawn(accept(listener, shared.clone()));
        Ok(Functions { address, shared, accepting })
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, Calls> {
        self.shared.calls()
    }

    /// The next life begins. Every request that the killed process sent has been read before this returns, so that
    /// none is taken for one of the next process.
    pub(crate) async fn next_life(&self) -> anyhow::Result<u32> {
        // Connections are accepted in order: when this one is answered, all of before have been accepted.
        let mut last = TcpStream::connect(self.address).await?;
        last.write_all(b"GET / HTTP/1.1\r\nhost: functions\r\nconnection: close\r\n\r\n").await?;
        last.read_to_end(&mut Vec::new()).await?;
        drop(last);
        let until = Instant::now() + GONE_WITHIN;
        while self.shared.connections.load(Ordering::SeqCst) > 0 {
            if Instant::now() > until {
                bail!("connections of the killed process were still there after {GONE_WITHIN:?}");
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(self.shared.life.fetch_add(1, Ordering::SeqCst) + 1)
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                shared.calls().problem(Problem::Wrong(format!("the functions cannot be reached: {error}")));
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let connected = Connected(shared.clone());
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&connected.0, request));
            // A killed process breaks its connections off: that is what this is for.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Some(id) = header(&head.headers, "idempotency-key") else { return Ok(response(200, &json!({}))) };
    let attempt = header(&head.headers, "fanin-attempt").and_then(|n| n.parse().ok()).unwrap_or(0);
    let function = head.uri.path().trim_start_matches('/').to_owned();
    // Half a request is none: its process was killed while it sent it.
    let Ok(body) = body.collect().await else { return Ok(response(400, &json!({}))) };
    let body = body.to_bytes();
    let life = shared.life.load(Ordering::SeqCst);
    let arrival = Arrival { function: &function, id: &id, attempt, body: &body, life };
    let Some(payload) = shared.calls().arrive(&arrival) else { return Ok(response(400, &json!({}))) };
    let chance = chance(&id);
    if chance.is_multiple_of(LATE_ONE_IN) {
        tokio::time::sleep(Duration::from_millis(chance / LATE_ONE_IN % LATE_MS)).await;
    }
    let done = attempt > 1 || !RETRIED.contains(&function.as_str()) || !chance.is_multiple_of(FAILS_ONE_IN);
    shared.calls().answered(&id, attempt, done);
    let result = json!({ "key": payload.get("key"), "item": payload.get("item") });
    Ok(if done { response(200, &result) } else { response(500, &json!({ "error": "this time not" })) })
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn response(status: u16, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// The fate of a call, by its id (FNV-1a): the same in every life and for every attempt.
fn chance(id: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash >> 16
}
