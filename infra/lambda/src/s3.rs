//! Two requests of the object service, GET and PUT, signed and sent by ourselves.
//!
//! Its SDK is the largest of all and would be loaded by every cold start, for claims that most functions never see.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use crate::config::Aws;
use crate::https::Https;
use crate::limits::{
    ATTEMPT_TIMEOUT, MAX_ATTEMPTS, MAX_CLAIM_BYTES, MAX_RETRY_BACKOFF, OPERATION_TIMEOUT, RETRY_BACKOFF,
};

/// The object service of one region, or of an endpoint of one's own.
#[derive(Debug)]
pub(crate) struct S3 {
    https: Https,
    credentials: Credentials,
    region: String,
    endpoint: Option<String>,
}

/// One object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'a> {
    /// Its bucket.
    pub(crate) bucket: &'a str,
    /// Its key.
    pub(crate) key: &'a str,
}

/// An answer, whatever it is: its status and its whole body.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// At most [`MAX_CLAIM_BYTES`].
    pub(crate) body: Vec<u8>,
}

/// There was no whole answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request could not be made, sent, or was not answered.
    Connector(ConnectorError),
    /// The time was up, or the answer broke off: how.
    Unanswered(String),
    /// The answer has so many bytes, or at least so many: more than [`MAX_CLAIM_BYTES`].
    TooLarge(u64),
}

impl Answer {
    /// Whether it is what was asked for.
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Code and message of a refusal; empty where it says none.
    pub(crate) fn refusal(&self) -> (String, String) {
        let text = String::from_utf8_lossy(&self.body);
        (element(&text, "Code"), element(&text, "Message"))
    }

    fn is_passing(&self) -> bool {
        matches!(self.status, 429 | 500 | 502 | 503 | 504)
            || (!self.is_success() && matches!(self.refusal().0.as_str(), "SlowDown" | "RequestTimeout"))
    }
}

impl S3 {
    pub(crate) fn new(https: Https, aws: &Aws, credentials: Credentials) -> S3 {
        S3 { https, credentials, region: aws.region.clone(), endpoint: aws.endpoints.get("S3").cloned() }
    }

    /// Reads an object.
    pub(crate) async fn get(&self, object: Object<'_>) -> Result<Answer, Failure> {
        self.request("GET", object, "").await
    }

    /// Writes an object of JSON.
    pub(crate) async fn put(&self, object: Object<'_>, body: &str) -> Result<Answer, Failure> {
        self.request("PUT", object, body).await
    }

    async fn request(&self, method: &str, object: Object<'_>, body: &str) -> Result<Answer, Failure> {
        let url = self.url(object);
        let attempts = async {
            let mut wait = RETRY_BACKOFF;
            for _ in 1..MAX_ATTEMPTS {
                let outcome = self.attempt(method, &url, body).await;
                if !is_passing(&outcome) {
                    return outcome;
                }
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(MAX_RETRY_BACKOFF);
            }
            self.attempt(method, &url, body).await
        };
        let late = || format!("no answer within {} s", OPERATION_TIMEOUT.as_secs());
        tokio::time::timeout(OPERATION_TIMEOUT, attempts)
            .await
            .unwrap_or_else(|_| Err(Failure::Unanswered(late())))
    }

    async fn attempt(&self, method: &str, url: &str, body: &str) -> Result<Answer, Failure> {
        let work = async {
            let request = self
                .signed(method, url, body)
                .map_err(|error| Failure::Connector(ConnectorError::user(error)))?;
            let answer = self.https.call(request).await.map_err(Failure::Connector)?;
            read(answer).await
        };
        let late = || format!("no answer within {} s", ATTEMPT_TIMEOUT.as_secs());
        tokio::time::timeout(ATTEMPT_TIMEOUT, work).await.unwrap_or_else(|_| Err(Failure::Unanswered(late())))
    }

    /// A signature names the moment: each attempt has its own.
    fn signed(
        &self,
        method: &str,
        url: &str,
        body: &str,
    ) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync>> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = self.credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let kind = (method == "PUT").then_some(("content-type", "application/json"));
        let signable =
            SignableRequest::new(method, url, kind.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method)?;
        request.set_uri(url)?;
        for (name, value) in kind.into_iter().chain(instructions.headers()) {
            request.headers_mut().try_insert(name.to_owned(), value.to_owned())?;
        }
        Ok(request)
    }

    /// With an endpoint of one's own the bucket stands in the path: emulators have no names for each. So does one whose
    /// dots no certificate covers.
    fn url(&self, Object { bucket, key }: Object<'_>) -> String {
        let key = encoded(key);
        let host = || format!("s3.{}.{}", self.region, domain(&self.region));
        match &self.endpoint {
            Some(own) => format!("{}/{}/{key}", own.trim_end_matches('/'), encoded(bucket)),
            None if bucket.contains('.') => format!("https://{}/{}/{key}", host(), encoded(bucket)),
            None => format!("https://{}.{}/{key}", encoded(bucket), host()),
        }
    }
}

