//! The functions: an HTTP server that takes every call down and answers after a moment, so that producers are faster.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::ledger::Kind;
use super::{Stretch, World};

/// An answer takes so long. The host has up to 64 calls of one function running: some thousands a second at most.
const ANSWER_AFTER: Duration = Duration::from_millis(10);
/// In the burst it takes so long: whoever is overrun is slow. With 64 calls at a time 640 are done in a second, so what waits grows
/// to its bound in the burst of three minutes where the host takes 2,300 events a second or more.
const OVERRUN_AFTER: Duration = Duration::from_millis(100);

/// The running server.
#[derive(Debug)]
pub(crate) struct Functions {
    pub(crate) address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Functions {
    pub(crate) async fn start(world: Arc<World>) -> anyhow::Result<Functions> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("cannot listen for calls")?;
        let address = listener.local_addr()?;
        Ok(Functions { address, accepting: tokio::spawn(accept(listener, world)) })
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, world: Arc<World>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ANSWER_AFTER).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let world = world.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&world, request));
            // A killed process breaks its connections off: that is what this is for.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(world: &World, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let id = head.headers.get("idempotency-key").and_then(|id| id.to_str().ok()).unwrap_or_default();
    // Half a request is none: its process was killed while it sent it.
    if let Ok(body) = body.collect().await {
        let body: Value = serde_json::from_slice(&body.to_bytes()).unwrap_or_default();
        let number = match head.uri.path() {
            "/work" => body.get("n").and_then(|n| Some((Kind::Order, n.as_str()?))),
            _ => body.get("key").and_then(|key| Some((Kind::Upload, key.as_str()?.strip_suffix(".csv")?))),
        };
        if let Some((kind, number)) = number.and_then(|(kind, text)| Some((kind, text.parse().ok()?))) {
            world.ledger.called(kind, number, id);
        }
    }
    let overrun = world.stretch() == Stretch::Burst;
    tokio::time::sleep(if overrun { OVERRUN_AFTER } else { ANSWER_AFTER }).await;
    Ok(Response::new(Full::new(Bytes::from_static(b"{}"))))
}
