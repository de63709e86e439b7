//! `bootstrap`: a real program on the Lambda runtime, played by this test binary itself.
//!
//! A wrapper script starts the binary again with the one test `plays_the_function`, which serves calls when it finds a
//! Runtime API in its environment.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use fanin_dispatch::limits::{MAX_BOOTSTRAP_INSTANCES, MAX_RESULT_BYTES};
use fanin_rule::{FunctionKind, Outcome};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::*;

/// Does what the payload asks for.
async fn function(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let (payload, context) = event.into_parts();
    if let Some(code) = payload["exit"].as_i64() {
        std::io::stderr().write_all(b"cannot go on\n")?;
        std::process::exit(i32::try_from(code)?);
    }
    if let Some(error) = payload["fail"].as_str() {
        return Err(error.into());
    }
    if let Some(millis) = payload["exit_later"].as_u64() {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(millis));
            std::process::exit(0);
        });
    }
    if let Some(millis) = payload["sleep"].as_u64() {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    if let Some(bytes) = payload["big"].as_u64() {
        return Ok(Value::String("x".repeat(usize::try_from(bytes)?)));
    }
    let left = context.deadline().duration_since(std::time::SystemTime::now()).unwrap_or_default();
    Ok(json!({
        "pid": std::process::id(), "payload": payload, "id": context.request_id, "left": left.as_millis() as u64,
        "arn": context.invoked_function_arn, "custom": context.client_context.map(|context| context.custom),
        "name": context.env_config.function_name,
    }))
}

/// Not a test of its own: the process behind the others. Without a Runtime API it has nothing to do.
#[tokio::test]
async fn plays_the_function() {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some() {
        lambda_runtime::run(service_fn(function)).await.unwrap();
    }
}

/// Scripts, written once and before any process starts: a file that a forked child still has open for writing cannot be
/// executed.
fn script(name: &str) -> FunctionKind {
    static SCRIPTS: OnceLock<TempDir> = OnceLock::new();
    let dir = SCRIPTS.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let own = std::env::current_exe().unwrap();
        let real = format!("exec {} bootstrap::plays_the_function --exact --nocapture", own.display());
        for (name, text) in [
            ("real", real.as_str()),
            ("dead", "echo broken >&2; exit 7"),
            ("stuck", "exec sleep 300"),
            ("idle", "echo $AWS_LAMBDA_RUNTIME_API > api; exec sleep 300"),
        ] {
            let path = dir.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        dir
    });
    let path: PathBuf = dir.path().join(name);
    FunctionKind::Bootstrap { path: path.to_str().unwrap().to_owned() }
}

fn value(outcome: Outcome) -> Value {
    match outcome {
        Outcome::Done { result } => serde_json::from_str(&result).unwrap(),
        Outcome::Failed { error, cause } => panic!("{error}: {cause}"),
    }
}

async fn pid(bench: &Bench) -> String {
    value(bench.call("{}").await)["pid"].to_string()
}

#[tokio::test]
async fn a_real_bootstrap_serves_calls_and_is_kept() {
    let bench = Bench::new(script("real"));
    let first = value(bench.call("{\"a\":[1.5,\"x\"]}").await);
    assert_eq!(first["payload"], json!({"a": [1.5, "x"]}));
    let id = action("").id.to_string();
    assert_eq!(first["id"], json!(id));
    assert_eq!(
        first["custom"],
        json!({"fanin-action-id": id, "fanin-attempt": "2", "fanin-rule": "assemble"})
    );
    assert_eq!((&first["name"], first["arn"].as_str().unwrap().rsplit(':').next()), (&json!("f"), Some("f")));
    let left = first["left"].as_u64().unwrap();
    assert!((10_000..=20_000).contains(&left), "the deadline is the function's timeout: {left}");
    for _ in 0..3 {
        assert_eq!(value(bench.call("{}").await)["pid"], first["pid"], "the idle instance is used again");
    }
    let process = first["pid"].to_string();
    assert!(is_running(&process));
    drop(bench);
    assert_ends(&process).await;
}

#[tokio::test]
async fn errors_of_the_function_keep_the_instance() {
    let bench = Bench::new(script("real"));
    let before = pid(&bench).await;
    let (error, cause) = failure(bench.call("{\"fail\":\"no such part\"}").await);
    assert!(!error.is_empty() && cause == "no such part", "{error}: {cause}");
    assert_eq!(pid(&bench).await, before);
}

