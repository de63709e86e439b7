//! How batches reach the collector: HTTP/1.1, with TLS for `https`, on the host's own runtime.

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

use crate::limits::{ANSWERED_WITHIN, MAX_ANSWER_BYTES};

/// Sends on `runtime`: the exporter's thread has none.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pool: Pool<HttpsConnector<HttpConnector>, Full<Bytes>>,
    runtime: Handle,
}

impl Client {
    /// # Errors
    /// When the system's certificates cannot be loaded.
    pub(crate) fn new(runtime: Handle) -> std::io::Result<Client> {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Client { pool: Pool::builder(TokioExecutor::new()).build(connector), runtime })
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
        let asking = ask(self.clone(), request);
        // The clock that ends it is the runtime's too.
        let asked = self.runtime.spawn(async { tokio::time::timeout(ANSWERED_WITHIN, asking).await });
        asked.await??
    }
}
