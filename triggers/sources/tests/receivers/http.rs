//! The HTTP routes over a real connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::support::Fake;
use fanin_sources::http::{Guard, guarded, router};
use fanin_sources::{Busy, IntakeError, Origin, SystemClock, limits, serve};
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const EVENT: &str =
    r#"{"id":"1","source":"shop","detail-type":"Paid","time":"2026-01-01T00:00:00Z","detail":{"n":1.10}}"#;

struct Server {
    address: SocketAddr,
    intake: Fake,
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<()>,
}

async fn start() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let intake = Fake::default();
    let app = guarded(router(intake.port(), Arc::new(SystemClock)), Guard::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let done = tokio::spawn(serve(listener, TowerToHyperService::new(app), async {
        let _ = stopped.await;
    }));
    Server { address, intake, stop, done }
}

/// Status, head and body of the answer to a raw request.
async fn raw(address: SocketAddr, request: &str) -> (u16, String, Value) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), serde_json::from_str(body).unwrap_or(Value::Null))
}

async fn post(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, String, Value) {
    let mut request =
        format!("POST {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "host") {
        request.push_str("host: localhost\r\n");
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    raw(server.address, &format!("{request}\r\n{body}")).await
}

#[tokio::test]
async fn an_event_is_accepted_as_it_came() {
    let server = start().await;
    let (status, _, answer) = post(&server, "/events", &[("content-type", "application/json")], EVENT).await;
    assert_eq!(
        (status, answer),
        (200, json!({"accepted": 1, "rejected": 0, "events": [{"id": "1", "status": "accepted"}]}))
    );
    let book = server.intake.book();
    assert_eq!((book.events[0].envelope.as_str(), book.events[0].origin), (EVENT, Origin::Http));
}

#[tokio::test]
async fn every_event_has_its_answer() {
    let server = start().await;
    let mixed = format!(r#"[{EVENT}, {{"source":"shop"}}, {{"source":"shop","detail-type":"Paid"}}]"#);
    let (status, _, answer) = post(&server, "/events", &[], &mixed).await;
    assert_eq!(status, 207);
    assert_eq!((&answer["accepted"], &answer["rejected"]), (&json!(2), &json!(1)));
    assert_eq!(answer["events"][1]["code"], "missing-field");
    assert!(answer["events"][2]["warning"].as_str().unwrap().contains("Idempotency-Key"));

    let (status, _, answer) = post(&server, "/events", &[("idempotency-key", "k")], &mixed).await;
    assert_eq!((status, &answer["events"][2]), (207, &json!({"id": "k/2", "status": "accepted"})));

    assert_eq!(post(&server, "/events", &[], "{").await.0, 400);
    let large = EVENT.replace("1.10", &format!("\"{}\"", "x".repeat(256 * 1024)));
    assert_eq!(post(&server, "/events", &[], &large).await.0, 413);
    server.intake.book().refuse = Some("shop");
    let (status, _, answer) = post(&server, "/events", &[], EVENT).await;
    assert_eq!((status, &answer["events"][0]["code"]), (400, &json!("late")));
}

#[tokio::test]
async fn cloud_events_in_three_modes() {
    let server = start().await;
    let ce = r#"{"specversion":"1.0","id":"a","source":"/s","type":"t","time":"2026-01-01T00:00:00Z","data":{"x":1}}"#;
    assert_eq!(
        post(&server, "/events", &[("content-type", "application/cloudevents+json; charset=utf-8")], ce)
            .await
            .0,
        200
    );
    let batch = format!("[{ce}]");
    assert_eq!(
        post(&server, "/events", &[("content-type", "application/cloudevents-batch+json")], &batch).await.0,
        200
    );
    let binary = [
        ("content-type", "text/plain"),
        ("ce-specversion", "1.0"),
        ("ce-id", "b"),
        ("ce-source", "/s"),
        ("ce-type", "t"),
    ];
    assert_eq!(post(&server, "/events", &binary, "hello").await.0, 200);
    let book = server.intake.book();
    assert_eq!(book.events[0], book.events[1]);
    assert!(book.events[2].envelope.contains(r#""detail":"hello""#));
}

#[tokio::test]
async fn put_events_answers_in_its_own_form() {
    let server = start().await;
    let headers = [("x-amz-target", "AWSEvents.PutEvents"), ("content-type", "application/x-amz-json-1.1")];
    let body = r#"{"Entries":[{"Source":"a","DetailType":"b","Detail":"{}"},{"Source":"a","DetailType":"b","Detail":"x"}]}"#;
    for path in ["/", "/events"] {
        let (status, head, answer) = post(&server, path, &headers, body).await;
        assert_eq!((status, &answer["FailedEntryCount"]), (200, &json!(1)));
        assert!(answer["Entries"][0]["EventId"].is_string());
        assert_eq!(answer["Entries"][1]["ErrorCode"], "MalformedDetail");
        assert!(head.contains("content-type: application/x-amz-json-1.1"));
    }
    let (status, _, answer) = post(&server, "/", &headers, "{}").await;
    assert_eq!((status, &answer["__type"]), (400, &json!("ValidationException")));
    let (status, _, answer) = post(&server, "/", &[("x-amz-target", "AWSEvents.PutRule")], "{}").await;
    assert_eq!((status, &answer["__type"]), (400, &json!("UnknownOperationException")));
    assert_eq!(post(&server, "/", &[], EVENT).await.0, 404);
    server.intake.book().errors.push_back(Busy { retry_after: Duration::from_millis(1) }.into());
    let (status, _, answer) = post(&server, "/", &headers, body).await;
    assert_eq!((status, &answer["__type"]), (503, &json!("ServiceUnavailableException")));
}

#[tokio::test]
async fn trouble_is_told() {
    let server = start().await;
    for (error, status, retry) in [
        (IntakeError::from(Busy { retry_after: Duration::from_millis(1_200) }), 503, Some("retry-after: 2")),
        (IntakeError::Closed, 503, Some("retry-after: 1")),
        (IntakeError::Failed("disk".to_owned()), 500, None),
    ] {
        server.intake.book().errors.push_back(error);
        let (is, head, answer) = post(&server, "/events", &[], EVENT).await;
        assert_eq!(is, status);
        assert!(!answer["reason"].as_str().unwrap().is_empty());
        assert_eq!(head.contains("retry-after"), retry.is_some());
        assert!(retry.is_none_or(|retry| head.contains(retry)), "{head}");
    }
    assert_eq!(server.intake.book().events.len(), 0);
}

#[tokio::test]
async fn what_is_no_request_for_us_is_refused() {
    let server = start().await;
    for (headers, status) in [
        (vec![("host", "evil.example")], 403),
        (vec![("origin", "http://evil.example")], 403),
        (vec![("origin", "http://localhost")], 200),
        (vec![("content-type", "image/png")], 415),
        (vec![("content-type", "application/x-www-form-urlencoded")], 200),
        (vec![("idempotency-key", "")], 400),
    ] {
        assert_eq!(post(&server, "/events", &headers, EVENT).await.0, status, "{headers:?}");
    }
    let longest = "k".repeat(limits::MAX_IDEMPOTENCY_KEY_BYTES);
    assert_eq!(post(&server, "/events", &[("idempotency-key", &longest)], EVENT).await.0, 200);
    assert_eq!(post(&server, "/events", &[("idempotency-key", &format!("{longest}k"))], EVENT).await.0, 400);
    let announced = format!(
        "POST /events HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        limits::MAX_BODY_BYTES + 1
    );
    assert_eq!(raw(server.address, &announced).await.0, 413);
    let health = "GET /health HTTP/1.1\r\nhost: 127.0.0.1:1\r\nconnection: close\r\n\r\n";
    assert_eq!(raw(server.address, health).await.2, json!({"status": "ok"}));
    assert_eq!(
        raw(server.address, "GET /health HTTP/1.1\r\nhost: x.example\r\nconnection: close\r\n\r\n").await.0,
        403
    );
}

#[tokio::test]
async fn a_shutdown_ends_idle_connections_and_takes_no_new_ones() {
    let server = start().await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut first = [0; 8];
    idle.read_exact(&mut first).await.unwrap();
    server.stop.send(()).unwrap();
    tokio::time::timeout(Duration::from_secs(5), server.done).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.unwrap();
}

/// Real time would make this last half a minute; the clock is stopped and jumps ahead instead.
#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_cut_off() {
    let server = start().await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    silent.write_all(b"POST /events HTTP/1.1\r\nhost: lo").await.unwrap();
    let mut answer = Vec::new();
    let started = tokio::time::Instant::now();
    let _ = silent.read_to_end(&mut answer).await;
    assert!(started.elapsed() >= limits::HEAD_TIMEOUT);
    assert_eq!(server.intake.book().submissions, 0);
}
