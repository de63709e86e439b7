//! Which form a JSON body has, told by the members that only that form has.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::codes;
use crate::decode::{Format, Rejected};
use crate::not_json::not_json;

/// The members that tell the forms apart; a member that is there with any value counts.
#[derive(Deserialize)]
struct Marks<'a> {
    #[serde(borrow, default, rename = "Records")]
    records: Option<&'a RawValue>,
    #[serde(default, rename = "Entries")]
    entries: Option<IgnoredAny>,
    #[serde(default)]
    specversion: Option<IgnoredAny>,
    #[serde(default, rename = "Message")]
    message: Option<IgnoredAny>,
    #[serde(default, rename = "TopicArn")]
    topic: Option<IgnoredAny>,
    #[serde(borrow, default, rename = "Event")]
    event: Option<&'a RawValue>,
}

/// The members that tell the kinds of `Records` apart.
#[derive(Deserialize)]
struct RecordMarks {
    #[serde(default)]
    s3: Option<IgnoredAny>,
    #[serde(default)]
    kinesis: Option<IgnoredAny>,
    #[serde(default, rename = "Sns")]
    sns: Option<IgnoredAny>,
    #[serde(default, rename = "messageId")]
    message_id: Option<IgnoredAny>,
}

/// Recognizes the form of a JSON text. An object with none of the marks is an [`Format::Envelope`].
///
/// # Errors
/// A [`Rejected`] when the text is not JSON, neither object nor array, or has `Records` of no known kind.
pub fn detect(body: &str) -> Result<Format, Box<Rejected>> {
    match body.trim_start().as_bytes().first() {
        Some(b'[') => return Ok(Format::Envelope),
        Some(b'{') => {}
        _ => return Err(Box::new(refuse(body))),
    }
    let marks: Marks<'_> = serde_json::from_str(body).map_err(|e| Box::new(not_json(&e, body)))?;
    Ok(match marks {
        Marks { records: Some(records), .. } => return detect_records(records.get(), body),
        Marks { entries: Some(_), .. } => Format::PutEvents,
        Marks { specversion: Some(_), .. } => Format::CloudEvent,
        Marks { message: Some(_), topic: Some(_), .. } => Format::Sns,
        Marks { event: Some(event), .. } if event.get() == r#""s3:TestEvent""# => Format::S3Notification,
        _ => Format::Envelope,
    })
}

fn detect_records(records: &str, body: &str) -> Result<Format, Box<Rejected>> {
    let first = serde_json::from_str::<Vec<&RawValue>>(records)
        .ok()
        .and_then(|all| all.first().and_then(|r| serde_json::from_str::<RecordMarks>(r.get()).ok()));
    match first {
        Some(RecordMarks { kinesis: Some(_), .. }) => Ok(Format::Kinesis),
        Some(RecordMarks { s3: Some(_), .. }) => Ok(Format::S3Notification),
        Some(RecordMarks { sns: Some(_), .. }) => Ok(Format::Sns),
        Some(RecordMarks { message_id: Some(_), .. }) => Ok(Format::Sqs),
        _ => {
            let reason = "`Records` is neither a storage notification (`s3`), nor of a queue (`messageId`, \
                          `body`), a topic (`Sns`) or a stream (`kinesis`); send one of these, or the events themselves";
            Err(Box::new(Rejected::whole(codes::UNKNOWN_FORM, reason, body)))
        }
    }
}

fn refuse(body: &str) -> Rejected {
    match serde_json::from_str::<IgnoredAny>(body) {
        Ok(_) => Rejected::whole(
            codes::UNKNOWN_FORM,
            "an event is a JSON object; send `{...}` or `[{...}, ...]`",
            body,
        ),
        Err(e) => not_json(&e, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_forms_apart() {
        for (body, format) in [
            (r#"{"source":"a"}"#, Format::Envelope),
            ("[]", Format::Envelope),
            (r#"{"Entries":[]}"#, Format::PutEvents),
            (r#"{"specversion":"1.0"}"#, Format::CloudEvent),
            (r#"{"Type":"Notification","TopicArn":"t","Message":"{}"}"#, Format::Sns),
            (r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#, Format::S3Notification),
            (r#"{"Records":[{"s3":{}}]}"#, Format::S3Notification),
            (r#"{"Records":[{"kinesis":{}}]}"#, Format::Kinesis),
            (r#"{"Records":[{"Sns":{}}]}"#, Format::Sns),
            (r#"{"Records":[{"messageId":"1","body":""}]}"#, Format::Sqs),
            (r#"{"Message":"a text of the event's own"}"#, Format::Envelope),
        ] {
            assert_eq!(detect(body).unwrap(), format, "{body}");
        }
    }

    #[test]
    fn says_what_it_is_not() {
        for (body, code) in [
            ("", codes::NOT_JSON),
            ("{", codes::NOT_JSON),
            ("hello", codes::NOT_JSON),
            ("7", codes::UNKNOWN_FORM),
            (r#"{"Records":[]}"#, codes::UNKNOWN_FORM),
            (r#"{"Records":7}"#, codes::UNKNOWN_FORM),
        ] {
            assert_eq!(detect(body).unwrap_err().code, code, "{body}");
        }
    }
}
