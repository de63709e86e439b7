//! DynamoDB: dynoxide in this process, behind its own HTTP server, so that the wire protocol is real.

use std::net::SocketAddr;

use bytes::Bytes;
use dynoxide::Database;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::wire::Answer;

/// Headers of a request that matter to DynamoDB.
const FORWARDED: [&str; 5] =
    ["content-type", "x-amz-target", "authorization", "x-amz-date", "x-amz-security-token"];

/// The database and its server.
pub struct Dynamo {
    address: SocketAddr,
    client: Client<HttpConnector, Full<Bytes>>,
    server: JoinHandle<()>,
}

impl Drop for Dynamo {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Dynamo {
    /// An empty database.
    ///
    /// # Errors
    /// No port is to be had, or the database does not open.
    pub async fn start() -> anyhow::Result<Dynamo> {
        let database = Database::memory()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let server = tokio::spawn(dynoxide::server::serve_on(listener, database));
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok(Dynamo { address, client, server })
    }

    /// Its own URL, past every fault.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Passes a request on.
    pub async fn forward(&self, headers: &HeaderMap, body: Bytes) -> Answer {
        let mut request = Request::post(self.url()).header("host", self.address.to_string());
        for name in FORWARDED {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let sent = match request.body(Full::new(body)) {
            Ok(request) => self.client.request(request).await,
            Err(error) => return Answer::error(500, "InternalServerError", &error.to_string()),
        };
        let answer = match sent {
            Ok(answer) => answer,
            Err(error) => return Answer::error(500, "InternalServerError", &error.to_string()),
        };
        let status = answer.status().as_u16();
        let kept = |name: &&str| {
            let value = answer.headers().get(*name)?.to_str().ok()?;
            Some(((*name).to_owned(), value.to_owned()))
        };
        let headers =
            ["content-type", "x-amzn-errortype", "x-amzn-requestid"].iter().filter_map(kept).collect();
        let body = answer.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        Answer { status, headers, body: body.unwrap_or_default() }
    }

    /// Asks for itself, past every fault and every count.
    pub async fn ask(&self, operation: &str, request: &Value) -> Value {
        let mut headers = HeaderMap::new();
        let target = format!("DynamoDB_20120810.{operation}");
        let signed = "AWS4-HMAC-SHA256 Credential=double/20260101/us-east-1/dynamodb/aws4_request, \
                      SignedHeaders=host;x-amz-date;x-amz-target, Signature=0";
        for (name, value) in [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target.as_str()),
            ("authorization", signed),
            ("x-amz-date", "20260101T000000Z"),
        ] {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        }
        let answer = self.forward(&headers, Bytes::from(request.to_string())).await;
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }
}
