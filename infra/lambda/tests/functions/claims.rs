//! Claims read back: found, gone, too large, not text; what the requests are, and how often they are made.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fanin_lambda::limits::{MAX_ATTEMPTS, MAX_CLAIM_BYTES};
use fanin_lambda::{BucketClaims, Clients};
use fanin_state_first::Claims;
use fanin_store::state::StateError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::config::{environment, read};
use crate::double::{Answer, Double};

async fn get(answer: Answer) -> Result<Option<String>, StateError> {
    let double = Double::start(move |_| answer.clone()).await;
    BucketClaims::new(double.clients(), "claims").get("messages/1").await
}

#[tokio::test]
async fn found() {
    assert_eq!(get(Answer(200, vec![], "{}".to_owned())).await, Ok(Some("{}".to_owned())));
}

#[tokio::test]
async fn gone() {
    let gone = "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>";
    assert_eq!(get(Answer(404, vec![], gone.to_owned())).await, Ok(None));
}

#[tokio::test]
async fn not_to_be_read() {
    let denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    let error = get(Answer(403, vec![], denied.to_owned())).await.unwrap_err().to_string();
    for part in ["bucket claims", "s3:GetObject and s3:ListBucket", "fanin deploy"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn as_large_as_a_claim_may_be_and_a_byte_more() {
    let max = usize::try_from(MAX_CLAIM_BYTES).unwrap();
    let of = |bytes: usize| Answer(200, vec![], "x".repeat(bytes));
    assert_eq!(get(of(max)).await.unwrap().unwrap().len(), max);
    assert!(matches!(get(of(max + 1)).await, Err(StateError::TooLarge { bytes, .. }) if bytes == max + 1));
}

#[tokio::test]
async fn a_request_says_who_asks_for_what() {
    let double = Double::start(|_| Answer(200, vec![], "{}".to_owned())).await;
    BucketClaims::new(double.clients(), "claims").get("messages/1 ä").await.unwrap();
    let asked = &double.asked()[0];
    assert_eq!((asked.method.as_str(), asked.uri.path()), ("GET", "/claims/messages/1%20%C3%A4"));
    let authorization = asked.headers["authorization"].to_str().unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
    assert_eq!(asked.headers["x-amz-security-token"], "secret-token");
    assert!(asked.body.is_empty());
}

/// An answer that passes, so many times, then the claim.
async fn after(refusals: usize, status: u16, code: &str) -> (Result<Option<String>, StateError>, usize) {
    let refusal = format!("<Error><Code>{code}</Code><Message>again</Message></Error>");
    let left = AtomicUsize::new(refusals);
    let double = Double::start(move |_| {
        match left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)) {
            Ok(_) => Answer(status, vec![], refusal.clone()),
            Err(_) => Answer(200, vec![], "{}".to_owned()),
        }
    })
    .await;
    let got = BucketClaims::new(double.clients(), "claims").get("messages/1").await;
    (got, double.asked().len())
}

#[tokio::test]
async fn what_passes_is_tried_again_so_many_times() {
    let most = MAX_ATTEMPTS as usize;
    for (status, code) in [(503, "SlowDown"), (500, "InternalError"), (429, ""), (400, "RequestTimeout")] {
        assert_eq!(after(most - 1, status, code).await, (Ok(Some("{}".to_owned())), most), "{status} {code}");
        let (got, asked) = after(most, status, code).await;
        assert!(got.is_err() && asked == most, "{status} {code}: {got:?} after {asked}");
    }
    let (got, asked) = after(1, 403, "AccessDenied").await;
    assert!(matches!(got, Err(StateError::Unusable(_))) && asked == 1, "{got:?} after {asked}");
}

#[tokio::test]
async fn no_bucket() {
    let missing =
        "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
    let error = get(Answer(404, vec![], missing.to_owned())).await.unwrap_err().to_string();
    for part in ["there is no bucket claims", "NoSuchBucket", "FANIN_BUCKET"] {
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn nobody_there() {
    let mut environment = environment();
    environment.insert("AWS_ENDPOINT_URL_S3".to_owned(), "http://127.0.0.1:1".to_owned());
    let clients = Arc::new(Clients::new(read(&environment).unwrap().aws).unwrap());
    let error = BucketClaims::new(clients, "claims").get("messages/1").await.unwrap_err();
    assert!(matches!(error, StateError::Unusable(_)), "{error}");
    for part in ["bucket claims cannot be reached at http://127.0.0.1:1", "AWS_ENDPOINT_URL_S3"] {
        assert!(error.to_string().contains(part), "{error}");
    }
}

/// Without a length of the whole the bytes are counted as they come; what breaks off is no claim.
#[tokio::test]
async fn an_answer_of_unknown_length() {
    let max = usize::try_from(MAX_CLAIM_BYTES).unwrap();
    assert_eq!(chunked(max, true).await.unwrap().unwrap().len(), max);
    assert!(matches!(chunked(max + 1, true).await, Err(StateError::TooLarge { .. })));
    assert!(matches!(chunked(10, false).await, Err(StateError::Unknown(_))));
}

async fn chunked(bytes: usize, whole: bool) -> Result<Option<String>, StateError> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            assert!(stream.read(&mut head).await.unwrap() > 0);
            let end = if whole { "\r\n0\r\n\r\n" } else { "" };
            let text = format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{bytes:x}\r\n{}{end}",
                "x".repeat(bytes)
            );
            // Who has read enough goes away.
            let _ = stream.write_all(text.as_bytes()).await;
        }
    });
    let mut environment = environment();
    environment.insert("AWS_ENDPOINT_URL_S3".to_owned(), url);
    let clients = Arc::new(Clients::new(read(&environment).unwrap().aws).unwrap());
    BucketClaims::new(clients, "claims").get("messages/1").await
}
