//! `http` and `lambda`: what is sent, and what becomes of every kind of answer.

use std::time::Duration;

use fanin_dispatch::limits::MAX_RESULT_BYTES;
use fanin_rule::{FunctionKind, Outcome, SendTarget, base64};
use tokio::io::AsyncReadExt;

use crate::support::*;

fn http(url: &str) -> FunctionKind {
    FunctionKind::Http { url: url.to_owned() }
}

fn lambda(url: &str) -> FunctionKind {
    FunctionKind::Lambda { url: url.to_owned() }
}

async fn answered(kind: fn(&str) -> FunctionKind, answer: String) -> (Outcome, Server) {
    let server = Server::start(answer).await;
    let bench = Bench::new(kind(&server.url));
    (bench.call("{\"a\":1}").await, server)
}

#[tokio::test]
async fn http_posts_with_the_idempotency_key() {
    let server = Server::start(response("201 Created", "", "{\"ok\":true}")).await;
    let bench = Bench::new(http(&format!("{}/hook?x=1", server.url)));
    assert_eq!(bench.call("{\"a\":1}").await, done("{\"ok\":true}"));
    let request = server.only_request();
    assert!(request.starts_with("post /hook?x=1 http/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("idempotency-key: {}\r\n", action("").id)), "{request}");
    assert!(
        request.contains("content-type: application/json\r\n") && request.contains("user-agent: fanin/"),
        "{request}"
    );
    assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
}

#[tokio::test]
async fn http_bodies_are_json_or_text() {
    assert_eq!(answered(http, response("200 OK", "", "thanks")).await.0, done("\"thanks\""));
    assert_eq!(answered(http, response("204 No Content", "", "")).await.0, done("null"));
}

#[tokio::test]
async fn http_errors_are_named_by_their_status() {
    for (status, error) in
        [("404 Not Found", "Http.404"), ("503 Busy", "Http.503"), ("400 Bad Request", "Http.400")]
    {
        let (name, cause) = failure(answered(http, response(status, "", "because")).await.0);
        assert_eq!(name, error);
        assert!(cause.contains("because"), "{cause}");
    }
    let elsewhere = Server::start(response("200 OK", "", "1")).await;
    let (outcome, _) =
        answered(http, response("302 Found", &format!("location: {}\r\n", elsewhere.url), "")).await;
    assert_eq!(failure(outcome).0, "Http.302");
    assert!(elsewhere.requests.lock().unwrap().is_empty(), "redirects are not followed");
}

#[tokio::test]
async fn http_answers_are_limited_on_both_sides() {
    let body = |bytes: usize| response("200 OK", "", &"1".repeat(bytes));
    assert_eq!(answered(http, body(MAX_RESULT_BYTES)).await.0, done(&"1".repeat(MAX_RESULT_BYTES)));
    assert_eq!(failure(answered(http, body(MAX_RESULT_BYTES + 1)).await.0).0, "States.DataLimitExceeded");
}

#[tokio::test]
async fn connections_that_fail() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (error, cause) = failure(Bench::new(http(&nobody)).call("{}").await);
    assert_eq!(error, "Http.ConnectFailed");
    assert!(cause.contains("refused"), "{cause}");
    assert_eq!(
        failure(answered(http, String::new()).await.0).0,
        "Http.ConnectFailed",
        "closed without an answer"
    );
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"a\"".to_owned();
    assert_eq!(failure(answered(http, cut).await.0).0, "Http.ConnectFailed", "closed in the middle");
    for url in ["ftp://a/b", "localhost:1/x", "http://", "not a url", "/x"] {
        assert_eq!(failure(Bench::new(http(url)).call("{}").await).0, "Fanin.BadUrl", "{url}");
    }
}

#[tokio::test]
async fn https_is_spoken() {
    let server = Server::start(String::new()).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let hello = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut first = [0; 3];
        stream.read_exact(&mut first).await.unwrap();
        first
    });
    let (error, _) = failure(Bench::new(http(&url)).call("{}").await);
    assert_eq!(error, "Http.ConnectFailed");
    assert_eq!(hello.await.unwrap()[..2], [22, 3], "a TLS handshake record");
    drop(server);
}

#[tokio::test]
async fn a_server_that_never_answers_times_out_and_sees_the_end() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        all.len()
    });
    let bench = Bench::with_timeout(http(&url), Duration::from_millis(300));
    assert_eq!(failure(bench.call("{}").await).0, "States.Timeout");
    assert!(server.await.unwrap() > 0, "the connection was closed");
}

#[tokio::test]
async fn send_http_posts_too() {
    let server = Server::start(response("200 OK", "", "1")).await;
    let bench = Bench::new(http("http://unused"));
    let outcome = bench.runners.call(&send(SendTarget::Http(format!("{}/s", server.url)))).await;
    assert_eq!(outcome, done("1"));
    assert!(server.only_request().starts_with("post /s http/1.1\r\n"));
}

#[tokio::test]
async fn lambda_invokes_with_the_client_context() {
    let server = Server::start(response("200 OK", "", "{\"r\":[1]}")).await;
    let bench = Bench::new(lambda(&format!("{}/", server.url)));
    assert_eq!(bench.call("{\"a\":1}").await, done("{\"r\":[1]}"));
    let kept = server.requests.lock().unwrap()[0].clone();
    assert!(kept.starts_with("post /2015-03-31/functions/f/invocations http/1.1\r\n"), "{kept}");
    assert!(kept.ends_with("\r\n\r\n{\"a\":1}"));
    assert!(kept.contains("x-amz-client-context: "));
}

#[tokio::test]
async fn the_client_context_is_base64_json() {
    // The server keeps heads in lower case: read this one as it is.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bench = Bench::with_timeout(
        lambda(&format!("http://{}", listener.local_addr().unwrap())),
        Duration::from_millis(500),
    );
    let head = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    });
    failure(bench.call("{}").await);
    let head = head.await.unwrap();
    let line = head.lines().find(|line| line.to_lowercase().starts_with("x-amz-client-context")).unwrap();
    let context = base64::decode(line.split_once(": ").unwrap().1).unwrap();
    let text = String::from_utf8(context).unwrap();
    assert!(
        text.starts_with("{\"custom\":{")
            && text.contains(&format!("\"fanin-action-id\":\"{}\"", action("").id)),
        "{text}"
    );
}

#[tokio::test]
async fn lambda_failures() {
    let error = "x-amz-function-error: Unhandled\r\n";
    let body = "{\"errorType\":\"OutOfParts\",\"errorMessage\":\"part 3\"}";
    let outcome = answered(lambda, response("200 OK", error, body)).await.0;
    assert_eq!(failure(outcome), ("OutOfParts".to_owned(), "part 3".to_owned()));
    let outcome = answered(lambda, response("200 OK", error, "odd")).await.0;
    assert_eq!(failure(outcome), ("States.TaskFailed".to_owned(), "odd".to_owned()));
    let refused = "x-amzn-ErrorType: TooManyRequestsException:http://x\r\n";
    let outcome = answered(lambda, response("429 Too Many", refused, "slow down")).await.0;
    assert_eq!(failure(outcome).0, "Lambda.TooManyRequestsException");
    assert_eq!(failure(answered(lambda, response("502 Bad Gateway", "", "")).await.0).0, "Http.502");
    assert_eq!(failure(answered(lambda, response("200 OK", "", "text")).await.0).0, "Fanin.BadOutput");
    assert_eq!(answered(lambda, response("200 OK", "", "")).await.0, done("null"));
}
