//! Batches of a queue and ticks of the schedule, as the platform writes them, and odder ones.

use fanin_event::Timestamp;
use fanin_lambda::{BatchAnswer, EventError, SqsBatch, Tick};
use fanin_state_first::{Handled, Received};
use serde_json::{Value, json};

const SQS: &str = include_str!("fixtures/sqs.json");
const TICK: &str = include_str!("fixtures/tick.json");
const NOW: Timestamp = Timestamp(99);

fn received(event: &Value) -> Result<Vec<Received>, EventError> {
    serde_json::from_value::<SqsBatch>(event.clone()).unwrap().received(NOW)
}

#[test]
fn a_batch_of_the_platform() {
    let got = serde_json::from_str::<SqsBatch>(SQS).unwrap().received(NOW).unwrap();
    assert_eq!(got.len(), 2);
    let first = &got[0];
    assert_eq!(first.id, "059f36b4-87a3-44ab-83d2-661975830a7d");
    assert!(first.body.contains("Object Created"));
    assert_eq!(
        (first.sent, first.received, first.attempt),
        (Timestamp(1545082649183), Timestamp(1545082649185), 1)
    );
    let second = &got[1];
    assert_eq!(
        (second.sent, second.received, second.attempt),
        (Timestamp(1545082650636), Timestamp(1545082650649), 3)
    );
    // The published types of the platform's events read the same file the same way.
    let typed: aws_lambda_events::sqs::SqsEvent = serde_json::from_str(SQS).unwrap();
    for (ours, theirs) in got.iter().zip(&typed.records) {
        assert_eq!(Some(&ours.id), theirs.message_id.as_ref());
        assert_eq!(Some(&ours.body), theirs.body.as_ref());
        assert_eq!(ours.sent.0.to_string(), theirs.attributes["SentTimestamp"]);
    }
}

#[test]
fn absent_attributes() {
    let one = |attributes: Value| {
        let record = json!({ "messageId": "m", "body": "x", "attributes": attributes });
        let got = received(&json!({ "Records": [record] })).unwrap().remove(0);
        (got.sent.0, got.received.0, got.attempt)
    };
    assert_eq!(one(json!(null)), (99, 99, 1));
    assert_eq!(one(json!({})), (99, 99, 1));
    assert_eq!(one(json!({ "SentTimestamp": "5" })), (5, 5, 1));
    assert_eq!(one(json!({ "ApproximateFirstReceiveTimestamp": "7" })), (7, 7, 1));
    assert_eq!(one(json!({ "SentTimestamp": 5, "ApproximateReceiveCount": 2 })), (5, 5, 2));
    assert_eq!(one(json!({ "SentTimestamp": "soon", "ApproximateReceiveCount": "0" })), (99, 99, 1));
    // Never received before it was sent.
    assert_eq!(one(json!({ "SentTimestamp": "9", "ApproximateFirstReceiveTimestamp": "7" })), (9, 9, 1));
}

#[test]
fn a_message_without_a_body_is_an_empty_one() {
    let got = received(&json!({ "Records": [{ "messageId": "m", "body": null }] })).unwrap();
    assert_eq!(got[0].body, "");
}

#[test]
fn what_is_no_batch_says_so() {
    let error = received(&json!({ "detail-type": "x" })).unwrap_err();
    assert_eq!(error, EventError::NoRecords);
    assert!(error.to_string().contains("fanin deploy"), "{error}");
    assert_eq!(received(&json!({ "Records": [{ "body": "x" }] })), Err(EventError::NoId(0)));
    assert_eq!(received(&json!({ "Records": [] })), Ok(vec![]));
}

#[test]
fn as_many_records_as_a_mapping_sends_and_one_more() {
    let of = |n: usize| json!({ "Records": (0..n).map(|i| json!({ "messageId": i.to_string() })).collect::<Vec<_>>() });
    assert_eq!(received(&of(10_000)).unwrap().len(), 10_000);
    assert_eq!(received(&of(10_001)), Err(EventError::TooMany(10_001)));
}

#[test]
fn ticks() {
    let now = |text: &str| serde_json::from_str::<Tick>(text).unwrap().now();
    assert_eq!(now(TICK), Ok(Timestamp::parse("2026-10-08T16:53:06Z").unwrap()));
    for wrong in ["{}", r#"{"time":null}"#, r#"{"time":"noon"}"#] {
        assert!(now(wrong).unwrap_err().to_string().contains("fanin deploy"));
    }
}

#[test]
fn only_what_is_done_is_forgotten() {
    let three = || {
        let message = |id: &str| json!({ "messageId": id });
        received(&json!({ "Records": [message("a"), message("b"), message("c")] })).unwrap()
    };
    let answer = |handled: &[Handled]| serde_json::to_value(BatchAnswer::new(three(), handled)).unwrap();
    let named = |ids: &[&str]| json!({ "batchItemFailures": ids.iter().map(|id| json!({ "itemIdentifier": id })).collect::<Vec<_>>() });
    assert_eq!(answer(&[Handled::Done; 3]), named(&[]));
    assert_eq!(answer(&[Handled::Done, Handled::Again, Handled::Done]), named(&["b"]));
    assert_eq!(answer(&[Handled::Done]), named(&["b", "c"]));
    assert_eq!(answer(&[]), named(&["a", "b", "c"]));
}
