//! `send` to what AWS would take, stubs, and names that are not there.

use std::time::{Duration, Instant};

use fanin_dispatch::read_outbox;
use fanin_event::Span;
use fanin_rule::{FunctionKind, SendTarget, Target};
use serde_json::{Value, json};

use crate::support::*;

fn respond(value: Value, fail: Option<&str>, after: u64) -> FunctionKind {
    FunctionKind::Respond { value, fail: fail.map(str::to_owned), after: Span(after) }
}

#[tokio::test]
async fn targets_of_aws_go_to_the_outbox() {
    let bench = Bench::new(respond(json!(1), None, 0));
    let name = || "n".to_owned();
    let targets = [
        ("sqs", SendTarget::Sqs(name())),
        ("sns", SendTarget::Sns(name())),
        ("eventbridge", SendTarget::Eventbridge(name())),
        ("step_functions", SendTarget::StepFunctions(name())),
        ("log", SendTarget::Log(name())),
    ];
    for (n, (_, target)) in (0..).zip(&targets) {
        let action = fanin_rule::Action { target: Target::Send(target.clone()), ..numbered(n) };
        assert_eq!(bench.runners.call(&action).await, done("null"));
        assert_eq!(bench.runners.call(&action).await, done("null"), "repeated after a crash");
    }
    let contents = read_outbox(&bench.dir.path().join("outbox.jsonl")).unwrap();
    assert_eq!((contents.entries.len(), contents.repeated), (5, 5));
    for (entry, (n, (kind, _))) in contents.entries.iter().zip((0..).zip(&targets)) {
        assert_eq!((entry.target.kind.as_str(), entry.target.name.as_str()), (*kind, "n"));
        assert_eq!(entry.payload.get(), n.to_string());
        assert_eq!(entry.action, numbered(n).id.to_string());
    }
}

#[tokio::test]
async fn stubs_answer_as_declared() {
    assert_eq!(Bench::new(respond(json!({"ok": true}), None, 0)).call("{}").await, done("{\"ok\":true}"));
    assert_eq!(failure(Bench::new(respond(json!(1), Some("Mine"), 0)).call("{}").await).0, "Mine");
    let begun = Instant::now();
    assert_eq!(Bench::new(respond(json!(1), None, 120)).call("{}").await, done("1"));
    assert!(begun.elapsed() >= Duration::from_millis(120));
    let slow = Bench::with_timeout(respond(json!(1), None, 5_000), Duration::from_millis(50));
    assert_eq!(failure(slow.call("{}").await).0, "States.Timeout");
}

#[tokio::test]
async fn a_function_that_is_not_declared() {
    let bench = Bench::new(respond(json!(1), None, 0));
    let action = fanin_rule::Action { target: Target::Invoke { function: "g".into() }, ..action("{}") };
    let (error, cause) = failure(bench.runners.call(&action).await);
    assert!(error == "Fanin.UnknownFunction" && cause.contains("`g`"), "{error} {cause}");
}
