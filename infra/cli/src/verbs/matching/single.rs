//! Events against one pattern.

use anyhow::{Context as _, anyhow};
use fanin_event::{EventDefinition, Recognizer, Scratch};
use fanin_triggers::{Format, detect};
use serde_json::{Value, json};

use super::payloads::{self, Payload};
use super::{exit, named};
use crate::args::{Global, Output};
use crate::console::{Exit, data};
use crate::show::paint::Paint;

/// The largest number a count can be asked to reach.
const MAX_REACH: u64 = 10_000_000;

/// A recognizer of one pattern.
pub(super) fn recognizer(pattern: &str) -> Result<Recognizer, String> {
    let definition =
        EventDefinition { name: "pattern".into(), pattern: pattern.to_owned(), captures: Vec::new() };
    Recognizer::new(&[definition]).map_err(|error| error.cause.to_string())
}

/// Why an event does not match: field and reason; nothing when it does.
pub(super) fn miss(recognizer: &Recognizer, event: &str, scratch: &mut Scratch) -> Option<(String, String)> {
    match recognizer.recognize(event, scratch) {
        Ok(recognized) if recognized.hits().len() > 0 => return None,
        Ok(_) => {}
        Err(error) => return Some((String::new(), format!("the event is not JSON: {error}"))),
    }
    let miss = recognizer.explain(event).into_iter().next();
    Some(miss.map_or_else(Default::default, |miss| (miss.field, miss.reason)))
}

/// A number that a count can be asked to reach.
pub(super) fn whole_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|number| digits && (1..=MAX_REACH).contains(number))
}

pub(super) fn run(global: &Global, pattern: &str, payloads: &[Payload]) -> anyhow::Result<Exit> {
    let text = match pattern.strip_prefix('@') {
        Some(path) => std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?,
        None => pattern.to_owned(),
    };
    let recognizer = recognizer(&text).map_err(|e| anyhow!("this is no event pattern: {e}"))?;
    let paint = Paint::of_output(global);
    let (mut seen, mut refused, mut matched) = (Vec::new(), Vec::new(), false);
    let mut scratch = Scratch::new();
    for payload in payloads {
        for answer in texts(payload) {
            let (id, event) = match answer {
                Ok(event) => event,
                Err(rejected) => {
                    refused.push(named::refusal(global, payload, &rejected, paint));
                    continue;
                }
            };
            let miss = miss(&recognizer, &event, &mut scratch);
            matched |= miss.is_none();
            match global.output {
                Output::Text => data(&line(payload, &id, miss.as_ref(), paint)),
                Output::Jsonl => data(&document(payload, &id, miss.as_ref()).to_string()),
                Output::Json => seen.push(document(payload, &id, miss.as_ref())),
            }
        }
    }
    if global.output == Output::Json {
        data(&json!({ "events": seen, "refused": refused }).to_string());
    }
    Ok(exit(matched, !refused.is_empty()))
}

/// Ids and texts of the events. An object without the marks of another form is taken as it is, so that a pattern can be
/// tried on any JSON; everything else goes through the decoder.
fn texts(payload: &Payload) -> Vec<Result<(String, String), fanin_triggers::Rejected>> {
    let as_it_is = std::str::from_utf8(&payload.bytes)
        .ok()
        .map(str::trim)
        .filter(|text| text.starts_with('{') && detect(text).is_ok_and(|format| format == Format::Envelope));
    if let Some(text) = as_it_is {
        let id = serde_json::from_str::<Value>(text).ok();
        let id = id.and_then(|v| Some(v.get("id")?.as_str()?.to_owned())).unwrap_or_default();
        return vec![Ok((id, text.to_owned()))];
    }
    payloads::events(payload).into_iter().map(|event| event.map(|event| (event.id, event.envelope))).collect()
}

fn line(payload: &Payload, id: &str, miss: Option<&(String, String)>, paint: Paint) -> String {
    let place = payload.place.as_ref().map(|p| format!("{p}: ")).unwrap_or_default();
    let id = if id.is_empty() { String::new() } else { format!("event {}: ", paint.strong(id)) };
    match miss {
        None => format!("{place}{id}{}", paint.good("matches")),
        Some((_, reason)) => format!("{place}{id}{}: {reason}", paint.bad("does not match")),
    }
}

fn document(payload: &Payload, id: &str, miss: Option<&(String, String)>) -> Value {
    let id = if id.is_empty() { Value::Null } else { json!(id) };
    match miss {
        None => json!({ "place": payload.place, "id": id, "matches": true }),
        Some((field, reason)) => {
            json!({ "place": payload.place, "id": id, "matches": false, "field": field, "reason": reason })
        }
    }
}
