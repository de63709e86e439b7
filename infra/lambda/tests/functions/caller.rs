//! Calls: whom, waited for or not, and what the ends of time mean.

use std::time::Duration;

use fanin_event::{Identity, Span};
use fanin_lambda::caller::AwsCaller;
use fanin_lambda::{Clients, Config, Setup};
use fanin_rule::{Action, ActionId, Outcome, SendTarget, Target};
use fanin_state_first::{CallTag, Called, Caller};
use serde_json::{Value, json};

use crate::double::{Answer, Double};

fn caller(config: Config) -> AwsCaller {
    let clients = Clients::new(config.aws.clone()).unwrap();
    AwsCaller::new(&Setup { config: config.into(), clients: clients.into() })
}

fn action(target: Target) -> Action {
    Action {
        id: ActionId(Identity::of(&["a"])),
        run: Identity::of(&["r"]),
        index: 0,
        attempt: 1,
        rule: "work".into(),
        workflow: "uploads".into(),
        target,
        payload: r#"{"n":1}"#.into(),
    }
}

fn invoke(function: &str) -> Action {
    action(Target::Invoke { function: function.into() })
}

fn tag(timeout: u64, left: u64) -> CallTag {
    CallTag { plan: "p1".to_owned(), timeout: Span(timeout), left: Span(left) }
}

const LONG: u64 = 30_000;

async fn functions() -> Double {
    Double::start(|asked| match asked.headers.get("x-amz-invocation-type").map(|kind| kind.as_bytes()) {
        Some(b"Event") => Answer(202, vec![], String::new()),
        _ => Answer(200, vec![], r#"{"ok":true}"#.to_owned()),
    })
    .await
}

#[tokio::test]
async fn a_function_is_called_by_its_own_name_and_waited_for() {
    let double = functions().await;
    let called = caller(double.config()).call(&invoke("thumbnail"), &tag(LONG, LONG)).await;
    assert_eq!(called, Called::Answered(Outcome::Done { result: r#"{"ok":true}"#.to_owned() }));
    let asked = double.asked().remove(0);
    assert_eq!(asked.uri.path(), "/2015-03-31/functions/thumbnail/invocations");
    assert_eq!(asked.json(), json!({ "n": 1 }));
}

#[tokio::test]
async fn under_another_name_without_waiting() {
    let double = functions().await;
    let mut config = double.config();
    config.functions.insert("thumbnail".to_owned(), "stack-thumbnail".to_owned());
    for listed in ["thumbnail", "stack-thumbnail"] {
        config.asynchronous = [listed.to_owned()].into();
        let called = caller(config.clone()).call(&invoke("thumbnail"), &tag(LONG, LONG)).await;
        assert_eq!(called, Called::Accepted, "{listed}");
    }
    let asked = double.asked().remove(0);
    assert_eq!(asked.uri.path(), "/2015-03-31/functions/stack-thumbnail/invocations");
    let payload = asked.json();
    assert_eq!((&payload["n"], &payload["_fanin"]["plan"]), (&json!(1), &json!("p1")));
}

#[tokio::test]
async fn a_function_that_is_an_address() {
    let double = Double::start(|_| Answer(200, vec![], "7".to_owned())).await;
    let mut config = double.config();
    config.functions.insert("price".to_owned(), format!("{}/price", double.url));
    let called = caller(config).call(&invoke("price"), &tag(LONG, LONG)).await;
    assert_eq!(called, Called::Answered(Outcome::Done { result: "7".to_owned() }));
    assert_eq!(double.asked()[0].uri.path(), "/price");
}

#[tokio::test]
async fn names_become_arns_by_the_account_of_the_queues() {
    let double = Double::start(|_| Answer::json(200, &json!({ "executionArn": "e", "startDate": 1 }))).await;
    let machine = action(Target::Send(SendTarget::StepFunctions("ship".to_owned())));
    caller(double.config()).call(&machine, &tag(LONG, LONG)).await;
    let arn: Value = double.asked()[0].json()["stateMachineArn"].clone();
    assert_eq!(arn, "arn:aws:states:eu-central-1:123456789012:stateMachine:ship");
}

#[tokio::test]
async fn the_targets_time_is_up_or_only_the_workers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}", listener.local_addr().unwrap());
    let double = functions().await;
    let mut config = double.config();
    config.aws.endpoints.insert("LAMBDA", silent);
    let caller = caller(config);
    let begun = std::time::Instant::now();
    let called = caller.call(&invoke("f"), &tag(100, LONG)).await;
    assert!(
        matches!(&called, Called::Answered(Outcome::Failed { error, .. }) if error == "States.Timeout"),
        "{called:?}"
    );
    assert_eq!(caller.call(&invoke("f"), &tag(LONG, 100)).await, Called::Unfinished);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_refused_call_is_made_once() {
    let double = Double::start(|_| {
        let kind = ("x-amzn-errortype", "TooManyRequestsException".to_owned());
        Answer(429, vec![kind], r#"{"Message":"Rate Exceeded."}"#.to_owned())
    })
    .await;
    let called = caller(double.config()).call(&invoke("f"), &tag(LONG, LONG)).await;
    let Called::Answered(Outcome::Failed { error, .. }) = called else { panic!("{called:?}") };
    assert_eq!(error, "Lambda.TooManyRequestsException");
    assert_eq!(double.asked().len(), 1, "whether there is a second call says the workflow's `retry`");
}
