//! The SQS JSON protocol: what senders use. Receiving is the event source mapping's part, which needs no wire.

use std::collections::BTreeMap;

use fanin_event::{Span, Timestamp};
use serde_json::{Value, json};

use super::gateway::{Answer, Call};
use crate::limits::{MAX_BATCH_ENTRIES, MAX_DELAY_SECONDS, MAX_MESSAGE_BYTES};
use crate::queues::Queue;

/// The MD5 of a body is not computed: the Rust SDK does not look at it.
const NO_MD5: &str = "00000000000000000000000000000000";

/// Answers one SQS request at `now`. A queue is known by the last part of its URL.
pub fn sqs(queues: &mut BTreeMap<String, Queue>, endpoint: &str, now: Timestamp, call: &Call) -> Answer {
    let Ok(request) = serde_json::from_slice::<Value>(&call.body) else {
        return Answer::error(400, "com.amazon.coral.service#SerializationException", "this is no JSON");
    };
    let text = |field: &str| request.get(field).and_then(Value::as_str).unwrap_or_default();
    if call.operation == "GetQueueUrl" {
        let name = text("QueueName");
        return match queues.contains_key(name) {
            true => Answer::json(200, &json!({ "QueueUrl": format!("{endpoint}/123456789012/{name}") })),
            false => missing(name),
        };
    }
    let name = text("QueueUrl").rsplit('/').next().unwrap_or_default();
    let Some(queue) = queues.get_mut(name) else { return missing(name) };
    match call.operation.as_str() {
        "SendMessage" => match send(queue, now, &request) {
            Ok(id) => Answer::json(200, &json!({ "MessageId": id, "MD5OfMessageBody": NO_MD5 })),
            Err((code, message)) => Answer::error(400, &format!("com.amazonaws.sqs#{code}"), &message),
        },
        "SendMessageBatch" => batch(queue, now, &request),
        other => Answer::error(400, "com.amazonaws.sqs#UnsupportedOperation", other),
    }
}

fn missing(name: &str) -> Answer {
    let mut answer = Answer::error(
        400,
        "com.amazonaws.sqs#QueueDoesNotExist",
        &format!("The specified queue does not exist: {name}"),
    );
    answer
        .headers
        .insert("x-amzn-query-error".to_owned(), "AWS.SimpleQueueService.NonExistentQueue;Sender".to_owned());
    answer
}

fn send(queue: &mut Queue, now: Timestamp, entry: &Value) -> Result<String, (&'static str, String)> {
    let body = entry.get("MessageBody").and_then(Value::as_str).unwrap_or_default();
    let delay = entry.get("DelaySeconds").and_then(Value::as_u64).unwrap_or(0);
    if body.is_empty() {
        return Err(("MissingParameter", "The request must contain the parameter MessageBody.".to_owned()));
    }
    if body.len() > MAX_MESSAGE_BYTES {
        return Err((
            "InvalidParameterValue",
            format!(
                "One or more parameters are invalid. Reason: Message must be shorter than {MAX_MESSAGE_BYTES} bytes."
            ),
        ));
    }
    if delay > MAX_DELAY_SECONDS {
        return Err((
            "InvalidParameterValue",
            format!(
                "Value {delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
            ),
        ));
    }
    Ok(queue.send(now, body.to_owned(), Span(delay * 1000)))
}

fn batch(queue: &mut Queue, now: Timestamp, request: &Value) -> Answer {
    let none = Vec::new();
    let entries = request.get("Entries").and_then(Value::as_array).unwrap_or(&none);
    if entries.is_empty() {
        return Answer::error(
            400,
            "com.amazonaws.sqs#EmptyBatchRequest",
            "There should be at least one SendMessageBatchRequestEntry in the request.",
        );
    }
    if entries.len() > MAX_BATCH_ENTRIES {
        return Answer::error(
            400,
            "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10.",
        );
    }
    let id = |entry: &Value| entry.get("Id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let distinct: std::collections::BTreeSet<String> = entries.iter().map(id).collect();
    if distinct.len() < entries.len() {
        return Answer::error(
            400,
            "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
            "Two or more batch entries have the same Id.",
        );
    }
    let bytes: usize =
        entries.iter().filter_map(|e| e.get("MessageBody").and_then(Value::as_str)).map(str::len).sum();
    if bytes > MAX_MESSAGE_BYTES {
        return Answer::error(
            400,
            "com.amazonaws.sqs#BatchRequestTooLong",
            "Batch requests cannot be longer than 262144 bytes.",
        );
    }
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match send(queue, now, entry) {
            Ok(message) => {
                successful.push(json!({ "Id": id(entry), "MessageId": message, "MD5OfMessageBody": NO_MD5 }));
            }
            Err((code, message)) => {
                failed
                    .push(json!({ "Id": id(entry), "SenderFault": true, "Code": code, "Message": message }));
            }
        }
    }
    Answer::json(200, &json!({ "Successful": successful, "Failed": failed }))
}
