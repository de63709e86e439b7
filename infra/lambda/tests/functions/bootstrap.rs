//! Whole processes on a Runtime API of ours: the functions as they are deployed, and one whose engine does as it is told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use fanin_lambda::{Batch, InvocationDeadline, Report, serve};
use fanin_state_first::{Deadline, Handled, Received};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

use crate::config::environment;
use crate::double::{Answer, Double};

/// An invocation to hand out: request id, payload, time left.
type Invocation = (String, Value, Duration);

/// A Runtime API: one function asks it for work.
struct RuntimeApi {
    address: String,
    work: mpsc::UnboundedSender<Invocation>,
    answers: mpsc::UnboundedReceiver<Answered>,
}

#[derive(Debug)]
struct Answered {
    request: String,
    /// `response`, or `error` with its type.
    kind: String,
    body: Value,
}

#[derive(Clone)]
struct Shared {
    work: Arc<Mutex<mpsc::UnboundedReceiver<Invocation>>>,
    answers: mpsc::UnboundedSender<Answered>,
}

async fn next(State(shared): State<Shared>) -> Response {
    let Some((request, payload, left)) = shared.work.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let ends = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + left;
    let headers = [
        ("lambda-runtime-aws-request-id", request),
        ("lambda-runtime-deadline-ms", ends.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
        ),
    ];
    let mut response = payload.to_string().into_response();
    for (name, value) in headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

async fn answered(
    State(shared): State<Shared>,
    Path((request, kind)): Path<(String, String)>,
    body: String,
) -> StatusCode {
    let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
    let kind = body["errorType"].as_str().map_or(kind.clone(), |error| format!("{kind} {error}"));
    shared.answers.send(Answered { request, kind, body }).unwrap();
    StatusCode::ACCEPTED
}

impl RuntimeApi {
    async fn start() -> RuntimeApi {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (work, waiting) = mpsc::unbounded_channel();
        let (sender, answers) = mpsc::unbounded_channel();
        let shared = Shared { work: Arc::new(Mutex::new(waiting)), answers: sender };
        let app = axum::Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{request}/{kind}", post(answered))
            .with_state(shared);
        tokio::spawn(async move { axum::serve(listener, app).await });
        RuntimeApi { address, work, answers }
    }

    fn environment(&self) -> BTreeMap<String, String> {
        let mut all = environment();
        for (name, value) in [
            ("AWS_LAMBDA_RUNTIME_API", self.address.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", "uploads-condition-engine"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ] {
            all.insert(name.to_owned(), value.to_owned());
        }
        all
    }

    async fn invoke(&mut self, request: &str, payload: Value, left: Duration) -> Answered {
        self.work.send((request.to_owned(), payload, left)).unwrap();
        self.answer().await
    }

    async fn answer(&mut self) -> Answered {
        tokio::time::timeout(Duration::from_secs(30), self.answers.recv()).await.expect("no answer").unwrap()
    }
}

fn spawn(program: &str, environment: &BTreeMap<String, String>) -> Child {
    Command::new(program)
        .env_clear()
        .envs(environment)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// This test binary again, as a function whose engine is [`Toy`].
fn spawn_toy(environment: &BTreeMap<String, String>) -> Child {
    let me = std::env::current_exe().unwrap();
    Command::new(me)
        .args(["--exact", "bootstrap::toy", "--ignored", "--nocapture"])
        .env_clear()
        .envs(environment)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// Kills it and gives its log, a JSON line each.
async fn log_of(mut child: Child) -> Vec<Value> {
    child.start_kill().ok();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).await.unwrap();
    child.wait().await.unwrap();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn batch(bodies: &[&str]) -> Value {
    let record = |body: &&str| {
        json!({ "messageId": format!("id-{body}"), "body": body, "attributes": {
            "SentTimestamp": "1000", "ApproximateFirstReceiveTimestamp": "3500", "ApproximateReceiveCount": "2" } })
    };
    json!({ "Records": bodies.iter().map(record).collect::<Vec<_>>() })
}

/// Does what a body says.
struct Toy;

impl Batch for Toy {
    async fn batch(&self, received: &[Received], deadline: &InvocationDeadline) -> Report {
        let mut handled = Vec::new();
        let mut troubles = Vec::new();
        for message in received {
            tracing::info!(target: "fanin_toy", id = message.id, "got");
            match message.body.as_str() {
                "panic" => panic!("so it was told"),
                "hang" => tokio::time::sleep(Duration::from_secs(600)).await,
                "wait" => tokio::time::sleep(Duration::from_millis(300)).await,
                "trouble" => troubles.push("no table".to_owned()),
                "left" => assert!(deadline.left().0 > 1_000),
                _ => {}
            }
            handled.push(if ["again", "trouble"].contains(&message.body.as_str()) {
                Handled::Again
            } else {
                Handled::Done
            });
        }
        Report { handled, troubles, numbers: vec![("Fired", "Count", 7)], ..Report::default() }
    }
}

#[test]
#[ignore = "a process that the other tests start"]
fn toy() {
    serve::batches("toy", |_| Toy);
}

const LONG: Duration = Duration::from_secs(30);

#[tokio::test]
async fn batches_one_after_another() {
    let mut api = RuntimeApi::start().await;
    let child = spawn_toy(&api.environment());
    let answer = api.invoke("r1", batch(&["a", "again", "left"]), LONG).await;
    assert_eq!((answer.request.as_str(), answer.kind.as_str()), ("r1", "response"));
    assert_eq!(answer.body, json!({ "batchItemFailures": [{ "itemIdentifier": "id-again" }] }));
    let answer = api.invoke("r2", batch(&[]), LONG).await;
    assert_eq!(answer.body, json!({ "batchItemFailures": [] }));
    let log = log_of(child).await;
    let line = log.iter().find(|line| line["message"] == "got").unwrap();
    assert_eq!(
        (&line["level"], &line["requestId"], &line["id"]),
        (&json!("INFO"), &json!("r1"), &json!("id-a"))
    );
    let metrics = log.iter().find(|line| line["requestId"] == "r1" && line.get("_aws").is_some()).unwrap();
    let numbers = ["Messages", "Redelivered", "OldestMessageAge", "Returned", "Fired"]
        .map(|name| metrics[name].as_u64().unwrap());
    assert_eq!(numbers, [3, 3, 2_500, 1, 7]);
    assert_eq!((&metrics["Workflow"], &metrics["Function"]), (&json!("uploads"), &json!("toy")));
}

#[tokio::test]
async fn a_panic_gives_its_batch_back_and_the_process_lives() {
    let mut api = RuntimeApi::start().await;
    let child = spawn_toy(&api.environment());
    let answer = api.invoke("r1", batch(&["a", "panic"]), LONG).await;
    assert!(answer.kind.starts_with("error"), "{answer:?}");
    assert!(answer.body["errorMessage"].as_str().unwrap().contains("so it was told"), "{answer:?}");
    let answer = api.invoke("r2", batch(&["a"]), LONG).await;
    assert_eq!(answer.body, json!({ "batchItemFailures": [] }));
    let log = log_of(child).await;
    assert!(
        log.iter()
            .any(|line| line["level"] == "ERROR"
                && line["message"].as_str().unwrap().contains("so it was told"))
    );
}

#[tokio::test]
async fn work_that_does_not_end_is_given_back_in_time() {
    let mut api = RuntimeApi::start().await;
    let _child = spawn_toy(&api.environment());
    let begun = std::time::Instant::now();
    let answer = api.invoke("r1", batch(&["a", "hang"]), Duration::from_secs(3)).await;
    assert_eq!(answer.kind, "error Fanin.Trouble");
    assert!(answer.body["errorMessage"].as_str().unwrap().contains("time was up"), "{answer:?}");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn trouble_is_an_error_only_when_nothing_could_be_done() {
    let mut api = RuntimeApi::start().await;
    let child = spawn_toy(&api.environment());
    let answer = api.invoke("r1", batch(&["a", "trouble"]), LONG).await;
    assert_eq!(answer.body, json!({ "batchItemFailures": [{ "itemIdentifier": "id-trouble" }] }));
    let answer = api.invoke("r2", batch(&["trouble"]), LONG).await;
    assert_eq!(answer.kind, "error Fanin.Trouble");
    assert_eq!(answer.body["errorMessage"], "no table");
    let log = log_of(child).await;
    assert_eq!(
        log.iter().filter(|line| line["level"] == "ERROR" && line["message"] == "no table").count(),
        2
    );
}

#[tokio::test]
async fn several_at_once_where_the_platform_offers_it() {
    let mut api = RuntimeApi::start().await;
    let mut environment = api.environment();
    environment.insert("AWS_LAMBDA_MAX_CONCURRENCY".to_owned(), "4".to_owned());
    let _child = spawn_toy(&environment);
    api.invoke("warm", batch(&["a"]), LONG).await;
    let begun = std::time::Instant::now();
    for n in 0..4 {
        api.work.send((format!("r{n}"), batch(&["wait"]), LONG)).unwrap();
    }
    let mut requests = Vec::new();
    for _ in 0..4 {
        requests.push(api.answer().await.request);
    }
    requests.sort();
    assert_eq!(requests, ["r0", "r1", "r2", "r3"]);
    assert!(begun.elapsed() < Duration::from_millis(1_100), "one after another: {:?}", begun.elapsed());
}

const FUNCTIONS: [&str; 3] =
    [env!("CARGO_BIN_EXE_condition-engine"), env!("CARGO_BIN_EXE_rule-engine"), env!("CARGO_BIN_EXE_timers")];

#[tokio::test]
async fn what_is_not_configured_says_so_at_each_invocation() {
    for program in FUNCTIONS {
        let mut api = RuntimeApi::start().await;
        let mut environment = api.environment();
        environment.remove("FANIN_TABLE");
        let child = spawn(program, &environment);
        for request in ["r1", "r2"] {
            let answer = api.invoke(request, batch(&["a"]), LONG).await;
            assert_eq!(answer.kind, "error Fanin.NotConfigured", "{program}");
            let text = answer.body["errorMessage"].as_str().unwrap();
            assert!(text.contains("FANIN_TABLE is not set") && text.contains("fanin deploy"), "{text}");
        }
        assert!(log_of(child).await.iter().any(|line| line.to_string().contains("FANIN_TABLE is not set")));
    }
}

#[tokio::test]
async fn a_payload_that_is_no_batch_and_no_tick() {
    for program in FUNCTIONS {
        let mut api = RuntimeApi::start().await;
        let _child = spawn(program, &api.environment());
        let answer = api.invoke("r1", json!({ "hello": 1 }), LONG).await;
        assert_eq!(answer.kind, "error Fanin.BadEvent", "{program}: {answer:?}");
        assert!(answer.body["errorMessage"].as_str().unwrap().contains("fanin deploy"));
    }
}

#[tokio::test]
async fn what_the_table_refuses_stands_in_the_answer() {
    let missing = "Requested resource not found";
    for (code, message, named) in [
        ("com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", missing, "uploads-state"),
        ("com.amazon.coral.service#AccessDeniedException", "User is not authorized", "dynamodb:"),
    ] {
        let double = Double::start(move |_| Answer::error(400, code, message)).await;
        for program in FUNCTIONS {
            let mut api = RuntimeApi::start().await;
            let mut environment = api.environment();
            environment.insert("AWS_ENDPOINT_URL".to_owned(), double.url.clone());
            let child = spawn(program, &environment);
            let event = if program.ends_with("timers") {
                json!({ "time": "2026-01-01T00:00:00Z" })
            } else {
                starts()
            };
            let answer = api.invoke("r1", event, LONG).await;
            assert_eq!(answer.kind, "error Fanin.Trouble", "{program}: {answer:?}");
            let text = answer.body["errorMessage"].as_str().unwrap();
            for part in ["uploads-state", "eu-central-1", "fanin deploy", named] {
                assert!(text.contains(part), "{program}: `{part}` is not in: {text}");
            }
            assert!(!text.contains("very-secret"), "{text}");
            assert!(log_of(child).await.iter().any(|line| line["level"] == "ERROR"));
        }
    }
}

/// A batch that both engines ask the table about.
fn starts() -> Value {
    let run = "00000000000080008000000000000000";
    batch(&[&json!({ "fanin": 1, "do": "wake_run", "rule": "r", "run": run, "due": 1 }).to_string()])
}

#[tokio::test]
async fn outside_of_the_platform() {
    for program in FUNCTIONS {
        let child = spawn(program, &environment());
        let ended = child.wait_with_output().await.unwrap();
        assert_eq!(ended.status.code(), Some(2));
        let text = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert!(text.contains("AWS_LAMBDA_RUNTIME_API is not set") && text.contains("fanin run"), "{text}");
    }
}

/// The alarms of a template that read metrics of ours: metric, workflow, function.
fn alarms(template: &str) -> Vec<[String; 3]> {
    let after = |block: &str, word: &str| {
        let rest = block.split_once(word).map(|(_, rest)| rest.trim_start());
        rest.and_then(|rest| rest.lines().next()).unwrap_or_default().trim().to_owned()
    };
    let ours = template.split("Type: AWS::CloudWatch::Alarm").filter(|b| b.contains("Namespace: fanin\n"));
    let read = |block: &str| {
        let value = |name: &str| after(block, &format!("- Name: {name}\n          Value:"));
        [after(block, "MetricName:"), value("Workflow"), value("Function")]
    };
    ours.map(read).collect()
}

#[tokio::test]
async fn the_alarms_of_the_template_read_what_the_functions_write() {
    let double = Double::start(|_| Answer::json(200, &json!({}))).await;
    let mut written = Vec::new();
    for program in FUNCTIONS {
        let mut api = RuntimeApi::start().await;
        let mut environment = api.environment();
        environment.insert("AWS_ENDPOINT_URL".to_owned(), double.url.clone());
        let child = spawn(program, &environment);
        let timers = program.ends_with("timers");
        let event = if timers { json!({ "time": "2026-01-01T00:00:00Z" }) } else { starts() };
        api.invoke("r1", event, LONG).await;
        written.extend(log_of(child).await.into_iter().filter(|line| line.get("_aws").is_some()));
    }
    let template = include_str!("../../../deploy/tests/templates/uploads.yaml");
    let alarms = alarms(template);
    assert_eq!(alarms.len(), 4, "{alarms:?}");
    for [metric, workflow, function] in alarms {
        let line = written.iter().find(|line| line["Function"] == *function && line["Workflow"] == *workflow);
        let line = line.unwrap_or_else(|| panic!("{function} of {workflow} writes nothing: {written:?}"));
        let told = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(
            (&told["Namespace"], &told["Dimensions"]),
            (&json!("fanin"), &json!([["Workflow", "Function"]]))
        );
        let named = told["Metrics"].as_array().unwrap().iter().any(|known| known["Name"] == *metric);
        assert!(named && line[&metric].is_u64(), "{metric} of {function}: {line}");
    }
}
