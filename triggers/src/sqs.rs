//! Messages of a queue, as a function gets them. The body holds any other form; the message's id is the id of an event
//! that has none, for a redelivery keeps it.

use std::borrow::Cow;

use fanin_event::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decode::{Rejected, decode_text};
use crate::limits;
use crate::not_json::not_json;
use crate::turn::{Answer, Carrier, Turn};

#[derive(Deserialize)]
struct Messages<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, rename = "messageId")]
    id: Cow<'a, str>,
    #[serde(borrow)]
    body: Cow<'a, str>,
    #[serde(borrow, default)]
    attributes: Option<Attributes<'a>>,
}

#[derive(Deserialize)]
struct Attributes<'a> {
    #[serde(borrow, default, rename = "SentTimestamp")]
    sent: Option<Cow<'a, str>>,
}

/// The events of all messages, in order.
pub(crate) fn decode(body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let messages: Messages<'_> = match serde_json::from_str(body) {
        Ok(messages) => messages,
        Err(e) => return vec![Err(not_json(&e, body))],
    };
    if let Err(refused) = Turn::check_count(messages.records.len(), limits::MAX_EVENTS_PER_REQUEST, body) {
        return vec![Err(refused)];
    }
    messages.records.into_iter().flat_map(|message| decode_message(message.get(), turn)).collect()
}

fn decode_message(message: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let read: Message<'_> = match serde_json::from_str(message) {
        Ok(read) => read,
        Err(e) => return vec![Err(Rejected { whole: false, ..not_json(&e, message) })],
    };
    let sent = read.attributes.and_then(|a| a.sent).and_then(|sent| sent.parse().ok()).map(Timestamp);
    let carrier = Carrier { id: read.id.into_owned(), time: sent, record: None };
    turn.inside(carrier, &read.body, |turn| decode_text(None, &read.body, turn))
}