#[tokio::test]
async fn a_crash_fails_the_call_and_the_next_gets_a_new_instance() {
    let bench = Bench::new(script("real"));
    let before = pid(&bench).await;
    let (error, cause) = failure(bench.call("{\"exit\":3}").await);
    assert_eq!(error, "Runtime.ExitError");
    assert!(cause.contains("exit status: 3") && cause.contains("cannot go on"), "{cause}");
    let after = pid(&bench).await;
    assert_ne!(before, after);
    assert!(!is_running(&before));
}

#[tokio::test]
async fn an_instance_that_died_while_idle_is_replaced_without_a_failure() {
    let bench = Bench::new(script("real"));
    let before = value(bench.call("{\"exit_later\":50}").await)["pid"].to_string();
    assert_ends(&before).await;
    assert_ne!(pid(&bench).await, before);
}

#[tokio::test]
async fn a_bootstrap_that_cannot_start_backs_off() {
    let bench = Bench::new(script("dead"));
    let begun = Instant::now();
    for _ in 0..3 {
        let (error, cause) = failure(bench.call("{}").await);
        assert!(
            error == "Runtime.ExitError" && cause.contains("exit status: 7") && cause.contains("broken"),
            "{cause}"
        );
    }
    assert!(begun.elapsed() >= Duration::from_millis(300), "100 ms, then 200 ms: {:?}", begun.elapsed());
    let nowhere = Bench::new(FunctionKind::Bootstrap { path: "nowhere".to_owned() });
    assert_eq!(failure(nowhere.call("{}").await).0, "Fanin.CannotStart");
}

/// Time is virtual here: the ten seconds pass at once.
#[tokio::test(start_paused = true)]
async fn a_bootstrap_that_never_asks_is_given_up() {
    let bench = Bench::new(script("stuck"));
    let begun = tokio::time::Instant::now();
    assert_eq!(failure(bench.call("{}").await).0, "Runtime.InitTimeout");
    assert!(begun.elapsed() >= Duration::from_secs(10));
}

#[tokio::test]
async fn a_timeout_kills_the_instance() {
    let bench = Bench::with_timeout(script("real"), Duration::from_millis(400));
    let before = pid(&bench).await;
    assert_eq!(failure(bench.call("{\"sleep\":60000}").await).0, "States.Timeout");
    assert_ends(&before).await;
    assert_ne!(pid(&bench).await, before);
}

#[tokio::test]
async fn answers_are_limited_on_both_sides() {
    let bench = Bench::new(script("real"));
    let fits = value(bench.call(&json!({"big": MAX_RESULT_BYTES - 2}).to_string()).await);
    assert_eq!(fits.as_str().unwrap().len(), MAX_RESULT_BYTES - 2);
    let (error, _) = failure(bench.call(&json!({"big": MAX_RESULT_BYTES - 1}).to_string()).await);
    assert_eq!(error, "States.DataLimitExceeded");
    assert!(bench.call("{}").await != done("null"), "the function goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_instances_run_at_once_up_to_the_limit() {
    let bench = std::sync::Arc::new(Bench::new(script("real")));
    let calls: Vec<_> = (0..MAX_BOOTSTRAP_INSTANCES * 3)
        .map(|_| {
            let bench = bench.clone();
            tokio::spawn(async move { value(bench.call("{\"sleep\":100}").await)["pid"].to_string() })
        })
        .collect();
    let mut pids = std::collections::BTreeSet::new();
    for call in calls {
        pids.insert(call.await.unwrap());
    }
    assert!((2..=MAX_BOOTSTRAP_INSTANCES).contains(&pids.len()), "{} instances", pids.len());
    drop(bench);
    for process in pids {
        assert_ends(&process).await;
    }
}

/// A program that asks for its call twice and loses the connection both times, with bare sockets.
#[tokio::test]
async fn a_connection_that_breaks_gets_the_call_again_then_the_call_fails() {
    let bench = std::sync::Arc::new(Bench::new(script("idle")));
    let caller = bench.clone();
    let call = tokio::spawn(async move { caller.call("{\"n\":1}").await });
    let address = content(&bench.dir.path().join("api")).await;
    for _ in 0..fanin_dispatch::limits::MAX_DELIVERIES {
        let answer = ask(&address).await;
        assert!(answer.contains("{\"n\":1}") && answer.contains("lambda-runtime-deadline-ms: "), "{answer}");
    }
    let last = tokio::spawn(async move { ask(&address).await });
    assert_eq!(failure(call.await.unwrap()).0, "Runtime.NoResponse");
    last.abort();
}

async fn ask(address: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}