/// Whether the same request may do better a moment later.
fn is_passing(outcome: &Result<Answer, Failure>) -> bool {
    match outcome {
        Ok(answer) => answer.is_passing(),
        Err(Failure::Connector(error)) => !error.is_user(),
        Err(Failure::Unanswered(_)) => true,
        Err(Failure::TooLarge(_)) => false,
    }
}

async fn read(answer: HttpResponse) -> Result<Answer, Failure> {
    let status = answer.status().as_u16();
    let said = answer.headers().get("content-length").and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    if said > MAX_CLAIM_BYTES {
        return Err(Failure::TooLarge(said));
    }
    let mut stream = ByteStream::new(answer.into_body());
    let mut body = Vec::with_capacity(usize::try_from(said).unwrap_or(0));
    while let Some(part) = stream.next().await {
        let part = part.map_err(|error| Failure::Unanswered(format!("the answer broke off: {error}")))?;
        body.extend_from_slice(&part);
        let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        if bytes > MAX_CLAIM_BYTES {
            return Err(Failure::TooLarge(bytes));
        }
    }
    Ok(Answer { status, body })
}

/// The text of the first element of this name; a refusal has no second one.
fn element(xml: &str, name: &str) -> String {
    let inside =
        xml.split_once(&format!("<{name}>")).and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
    let text = inside.map_or("", |(text, _)| text);
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// Percent-encodes as the signature wants it; slashes stay.
fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            other => {
                // A string takes whatever is written.
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

/// Where the services of a region's partition live.
fn domain(region: &str) -> &'static str {
    const DOMAINS: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("eusc-", "amazonaws.eu"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("us-isof-", "csp.hci.ic.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
    ];
    DOMAINS.iter().find(|(start, _)| region.starts_with(start)).map_or("amazonaws.com", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn s3(region: &str, endpoint: Option<&str>) -> S3 {
        let aws = Aws {
            region: region.to_owned(),
            credentials: ("AKID".to_owned(), "secret".to_owned(), Some("token".to_owned())),
            endpoints: endpoint.map(|url| ("S3", url.to_owned())).into_iter().collect::<BTreeMap<_, _>>(),
            ca_bundle: None,
        };
        let credentials = Credentials::new("AKID", "secret", Some("token".to_owned()), None, "test");
        S3::new(Https::new(None).unwrap(), &aws, credentials)
    }

    #[test]
    fn addresses() {
        let object = |bucket| Object { bucket, key: "messages/a b+ä" };
        let end = "messages/a%20b%2B%C3%A4";
        let real = s3("eu-central-1", None);
        assert_eq!(real.url(object("claims")), format!("https://claims.s3.eu-central-1.amazonaws.com/{end}"));
        assert_eq!(real.url(object("a.b")), format!("https://s3.eu-central-1.amazonaws.com/a.b/{end}"));
        let china = s3("cn-north-1", None);
        assert_eq!(
            china.url(object("claims")),
            format!("https://claims.s3.cn-north-1.amazonaws.com.cn/{end}")
        );
        for own in ["http://127.0.0.1:4566", "http://127.0.0.1:4566/"] {
            let own = s3("eu-central-1", Some(own));
            assert_eq!(own.url(object("claims")), format!("http://127.0.0.1:4566/claims/{end}"));
        }
    }

    #[test]
    fn what_is_signed() {
        let request = s3("eu-central-1", None)
            .signed("PUT", "https://b.s3.eu-central-1.amazonaws.com/k", "{}")
            .unwrap();
        let header = |name: &str| request.headers().get(name).unwrap_or_default();
        let signed = "content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token";
        let authorization = header("authorization");
        assert!(authorization.contains(&format!("SignedHeaders={signed}, ")), "{authorization}");
        assert!(authorization.contains("/eu-central-1/s3/aws4_request"), "{authorization}");
        assert_eq!(header("x-amz-security-token"), "token");
        // The SHA-256 of `{}`.
        assert_eq!(
            header("x-amz-content-sha256"),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
    }

    #[test]
    fn refusals() {
        let xml = "<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code><Message>a &lt;b&gt; &amp;amp; c</Message></Error>";
        let of = |body: &str| Answer { status: 404, body: body.as_bytes().to_vec() }.refusal();
        assert_eq!(of(xml), ("NoSuchKey".to_owned(), "a <b> &amp; c".to_owned()));
        assert_eq!(of("<html>"), (String::new(), String::new()));
    }
}
