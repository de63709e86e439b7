//! Functions: waited for, or handed the payload only.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fanin_rule::Target;
use fanin_targets_aws::limits::MAX_EVENT_PAYLOAD_BYTES;
use fanin_targets_aws::{Called, Mode};

use crate::double::{Double, Reply, action, answered, done, failed, id, invoke, says, targets};

fn event() -> Mode {
    Mode::Event { plan: "p1".into() }
}

#[tokio::test]
async fn a_call_that_is_waited_for() {
    let (called, asked) = invoke(r#"{"a": 1}"#, Mode::Wait, &[says(200, r#"{"b": 1.50}"#)]).await;
    assert_eq!(called, Called::Answered(done(r#"{"b": 1.50}"#)));
    assert_eq!(asked.path, "/2015-03-31/functions/f/invocations");
    assert_eq!(asked.header("x-amz-invocation-type"), "RequestResponse");
    assert_eq!(asked.body, r#"{"a": 1}"#, "as it is");
    let context = STANDARD.decode(asked.header("x-amz-client-context")).unwrap();
    let context: serde_json::Value = serde_json::from_slice(&context).unwrap();
    assert_eq!(context["custom"]["fanin-action-id"], id());
    assert_eq!(
        (&context["custom"]["fanin-attempt"], &context["custom"]["fanin-rule"]),
        (&"1".into(), &"work".into())
    );
}

#[tokio::test]
async fn a_call_that_is_handed_over() {
    let (called, asked) = invoke(r#"{"a":1}"#, event(), &[says(202, "")]).await;
    assert_eq!(called, Called::Accepted);
    assert_eq!(asked.header("x-amz-invocation-type"), "Event");
    let payload = asked.json();
    assert_eq!(payload["a"], 1);
    let tag = payload["_fanin"].as_object().unwrap();
    let names: Vec<&str> = tag.keys().map(String::as_str).collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert_eq!((tag["action"].as_str(), tag["plan"].as_str()), (Some(id().as_str()), Some("p1")));
}

#[tokio::test]
async fn what_cannot_carry_the_tag_is_waited_for() {
    let (called, asked) = invoke("[1]", event(), &[says(200, "7")]).await;
    assert_eq!(called, Called::Answered(done("7")));
    assert_eq!((asked.header("x-amz-invocation-type"), asked.body.as_str()), ("RequestResponse", "[1]"));
    let of = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes));
    let (called, asked) = invoke(&of(1), event(), &[says(202, "")]).await;
    assert_eq!(called, Called::Accepted);
    let room = MAX_EVENT_PAYLOAD_BYTES - asked.body.len() + 1;
    let (called, asked) = invoke(&of(room), event(), &[says(202, "")]).await;
    assert_eq!((called, asked.body.len()), (Called::Accepted, MAX_EVENT_PAYLOAD_BYTES));
    let (called, asked) = invoke(&of(room + 1), event(), &[says(200, "7")]).await;
    assert_eq!(called, Called::Answered(done("7")), "one byte more");
    assert!(!asked.body.contains("_fanin"));
}

#[tokio::test]
async fn what_the_function_says_of_its_failure() {
    let own = Reply::Says(
        200,
        &[("x-amz-function-error", "Unhandled")],
        r#"{"errorType":"DiskFull","errorMessage":"no room"}"#.into(),
    );
    let (called, _) = invoke("{}", Mode::Wait, &[own]).await;
    assert_eq!(failed(answered(called)), ("DiskFull".into(), "no room".into()));
    for body in [
        r#"{"errorMessage":"2026-01-01T00:00:00Z id Task timed out after 3.00 seconds"}"#,
        r#"{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}"#,
    ] {
        let late = Reply::Says(200, &[("x-amz-function-error", "Unhandled")], body.into());
        let (called, _) = invoke("{}", Mode::Wait, &[late]).await;
        assert_eq!(failed(answered(called)).0, "States.Timeout");
    }
    let (called, _) = invoke("{}", Mode::Wait, &[says(200, "no json")]).await;
    assert_eq!(failed(answered(called)).0, "Fanin.BadOutput");
}

/// A status, its headers, the name it is reported by, and what its message must say.
type Refusal = (u16, &'static [(&'static str, &'static str)], &'static str, &'static [&'static str]);

#[tokio::test]
async fn what_the_service_refuses() {
    let refusals: [Refusal; 4] = [
        (
            429,
            &[("x-amzn-errortype", "TooManyRequestsException")],
            "Lambda.TooManyRequestsException",
            &["slow down"],
        ),
        (
            403,
            &[("x-amzn-errortype", "AccessDeniedException")],
            "Lambda.AccessDeniedException",
            &["lambda:InvokeFunction", "`f`", "fanin deploy"],
        ),
        (
            404,
            &[("x-amzn-errortype", "ResourceNotFoundException:http://internal.amazon.com/x")],
            "Lambda.ResourceNotFoundException",
            &["no function `f`", "eu-west-1", "fanin deploy"],
        ),
        (500, &[("x-amzn-errortype", "ServiceException")], "Lambda.ServiceException", &["slow down"]),
    ];
    for mode in [Mode::Wait, event()] {
        for (status, headers, error, words) in refusals {
            let reply =
                Reply::Says(status, headers, r#"{"Message":"slow down","message":"slow down"}"#.into());
            let (called, _) = invoke("{}", mode.clone(), &[reply]).await;
            let (name, cause) = failed(answered(called));
            assert_eq!(name, error);
            words.iter().for_each(|word| assert!(cause.contains(word), "{error}: {cause}"));
        }
    }
}

#[tokio::test]
async fn no_answer_and_no_connection() {
    let double = Double::new(&[Reply::Never]).await;
    let action = action(Target::Invoke { function: "f".into() }, "{}");
    let called = double.targets().call(&action, &Mode::Wait, Duration::from_millis(200)).await;
    assert_eq!(failed(answered(called)).0, "States.Timeout");
    let nowhere = targets("http://127.0.0.1:1");
    let (error, cause) = failed(answered(nowhere.invoke("f", &action, &Mode::Wait).await));
    assert_eq!(error, "Http.ConnectFailed");
    assert!(cause.contains("function `f`"), "{cause}");
}
