//! Buses, state machines, addresses and the log.

use std::time::Duration;

use fanin_rule::{SendTarget, Target};
use fanin_targets_aws::{AwsTargets, Home};

use crate::double::{Clients, Double, HOUR, Reply, action, done, failed, id, says, send};

const PUT: &str = r#"{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}"#;

fn bus() -> SendTarget {
    SendTarget::Eventbridge("ops".into())
}

fn machine() -> SendTarget {
    SendTarget::StepFunctions("invoice".into())
}

#[tokio::test]
async fn a_payload_that_is_an_event_stays_one() {
    let payload = r#"{"source":"shop","detail-type":"Order","detail":{"a": 1.50},"resources":["r"]}"#;
    let (outcome, asked) = send(bus(), payload, &[says(200, PUT)]).await;
    assert_eq!(outcome, done("null"));
    assert_eq!(asked[0].header("x-amz-target"), "AWSEvents.PutEvents");
    let entry = serde_json::json!({"Entries": [{
        "EventBusName": "ops",
        "Source": "shop",
        "DetailType": "Order",
        "Detail": r#"{"a": 1.50}"#,
        "Resources": ["r", format!("fanin-action-id:{}", id())],
    }]});
    assert_eq!(asked[0].json(), entry);
}

#[tokio::test]
async fn any_other_payload_is_the_detail() {
    for payload in [r#"{"a":1}"#, r#"{"source":"shop","detail-type":"Order","detail":1}"#] {
        let (_, asked) = send(bus(), payload, &[says(200, PUT)]).await;
        let entry = &asked[0].json()["Entries"][0];
        assert_eq!((&entry["Source"], &entry["DetailType"]), (&"fanin.shop".into(), &"work".into()));
        assert_eq!(entry["Detail"], payload);
    }
}

#[tokio::test]
async fn an_event_that_the_bus_does_not_take() {
    let failing =
        r#"{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException","ErrorMessage":"slow"}]}"#;
    let (outcome, _) = send(bus(), "{}", &[says(200, failing)]).await;
    let (error, cause) = failed(outcome);
    assert_eq!((error.as_str(), cause.contains("slow")), ("EventBridge.ThrottlingException", true));
    let denied = says(400, r#"{"__type":"AccessDeniedException","Message":"no"}"#);
    let (outcome, _) = send(bus(), "{}", &[denied]).await;
    assert!(failed(outcome).1.contains("events:PutEvents"));
    let missing = says(400, r#"{"__type":"ResourceNotFoundException","message":"no"}"#);
    let (outcome, _) = send(bus(), "{}", &[missing]).await;
    assert!(failed(outcome).1.contains("no event bus `ops`"));
}

#[tokio::test]
async fn an_execution_has_the_action_id_for_a_name() {
    let started = says(200, r#"{"executionArn":"arn:e","startDate":1.0}"#);
    let (outcome, asked) = send(machine(), r#"{"a":1}"#, &[started]).await;
    assert_eq!(outcome, done("null"));
    assert_eq!(asked[0].header("x-amz-target"), "AWSStepFunctions.StartExecution");
    let body = serde_json::json!({
        "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:invoice",
        "name": id(),
        "input": r#"{"a":1}"#,
    });
    assert_eq!(asked[0].json(), body);
    let exists =
        says(400, r#"{"__type":"com.amazonaws.swf.base.model#ExecutionAlreadyExists","message":"x"}"#);
    let (outcome, _) = send(machine(), "{}", &[exists]).await;
    assert_eq!(outcome, done("null"), "it is this one");
    let missing = says(400, r#"{"__type":"StateMachineDoesNotExist","message":"x"}"#);
    let (outcome, _) = send(machine(), "{}", &[missing]).await;
    let (error, cause) = failed(outcome);
    assert_eq!(error, "Sfn.StateMachineDoesNotExist");
    assert!(cause.contains("no state machine `invoice`"), "{cause}");
}

#[tokio::test]
async fn a_name_without_an_account_asks_for_the_arn() {
    let targets = AwsTargets::new(Clients("http://127.0.0.1:1".into()), Home::default());
    for target in [machine(), SendTarget::Sns("ops".into())] {
        let action = action(Target::Send(target.clone()), "{}");
        let (error, cause) = failed(targets.send(&target, &action, HOUR).await);
        assert!(error.ends_with(".InvalidName") && cause.contains("ARN"), "{error}: {cause}");
    }
}

#[tokio::test]
async fn an_address_is_posted_to_and_the_log_is_written() {
    let double = Double::new(&[says(200, "thanks"), says(503, "later"), Reply::Never]).await;
    let target = SendTarget::Http(format!("{}/hook", double.url()));
    let action = action(Target::Send(target.clone()), r#"{"a":1}"#);
    let targets = double.targets();
    assert_eq!(targets.send(&target, &action, HOUR).await, done("\"thanks\""));
    let asked = double.only();
    assert_eq!((asked.path.as_str(), asked.header("idempotency-key")), ("/hook", id().as_str()));
    assert_eq!(failed(targets.send(&target, &action, HOUR).await).0, "Http.503");
    let late = targets.send(&target, &action, Duration::from_millis(100)).await;
    assert_eq!(failed(late).0, "States.Timeout");
    let (outcome, _) = send(SendTarget::Log("x".into()), "{}", &[]).await;
    assert_eq!(outcome, done("null"));
}
