//! Serving connections: bounded in number, patient with no slow client, ended in order.

use std::error::Error;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use crate::limits;

/// The pause after the listener itself failed (no free file descriptor): such failures come in rows.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves HTTP/1.1 on `listener` until `shutdown` comes, then lets the requests in progress end, at most
/// [`limits::DRAIN_TIMEOUT`]. A router becomes a service by [`hyper_util::service::TowerToHyperService`].
pub async fn serve<S, B>(listener: TcpListener, service: S, shutdown: impl Future<Output = ()>)
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let room = Arc::new(Semaphore::new(limits::MAX_CONNECTIONS));
    let (stop, stopped) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let connection = tokio::select! {
            () = &mut shutdown => break,
            connection = accept(&listener, &room) => connection,
        };
        let Some((stream, permit)) = connection else { continue };
        let (service, stopped) = (service.clone(), stopped.clone());
        tokio::spawn(async move {
            serve_one(stream, service, stopped).await;
            drop(permit);
        });
    }
    drop(listener);
    // Nobody listens when no connection is open; that is as good as told.
    let _ = stop.send(true);
    let all = u32::try_from(limits::MAX_CONNECTIONS).unwrap_or(u32::MAX);
    if tokio::time::timeout(limits::DRAIN_TIMEOUT, room.acquire_many(all)).await.is_err() {
        tracing::warn!(
            "requests were still open {:?} after the shutdown and are cut off",
            limits::DRAIN_TIMEOUT
        );
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, permit)),
        Err(error) => {
            tracing::warn!("a connection could not be accepted: {error}");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

async fn serve_one<S, B>(stream: TcpStream, service: S, mut stopped: watch::Receiver<bool>)
where
    S: hyper::service::Service<Request<Incoming>, Response = Response<B>>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits::HEAD_TIMEOUT);
    builder.max_headers(limits::MAX_HEADERS).max_buf_size(limits::MAX_HEAD_BYTES);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = until(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // A client that goes away or speaks no HTTP is its own affair.
        tracing::debug!("a connection ended: {error}");
    }
}

/// Waits for the word to stop, or for the loss of the one who would say it.
async fn until(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
