//! Requests to the object store, signed as they should be: any of them gets an answer that is not a server's error.

use std::fmt::Write;
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use axum::http::HeaderValue;
use fanin_event::Timestamp;
use fanin_sources_s3::{S3Options, open, service};
use s3s::service::S3Service;
use s3s::{Body, HttpRequest};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::http_body::parts;
use crate::memory::Memory;

const SECRET: &str = "secret";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

struct Store {
    runtime: Runtime,
    service: S3Service,
    _root: TempDir,
}

fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        let root = TempDir::new().expect("a directory for tests");
        let options = S3Options {
            root: root.path().to_owned(),
            domain: "localhost".to_owned(),
            access_key: "fanin".to_owned(),
            secret_key: SECRET.to_owned(),
            buckets: vec!["uploads".to_owned()],
        };
        let endpoint = open(&options, Arc::new(Memory)).expect("a folder for buckets");
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Store { runtime: runtime.expect("a runtime"), service: service(options, endpoint), _root: root }
    })
}

/// `METHOD /path` in the first line, header lines up to an empty one, the body.
pub(crate) fn s3_request(input: &[u8]) {
    let Some((request, body)) = parts(input) else { return };
    let Ok(mut request) = request.body(Body::from(body.to_vec())) else { return };
    sign(&mut request);
    let store = store();
    let answer = store.runtime.block_on(store.service.call(request));
    if let Ok(answer) = answer {
        // 501 is what the protocol has for an operation that this store does not have.
        let status = answer.status().as_u16();
        assert!(status < 500 || status == 501, "{status}: {:?}", answer.body());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Signs with the store's key: a refusal for a bad signature would be all that is ever reached.
fn sign(request: &mut HttpRequest) {
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = i64::try_from(since.as_millis()).unwrap_or(0);
    let moment: String =
        Timestamp(millis / 1_000 * 1_000).to_string().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    let moment = moment.replace(".000", "");
    let day: String = moment.chars().take(8).collect();
    for (name, value) in
        [("host", "localhost"), ("x-amz-date", moment.as_str()), ("x-amz-content-sha256", UNSIGNED)]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            request.headers_mut().insert(name, value);
        }
    }
    let mut query: Vec<&str> =
        request.uri().query().unwrap_or_default().split('&').filter(|part| !part.is_empty()).collect();
    query.sort_unstable();
    let query: Vec<String> = query
        .into_iter()
        .map(|part| if part.contains('=') { part.to_owned() } else { format!("{part}=") })
        .collect();
    let canonical = format!(
        "{}\n{}\n{}\nhost:localhost\nx-amz-content-sha256:{UNSIGNED}\nx-amz-date:{moment}\n\n\
         host;x-amz-content-sha256;x-amz-date\n{UNSIGNED}",
        request.method(),
        request.uri().path(),
        query.join("&")
    );
    let scope = format!("{day}/us-east-1/s3/aws4_request");
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{moment}\n{scope}\n{}", hex(&Sha256::digest(canonical.as_bytes())));
    let key = generate_signing_key(SECRET, now, "us-east-1", "s3");
    let signature = calculate_signature(key, to_sign.as_bytes());
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=fanin/{scope}, SignedHeaders=host;x-amz-content-sha256;x-amz-date, \
         Signature={signature}"
    );
    if let Ok(value) = HeaderValue::from_str(&authorization) {
        request.headers_mut().insert("authorization", value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    /// Were the signature wrong, the fuzzer would see refusals only.
    #[test]
    fn what_is_signed_is_let_in() {
        let mut request: HttpRequest = Request::get("/uploads?list-type=2").body(Body::empty()).unwrap();
        sign(&mut request);
        let store = store();
        let answer = store.runtime.block_on(store.service.call(request)).unwrap();
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
    }
}
