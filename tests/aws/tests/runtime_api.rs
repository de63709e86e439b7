//! The Runtime API host with a real process: answers, errors, ends, kills, timeouts, several at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use fanin_tests_aws::lambda::{Function, FunctionSpec};

fn toy(dir: &tempfile::TempDir) -> FunctionSpec {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_toy-bootstrap"));
    FunctionSpec::new("toy", binary, BTreeMap::new(), dir.path().join("log"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_function_does_is_what_the_invoker_hears() {
    let dir = tempfile::tempdir().unwrap();
    let function = Function::new(toy(&dir));
    let answer = function.invoke(Bytes::from_static(b"{\"a\":1}")).await.unwrap();
    assert_eq!(answer, "{\"a\":1}");
    let failed = function.invoke(Bytes::from_static(b"{\"fail\":\"no\"}")).await.unwrap_err();
    assert_eq!(failed.error_message, "no");
    assert_eq!(function.lived().started, 1, "an error leaves the process alive");
    let failed = function.invoke(Bytes::from_static(b"{\"exit\":3}")).await.unwrap_err();
    assert_eq!(failed.error_type, "Runtime.ExitError");
    function.invoke(Bytes::from_static(b"{}")).await.unwrap();
    assert_eq!(function.lived().started, 2, "a process that ended is replaced");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_and_a_timeout_end_the_invocation() {
    let dir = tempfile::tempdir().unwrap();
    let function = Arc::new(Function::new(FunctionSpec { timeout: Duration::from_millis(300), ..toy(&dir) }));
    let late = function.invoke(Bytes::from_static(b"{\"sleep\":5000}")).await.unwrap_err();
    assert_eq!(late.error_type, "Sandbox.Timedout");
    let other = function.clone();
    let running = tokio::spawn(async move { other.invoke(Bytes::from_static(b"{\"sleep\":5000}")).await });
    while !function.kill_one() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let killed = running.await.unwrap().unwrap_err();
    assert!(killed.error_message.contains("signal: 9"), "{killed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_invocations_run_at_once_and_no_more_than_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let function = Arc::new(Function::new(FunctionSpec { at_once: 3, ..toy(&dir) }));
    let begun = Instant::now();
    let each = (0..6).map(|_| {
        let function = function.clone();
        tokio::spawn(async move { function.invoke(Bytes::from_static(b"{\"sleep\":200}")).await })
    });
    for one in each.collect::<Vec<_>>() {
        one.await.unwrap().unwrap();
    }
    assert_eq!(function.lived().started, 3);
    assert!(begun.elapsed() >= Duration::from_millis(400), "six in threes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bootstrap_that_does_not_start_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let spec = FunctionSpec { binary: PathBuf::from("/bin/false"), ..toy(&dir) };
    let failed = Function::new(spec).invoke(Bytes::new()).await.unwrap_err();
    assert!(failed.error_message.contains("ended before it asked"), "{failed:?}");
}
