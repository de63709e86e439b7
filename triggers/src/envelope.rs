//! A bare EventBridge envelope, or an array of them. What is complete passes byte for byte.

use std::collections::BTreeMap;

use fanin_event::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::decode::{Format, Rejected};
use crate::detect::detect;
use crate::not_json::not_json;
use crate::text::{quote, unquote};
use crate::turn::{Answer, Parts, Place, Turn};
use crate::{cloud_event, codes, limits};

/// The members of an envelope that are looked at. `null` is a value here, and a wrong one.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    source: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "detail-type", deserialize_with = "present")]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    time: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    detail: Option<&'a RawValue>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// One envelope or an array of envelopes and CloudEvents.
pub(crate) fn decode(body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    if !body.starts_with('[') {
        return vec![decode_one(body, turn, Place::ONLY)];
    }
    let events: Vec<&RawValue> = match serde_json::from_str(body) {
        Ok(events) => events,
        Err(e) => return vec![Err(not_json(&e, body))],
    };
    if let Err(refused) = Turn::check_count(events.len(), limits::MAX_EVENTS_PER_REQUEST, body) {
        return vec![Err(refused)];
    }
    let of = events.len();
    let one = |(index, event): (usize, &RawValue)| {
        let place = Place { index, of };
        match detect(event.get()) {
            Ok(Format::CloudEvent) => cloud_event::decode(event.get(), turn, place),
            Ok(Format::Envelope) if event.get().starts_with('{') => decode_one(event.get(), turn, place),
            Ok(other) => {
                let reason = if event.get().starts_with('[') {
                    "a list inside the list; send one list of events: [{...}, {...}]".to_owned()
                } else {
                    format!("an array holds envelopes or CloudEvents; send this {other:?} on its own")
                };
                Err(Rejected::new(codes::UNKNOWN_FORM, reason, event.get()))
            }
            Err(refused) => Err(Rejected { whole: false, ..*refused }),
        }
    };
    events.into_iter().enumerate().map(one).collect()
}

fn decode_one(body: &str, turn: &mut Turn<'_, '_>, place: Place) -> Answer {
    let head: Head<'_> =
        serde_json::from_str(body).map_err(|e| Rejected { whole: false, ..not_json(&e, body) })?;
    let source = required(head.source, "source", r#""source": "shop""#, body)?;
    let detail_type = required(head.detail_type, "detail-type", r#""detail-type": "Order Paid""#, body)?;
    let detail = head.detail.map_or("{}", RawValue::get);
    if !detail.starts_with('{') {
        let reason = if detail.starts_with('"') {
            "`detail` is a text; write the object itself, not its JSON in quotes (only `PutEvents` has it so)"
        } else {
            "`detail` is not an object; write {\"value\": ...} around it"
        };
        return Err(Rejected::new(codes::BAD_DETAIL, reason, body));
    }
    let mut missing = Vec::new();
    let (id, generated) = match head.id {
        Some(id) => (text(id, "id", body)?, false),
        None => {
            let (id, generated) = turn.missing_id(place);
            missing.push(("id", quote(&id)));
            (id, generated)
        }
    };
    match head.time {
        Some(time) => check_time(time, body)?,
        None => missing.push(("time", quote(&turn.missing_time().to_string()))),
    }
    if head.detail.is_none() {
        missing.push(("detail", "{}".to_owned()));
    }
    let parts = Parts { id: &id, source: &source, detail_type: &detail_type, detail, generated };
    turn.finish(with_members(body, &missing), &parts, place)
}

/// The object's text with further members at its end. It has members already, or it would have been refused.
fn with_members(body: &str, missing: &[(&str, String)]) -> String {
    let Some(open) = body.strip_suffix('}').filter(|_| !missing.is_empty()) else { return body.to_owned() };
    let mut out = open.trim_end().to_owned();
    for (name, json) in missing {
        out.push_str(&format!(",{}:{json}", quote(name)));
    }
    out.push('}');
    out
}

fn required(raw: Option<&RawValue>, name: &str, example: &str, body: &str) -> Result<String, Rejected> {
    match raw {
        Some(raw) => text(raw, name, body),
        None => {
            let reason = match misspelled(name, body) {
                Some(written) => format!("`{name}` is missing; write it in place of `{written}`"),
                None => format!("`{name}` is missing; write for example {example}"),
            };
            Err(Rejected::new(codes::MISSING_FIELD, reason, body))
        }
    }
}

/// A member whose name differs from the right one in case, dashes and the like only.
fn misspelled(name: &str, body: &str) -> Option<String> {
    let letters = |name: &str| {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    let members: BTreeMap<String, IgnoredAny> = serde_json::from_str(body).ok()?;
    members.into_keys().find(|written| letters(written) == letters(name))
}

fn text(raw: &RawValue, name: &str, body: &str) -> Result<String, Rejected> {
    unquote(raw.get()).map(std::borrow::Cow::into_owned).ok_or_else(|| {
        let is = crate::text::bounded(raw.get(), 40);
        Rejected::new(codes::BAD_FIELD, format!("`{name}` is {is}; write it as a text in quotes"), body)
    })
}

fn check_time(raw: &RawValue, body: &str) -> Result<(), Rejected> {
    if unquote(raw.get()).and_then(|time| Timestamp::parse(&time)).is_some() {
        return Ok(());
    }
    let is = crate::text::bounded(raw.get(), 60);
    let reason = format!("`time` is {is}; write it as \"2026-01-02T03:04:05Z\", or leave it out");
    Err(Rejected::new(codes::BAD_TIME, reason, body))
}
