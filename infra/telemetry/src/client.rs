//! How batches reach the collector: HTTP/1.1, with TLS for `https`, on the host's own runtime.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use crate::limits::MAX_ANSWER_BYTES;

/// Sends on `runtime`: the exporter's thread has none.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
    answered_within: Duration,
}

impl Client {
    /// Gives a request up when its answer takes longer than `answered_within`.
    ///
    /// # Errors
    /// When the system's certificates cannot be loaded.
    pub(crate) fn new(runtime: Handle, answered_within: Duration) -> std::io::Result<Client> {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Client { pool: Pool::builder(TokioExecutor::new()).build(connector), runtime, answered_within })
    }
}

async fn ask(client: Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let answer = client.pool.request(request.map(Full::new)).await?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, MAX_ANSWER_BYTES).collect().await?.to_bytes();
    Ok(Response::from_parts(head, body))
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (asking, within) = (ask(self.clone(), request), self.answered_within);
        // The clock that ends it is the runtime's too.
        let asked = self.runtime.spawn(async move { tokio::time::timeout(within, asking).await });
        asked.await??
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;
    use crate::limits::ANSWERED_WITHIN;

    #[test]
    fn an_answer_is_waited_for_as_long_as_was_said() {
        let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", hangs.local_addr().unwrap());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = Client::new(runtime.handle().clone(), Duration::from_millis(50)).unwrap();
        let request = Request::post(url).body(Bytes::new()).unwrap();
        let begin = Instant::now();
        let error = runtime.block_on(client.send_bytes(request)).unwrap_err();
        assert!(error.is::<tokio::time::error::Elapsed>(), "{error}");
        let took = begin.elapsed();
        assert!(took >= Duration::from_millis(50) && took < ANSWERED_WITHIN, "{took:?}");
    }
}
