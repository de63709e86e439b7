//! The record that a function's destination writes: how an invocation ended that nobody waited for.

use fanin_event::Identity;
use fanin_rule::Outcome;
use fanin_rule::errors::{TASK_FAILED, TIMEOUT};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::limits::MAX_QUOTED_BYTES;
use crate::message::{SettledMessage, WireOutcome};

/// The record, as far as it matters.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    #[serde(borrow)]
    request_context: Context<'a>,
    request_payload: Payload,
    #[serde(default)]
    response_context: Option<Response<'a>>,
    #[serde(borrow, default)]
    response_payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    #[serde(borrow, default)]
    function_arn: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    condition: std::borrow::Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    #[serde(borrow, default)]
    function_error: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "_fanin")]
    fanin: Option<Tag>,
}

/// What the request carried beside the user's payload.
#[derive(Deserialize)]
struct Tag {
    run: Identity,
    rule: String,
    index: u32,
    attempt: u32,
}

/// What a function that failed answers.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Report {
    error_type: Option<String>,
    error_message: Option<String>,
}

/// What a body turned out to be.
#[derive(Debug, PartialEq)]
pub(super) enum Destination {
    /// The answer to one of our calls.
    Answer(SettledMessage),
    /// A destination's record of an invocation that was not ours.
    Foreign(String),
}

/// Reads a body; `None`: it is no such record.
pub(super) fn read(body: &str) -> Option<Destination> {
    let record: Record<'_> = serde_json::from_str(body).ok()?;
    let Some(tag) = record.request_payload.fanin else {
        return Some(Destination::Foreign(record.request_context.function_arn.into_owned()));
    };
    let outcome = match outcome(&record.request_context, record.response_context, record.response_payload) {
        Outcome::Done { result } => WireOutcome::Done(result),
        Outcome::Failed { error, cause } => WireOutcome::Failed(error, cause),
    };
    Some(Destination::Answer(SettledMessage {
        rule: tag.rule.into(),
        run: tag.run,
        index: tag.index,
        attempt: tag.attempt,
        outcome,
    }))
}

fn outcome(context: &Context<'_>, response: Option<Response<'_>>, payload: Option<&RawValue>) -> Outcome {
    let function_error = response.and_then(|response| response.function_error);
    let text = payload.map(RawValue::get);
    if function_error.is_none() && context.condition == "Success" {
        return Outcome::Done { result: text.unwrap_or("null").to_owned() };
    }
    match text.filter(|text| *text != "null") {
        Some(text) => reported(text),
        // It was never run: too old, or refused until the service gave up.
        None => Outcome::Failed {
            error: format!("Lambda.{}", context.condition),
            cause: format!("{} was not run: {}", context.function_arn, context.condition),
        },
    }
}

/// The outcome of a function that answered with this failure.
fn reported(text: &str) -> Outcome {
    let report: Report = serde_json::from_str(text).unwrap_or_default();
    let cause = report.error_message.unwrap_or_else(|| cut(text).to_owned());
    let named = report.error_type.filter(|error| !error.is_empty());
    let timed_out = match named.as_deref() {
        None => cause.contains("Task timed out after"),
        Some(error) => error == "Sandbox.Timedout",
    };
    let error = if timed_out { TIMEOUT.to_owned() } else { named.unwrap_or_else(|| TASK_FAILED.to_owned()) };
    Outcome::Failed { error, cause }
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_QUOTED_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(condition: &str, response: &str) -> String {
        let run = "0123456789abcdef0123456789abcdef";
        format!(
            r#"{{"version":"1.0","timestamp":"2026-01-01T00:00:00.000Z","requestContext":{{"requestId":"r","functionArn":
            "arn:aws:lambda:eu-west-1:1:function:f:$LATEST","condition":"{condition}","approximateInvokeCount":1}},
            "requestPayload":{{"a":1,"_fanin":{{"run":"{run}","rule":"work","index":2,"attempt":3,"action":"x","plan":"p"}}}},
            {response}}}"#
        )
    }

    fn outcome_of(condition: &str, response: &str) -> WireOutcome {
        match read(&record(condition, response)) {
            Some(Destination::Answer(answer)) => {
                assert_eq!((&*answer.rule, answer.index, answer.attempt), ("work", 2, 3));
                answer.outcome
            }
            other => panic!("{other:?}"),
        }
    }

    fn failed(error: &str, cause: &str) -> WireOutcome {
        WireOutcome::Failed(error.into(), cause.into())
    }

    #[test]
    fn success_keeps_the_bytes_of_the_answer() {
        let ok = r#""responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload": {"b": 1.50}"#;
        assert_eq!(outcome_of("Success", ok), WireOutcome::Done(r#"{"b": 1.50}"#.into()));
        let nothing =
            r#""responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":null"#;
        assert_eq!(outcome_of("Success", nothing), WireOutcome::Done("null".into()));
    }

    #[test]
    fn failures_have_the_functions_own_name() {
        let own = r#""responseContext":{"statusCode":200,"executedVersion":"1","functionError":"Unhandled"},
            "responsePayload":{"errorType":"DiskFull","errorMessage":"no room"}"#;
        assert_eq!(outcome_of("RetriesExhausted", own), failed("DiskFull", "no room"));
        let nameless = r#""responseContext":{"statusCode":200,"executedVersion":"1","functionError":"Unhandled"},
            "responsePayload":{"errorMessage":"no room"}"#;
        assert_eq!(outcome_of("RetriesExhausted", nameless), failed(TASK_FAILED, "no room"));
        let text = r#""responseContext":{"statusCode":200,"executedVersion":"1","functionError":"Handled"},
            "responsePayload":"broken""#;
        assert_eq!(outcome_of("RetriesExhausted", text), failed(TASK_FAILED, "\"broken\""));
    }

    #[test]
    fn a_timeout_in_either_form_is_one() {
        let old = r#""responseContext":{"statusCode":200,"executedVersion":"1","functionError":"Unhandled"},
            "responsePayload":{"errorMessage":"2026-01-01T00:00:00Z id Task timed out after 3.00 seconds"}"#;
        let new = r#""responseContext":{"statusCode":200,"executedVersion":"1","functionError":"Unhandled"},
            "responsePayload":{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}"#;
        for response in [old, new] {
            assert!(
                matches!(outcome_of("RetriesExhausted", response), WireOutcome::Failed(error, _) if error == TIMEOUT)
            );
        }
    }

    #[test]
    fn what_was_never_run_says_so() {
        let WireOutcome::Failed(error, cause) = outcome_of("EventAgeExceeded", r#""responsePayload":null"#)
        else {
            panic!("failed")
        };
        assert_eq!(error, "Lambda.EventAgeExceeded");
        assert!(cause.contains("function:f") && cause.contains("was not run"), "{cause}");
    }

    #[test]
    fn other_bodies_are_told_apart() {
        let foreign = r#"{"requestContext":{"functionArn":"arn:x","condition":"Success"},"requestPayload":{"a":1},"responsePayload":1}"#;
        assert_eq!(read(foreign), Some(Destination::Foreign("arn:x".into())));
        assert_eq!(read(r#"{"a":1}"#), None);
        assert_eq!(read("plain"), None);
    }
}
