//! Lambda's asynchronous invocations: a queue of their own, retries, and the records that destinations get.

use fanin_event::{Span, Timestamp};
use serde_json::{Value, json};

use crate::lambda::Failed;
use crate::limits::{ASYNC_BACKOFF, MAX_ASYNC_ATTEMPTS};

/// The record that a destination gets, as Lambda writes it: with the request beside the answer.
#[must_use]
pub fn record(
    function: &str,
    now: Timestamp,
    request: &str,
    attempts: u32,
    answer: &Result<String, Failed>,
) -> String {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::from(text));
    let condition = if answer.is_ok() { "Success" } else { "RetriesExhausted" };
    let mut response = json!({ "statusCode": 200, "executedVersion": "$LATEST" });
    let payload = match answer {
        Ok(result) => parsed(result),
        Err(failed) => {
            if let Some(response) = response.as_object_mut() {
                response.insert("functionError".to_owned(), Value::from("Unhandled"));
            }
            json!({ "errorType": failed.error_type, "errorMessage": failed.error_message, "trace": [] })
        }
    };
    json!({
        "version": "1.0",
        "timestamp": now.to_string(),
        "requestContext": {
            "requestId": "00000000-0000-4000-a000-000000000000",
            "functionArn": format!("arn:aws:lambda:us-east-1:123456789012:function:{function}:$LATEST"),
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": parsed(request),
        "responseContext": response,
        "responsePayload": payload,
    })
    .to_string()
}

/// An asynchronous invocation that waits for its attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The function.
    pub function: String,
    /// The payload, JSON text.
    pub request: String,
    /// Which attempt comes next, from 1.
    pub attempt: u32,
    /// When.
    pub at: Timestamp,
}

/// What follows from an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Once more.
    Again(Pending),
    /// The destination gets this record.
    Record(String),
}

impl Pending {
    /// What an asynchronous invocation is at first.
    #[must_use]
    pub fn new(function: &str, request: String, at: Timestamp) -> Pending {
        Pending { function: function.to_owned(), request, attempt: 1, at }
    }

    /// What follows from how its attempt ended at `now`, when at most `attempts` are made.
    #[must_use]
    pub fn ended(self, now: Timestamp, attempts: u32, answer: &Result<String, Failed>) -> Next {
        if answer.is_err() && self.attempt < attempts.min(MAX_ASYNC_ATTEMPTS) {
            let wait = Span(ASYNC_BACKOFF.0 * u64::from(self.attempt));
            return Next::Again(Pending { attempt: self.attempt + 1, at: now.plus(wait), ..self });
        }
        Next::Record(record(&self.function, now, &self.request, self.attempt, answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Result<String, Failed> {
        Err(Failed { error_type: "Broken".into(), error_message: "no".into() })
    }

    #[test]
    fn three_attempts_a_minute_and_two_apart_then_the_record() {
        let first = Pending::new("f", "{\"a\":1}".into(), Timestamp(0));
        let Next::Again(second) = first.ended(Timestamp(0), MAX_ASYNC_ATTEMPTS, &failed()) else { panic!() };
        assert_eq!((second.attempt, second.at), (2, Timestamp(60_000)));
        let Next::Again(third) = second.ended(Timestamp(60_000), MAX_ASYNC_ATTEMPTS, &failed()) else {
            panic!()
        };
        assert_eq!((third.attempt, third.at), (3, Timestamp(180_000)));
        let Next::Record(record) = third.ended(Timestamp(180_000), MAX_ASYNC_ATTEMPTS, &failed()) else {
            panic!()
        };
        let record: Value = serde_json::from_str(&record).unwrap();
        assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
        assert_eq!(record["requestContext"]["approximateInvokeCount"], 3);
        assert_eq!(record["requestPayload"]["a"], 1);
        assert_eq!(record["responsePayload"]["errorType"], "Broken");
    }

    #[test]
    fn success_at_once_is_a_record_at_once() {
        let first = Pending::new("f", "{}".into(), Timestamp(0));
        let Next::Record(record) = first.ended(Timestamp(5), 1, &Ok("{\"ok\":true}".into())) else {
            panic!()
        };
        let record: Value = serde_json::from_str(&record).unwrap();
        assert_eq!(record["requestContext"]["condition"], "Success");
        assert_eq!(record["responsePayload"]["ok"], true);
        assert!(record["responseContext"].get("functionError").is_none());
    }
}
