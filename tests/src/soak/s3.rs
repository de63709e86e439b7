//! Uploads over the S3 protocol, signed as any client signs them (signature version 4, unsigned payload).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use bytes::Bytes;
use fanin_event::Timestamp;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use sha2::{Digest, Sha256};

/// The keys that `fanin dev` has when nobody names others.
const KEY: &str = "test";
const SECRET: &str = "test";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// What is uploaded.
const CONTENT: &[u8] = b"one,two,three\n";
/// An answer may take so long.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Uploads.
#[derive(Debug)]
pub(crate) struct Uploader(Pool<HttpConnector, Full<Bytes>>);

impl Uploader {
    pub(crate) fn new() -> Uploader {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Uploader(Pool::builder(TokioExecutor::new()).build(connector))
    }

    /// Uploads one object. Returns the status and the answer's body.
    pub(crate) async fn put(
        &self,
        base: &str,
        bucket: &str,
        key: &str,
    ) -> anyhow::Result<(StatusCode, String)> {
        let host = base.trim_start_matches("http://");
        let path = format!("/{bucket}/{key}");
        let now = SystemTime::now();
        let moment = moment(now);
        let request = Request::put(format!("{base}{path}"))
            .header("x-amz-date", &moment)
            .header("x-amz-content-sha256", UNSIGNED)
            .header("authorization", authorization(host, &path, now, &moment))
            .body(Full::new(Bytes::from_static(CONTENT)))?;
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, async {
            let (head, body) = self.0.request(request).await?.into_parts();
            let body = body.collect().await?.to_bytes();
            anyhow::Ok((head.status, String::from_utf8_lossy(&body).into_owned()))
        });
        answer.await.context("the upload was not answered")?
    }
}

/// `20260101T000000Z`
fn moment(now: SystemTime) -> String {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let whole = Timestamp(i64::try_from(since).unwrap_or(0) * 1_000).to_string();
    whole.chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

fn authorization(host: &str, path: &str, now: SystemTime, moment: &str) -> String {
    let signed = "host;x-amz-content-sha256;x-amz-date";
    let canonical = format!(
        "PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{UNSIGNED}\nx-amz-date:{moment}\n\n{signed}\n{UNSIGNED}"
    );
    let day: String = moment.chars().take(8).collect();
    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let hash: String =
        Sha256::digest(canonical.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let key = generate_signing_key(SECRET, now, "us-east-1", "s3");
    let signature =
        calculate_signature(key, format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hash}").as_bytes());
    format!("AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={signed}, Signature={signature}")
}
