//! `command`: streams, exit codes, timeouts, limits, and nobody left behind.

use std::time::{Duration, Instant};

use fanin_dispatch::limits::{MAX_RESULT_BYTES, MAX_STDERR_BYTES};
use fanin_rule::FunctionKind;

use crate::support::*;

fn sh(script: &str) -> FunctionKind {
    FunctionKind::Command { argv: vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()] }
}

#[tokio::test]
async fn json_in_json_out() {
    assert_eq!(Bench::new(sh("cat")).call("{\"a\":1.0}").await, done("{\"a\":1.0}"));
    assert_eq!(Bench::new(sh("echo; echo '[1,'; echo '2]'")).call("{}").await, done("[1,\n2]"));
    assert_eq!(Bench::new(sh("true")).call("{}").await, done("null"), "nothing is null");
}

#[tokio::test]
async fn a_large_payload_passes_and_an_unread_one_is_no_error() {
    let payload = format!("\"{}\"", "x".repeat(200_000));
    assert_eq!(Bench::new(sh("cat")).call(&payload).await, done(&payload));
    assert_eq!(Bench::new(sh("echo 1")).call(&payload).await, done("1"));
}

#[tokio::test]
async fn the_environment_names_the_action() {
    let bench = Bench::new(sh(r#"printf '"%s %s %s"' $FANIN_ACTION_ID $FANIN_ATTEMPT $FANIN_RULE"#));
    let id = action("").id;
    assert_eq!(bench.call("{}").await, done(&format!("\"{id} 2 assemble\"")));
}

#[tokio::test]
async fn programs_run_in_the_workflow_directory() {
    let bench = Bench::new(sh("cat here"));
    std::fs::write(bench.dir.path().join("here"), "[7]").unwrap();
    assert_eq!(bench.call("{}").await, done("[7]"));
    let bench = Bench::new(FunctionKind::Command { argv: vec!["./links/json".to_owned(), "9".to_owned()] });
    std::fs::create_dir(bench.dir.path().join("links")).unwrap();
    std::os::unix::fs::symlink("/bin/echo", bench.dir.path().join("links/json")).unwrap();
    assert_eq!(bench.call("{}").await, done("9"), "a relative program is relative to it, without a shell");
}

#[tokio::test]
async fn arguments_pass_no_shell() {
    let argv = ["printf", "\"%s\"", "$HOME; `x` *"].map(str::to_owned).to_vec();
    assert_eq!(Bench::new(FunctionKind::Command { argv }).call("{}").await, done("\"$HOME; `x` *\""));
}

#[tokio::test]
async fn a_failing_program_says_why() {
    let (error, cause) = failure(Bench::new(sh("echo 1; echo no such part >&2; exit 3")).call("{}").await);
    assert_eq!(error, "States.TaskFailed");
    assert!(cause.contains("exit status: 3") && cause.contains("no such part"), "{cause}");
    let (error, cause) = failure(Bench::new(sh("kill -9 $$")).call("{}").await);
    assert!(error == "States.TaskFailed" && cause.contains("signal: 9"), "{error} {cause}");
    let script = "i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1";
    let (_, cause) = failure(Bench::new(sh(script)).call("{}").await);
    assert!(cause.contains("line 1999") && !cause.contains("line 100\n"), "the last of it");
    assert!(cause.len() <= MAX_STDERR_BYTES + 40, "{}", cause.len());
}

#[tokio::test]
async fn output_must_be_json() {
    for script in ["echo hello", "echo '{'", "printf '\\377'"] {
        assert_eq!(failure(Bench::new(sh(script)).call("{}").await).0, "Fanin.BadOutput", "{script}");
    }
}

#[tokio::test]
async fn output_is_limited_on_both_sides() {
    let script =
        |bytes: usize| sh(&format!("printf '\"'; head -c {} /dev/zero | tr '\\0' a; printf '\"'", bytes - 2));
    assert_eq!(
        Bench::new(script(MAX_RESULT_BYTES)).call("{}").await,
        done(&format!("\"{}\"", "a".repeat(MAX_RESULT_BYTES - 2)))
    );
    assert_eq!(
        failure(Bench::new(script(MAX_RESULT_BYTES + 1)).call("{}").await).0,
        "States.DataLimitExceeded"
    );
    let begun = Instant::now();
    assert_eq!(failure(Bench::new(sh("yes")).call("{}").await).0, "States.DataLimitExceeded");
    assert!(begun.elapsed() < Duration::from_secs(10), "an endless output is cut, not waited for");
}

#[tokio::test]
async fn a_timeout_kills_the_program_and_its_children() {
    let script = "echo $$ > parent; sleep 300 & echo $! > child; wait";
    let bench = Bench::with_timeout(sh(script), Duration::from_millis(800));
    let begun = Instant::now();
    assert_eq!(failure(bench.call("{}").await).0, "States.Timeout");
    assert!(begun.elapsed() >= Duration::from_millis(800) && begun.elapsed() < Duration::from_secs(8));
    for file in ["parent", "child"] {
        assert_ends(&content(&bench.dir.path().join(file)).await).await;
    }
}

#[tokio::test]
async fn what_a_program_leaves_behind_ends_with_it() {
    let bench = Bench::new(sh("sleep 300 & echo $! > child; echo 1"));
    let begun = Instant::now();
    assert_eq!(bench.call("{}").await, done("1"));
    assert!(begun.elapsed() < Duration::from_secs(10), "its open stdout is not waited for");
    assert_ends(&content(&bench.dir.path().join("child")).await).await;
}

#[tokio::test]
async fn dropping_the_call_kills_the_program() {
    let bench = Bench::new(sh("sleep 300 & echo $! > child; wait"));
    let file = bench.dir.path().join("child");
    // Looked at before the branch ends: then the call is dropped already.
    let runs = async { is_running(&content(&file).await) };
    tokio::select! {
        outcome = bench.call("{}") => panic!("{outcome:?}"),
        runs = runs => assert!(runs),
    }
    assert_ends(&content(&file).await).await;
}

#[tokio::test]
async fn a_program_that_is_not_there() {
    for argv in [vec![], vec!["./nowhere".to_owned()], vec!["no-such-program-at-all".to_owned()]] {
        let (error, cause) =
            failure(Bench::new(FunctionKind::Command { argv: argv.clone() }).call("{}").await);
        assert_eq!(error, "Fanin.CannotStart", "{argv:?}");
        assert!(argv.first().is_none_or(|program| cause.contains(program)), "{cause}");
    }
}
