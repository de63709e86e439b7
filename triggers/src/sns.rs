//! A message of a topic: alone in a queue's message, or in `Records` as a function gets it.

use std::borrow::Cow;

use fanin_event::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decode::{Rejected, decode_text};
use crate::not_json::not_json;
use crate::turn::{Answer, Carrier, Turn};
use crate::{codes, limits};

#[derive(Deserialize)]
struct Records<'a> {
    #[serde(borrow, default, rename = "Records")]
    records: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, rename = "Sns")]
    message: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message<'a> {
    #[serde(borrow, default, rename = "Type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message_id: Cow<'a, str>,
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(borrow, default)]
    timestamp: Option<Cow<'a, str>>,
}

/// The events of the one message, or of all records.
pub(crate) fn decode(body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let records = match serde_json::from_str::<Records<'_>>(body) {
        Ok(Records { records: Some(records) }) => records,
        Ok(Records { records: None }) => return decode_message(body, turn),
        Err(e) => return vec![Err(not_json(&e, body))],
    };
    if let Err(refused) = Turn::check_count(records.len(), limits::MAX_EVENTS_PER_REQUEST, body) {
        return vec![Err(refused)];
    }
    let one = |record: &RawValue| match serde_json::from_str::<Record<'_>>(record.get()) {
        Ok(record) => decode_message(record.message.get(), turn),
        Err(e) => vec![Err(Rejected { whole: false, ..not_json(&e, record.get()) })],
    };
    records.into_iter().flat_map(one).collect()
}

fn decode_message(message: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let read: Message<'_> = match serde_json::from_str(message) {
        Ok(read) => read,
        Err(e) => return vec![Err(Rejected { whole: false, ..not_json(&e, message) })],
    };
    if let Some(kind) = read.kind.as_deref().filter(|kind| kind.ends_with("Confirmation")) {
        let reason = format!(
            "this is a {kind} of the topic, no event; confirm it at its `SubscribeURL` and send it nowhere else"
        );
        return vec![Err(Rejected::new(codes::UNKNOWN_FORM, reason, message))];
    }
    let sent = read.timestamp.as_deref().and_then(Timestamp::parse);
    let carrier = Carrier { id: read.message_id.into_owned(), time: sent, record: None };
    turn.inside(carrier, &read.message, |turn| decode_text(None, &read.message, turn))
}
