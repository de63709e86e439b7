//! The event source mapping: messages to the JSON a function gets, and its partial batch response back.

use std::collections::BTreeSet;

use fanin_event::Timestamp;
use fanin_state_first::Handled;
use serde::Deserialize;
use serde_json::json;

use crate::queues::Message;

/// The invocation's payload.
#[must_use]
pub fn event(queue: &str, batch: &[Message]) -> String {
    let records: Vec<serde_json::Value> = batch
        .iter()
        .map(|message| {
            json!({
                "messageId": message.id,
                "receiptHandle": message.receipt.to_string(),
                "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": message.receives.to_string(),
                    "SentTimestamp": message.sent.0.to_string(),
                    "SenderId": "AIDAEXAMPLE",
                    "ApproximateFirstReceiveTimestamp": message.first_received.0.to_string(),
                },
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": format!("arn:aws:sqs:us-east-1:123456789012:{queue}"),
                "awsRegion": "us-east-1",
            })
        })
        .collect();
    json!({ "Records": records }).to_string()
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response {
    batch_item_failures: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    item_identifier: String,
}

/// What a function's response means for each message, as AWS reads it: an empty response is success, one that cannot be
/// read or names an unknown message is a failure of the whole batch.
#[must_use]
pub fn handled(batch: &[Message], response: &[u8]) -> Vec<Handled> {
    let all = |handled| batch.iter().map(|_| handled).collect();
    if response.is_empty() || response == b"null" {
        return all(Handled::Done);
    }
    let Ok(response) = serde_json::from_slice::<Response>(response) else { return all(Handled::Again) };
    let failed: BTreeSet<&str> =
        response.batch_item_failures.iter().map(|item| item.item_identifier.as_str()).collect();
    let known: BTreeSet<&str> = batch.iter().map(|message| message.id.as_str()).collect();
    if !failed.is_subset(&known) {
        return all(Handled::Again);
    }
    let one = |message: &Message| match failed.contains(message.id.as_str()) {
        true => Handled::Again,
        false => Handled::Done,
    };
    batch.iter().map(one).collect()
}

/// The event of the rule that invokes `timers` every minute.
#[must_use]
pub fn every_minute(now: Timestamp) -> String {
    json!({
        "version": "0",
        "id": format!("00000000-0000-4000-b000-{:012x}", now.0 / 60_000),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": Timestamp(now.0.div_euclid(1000) * 1000).to_string(),
        "region": "us-east-1",
        "resources": ["arn:aws:events:us-east-1:123456789012:rule/double-every-minute"],
        "detail": {},
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        let at = Timestamp(0);
        Message { id: id.into(), receipt: 1, body: "{}".into(), sent: at, first_received: at, receives: 1 }
    }

    #[test]
    fn a_response_names_what_comes_again() {
        let batch = [message("a"), message("b")];
        let read = |text: &str| handled(&batch, text.as_bytes());
        assert_eq!(read("{\"batchItemFailures\":[]}"), [Handled::Done, Handled::Done]);
        assert_eq!(
            read("{\"batchItemFailures\":[{\"itemIdentifier\":\"b\"}]}"),
            [Handled::Done, Handled::Again]
        );
        assert_eq!(read("null"), [Handled::Done, Handled::Done]);
    }

    #[test]
    fn a_response_that_makes_no_sense_fails_the_batch() {
        let batch = [message("a")];
        let read = |text: &str| handled(&batch, text.as_bytes());
        assert_eq!(read("{\"batchItemFailures\":[{\"itemIdentifier\":\"x\"}]}"), [Handled::Again]);
        assert_eq!(read("{\"batchItemFailures\":[{\"itemIdentifier\":null}]}"), [Handled::Again]);
    }
}
