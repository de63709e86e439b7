//! The request of EventBridge's `PutEvents`. Entries have no id: one is given, and answered to the sender.

use std::borrow::Cow;

use fanin_event::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decode::Rejected;
use crate::not_json::not_json;
use crate::text::{bounded, quote, unquote};
use crate::turn::{Answer, Parts, Place, Turn, Writer};
use crate::{codes, limits};

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow, rename = "Entries")]
    entries: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "Source")]
    source: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "DetailType")]
    detail_type: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "Detail")]
    detail: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "Time")]
    time: Option<&'a RawValue>,
    #[serde(default, rename = "Resources")]
    resources: Option<Vec<String>>,
}

/// All entries, in order. The bus name is accepted and means nothing: there is one bus.
pub(crate) fn decode(body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let request: Request<'_> = match serde_json::from_str(body) {
        Ok(request) => request,
        Err(e) => return vec![Err(not_json(&e, body))],
    };
    if let Err(refused) = Turn::check_count(request.entries.len(), limits::MAX_PUT_EVENTS_ENTRIES, body) {
        return vec![Err(refused)];
    }
    let of = request.entries.len();
    let one = |(index, entry): (usize, &RawValue)| decode_entry(entry.get(), turn, Place { index, of });
    request.entries.into_iter().enumerate().map(one).collect()
}

fn decode_entry(body: &str, turn: &mut Turn<'_, '_>, place: Place) -> Answer {
    let entry: Entry<'_> =
        serde_json::from_str(body).map_err(|e| Rejected { whole: false, ..not_json(&e, body) })?;
    let missing = |name: &str| {
        Rejected::new(
            codes::MISSING_FIELD,
            format!("`{name}` is missing in the entry; write for example \"{name}\": \"...\""),
            body,
        )
    };
    let source = entry.source.ok_or_else(|| missing("Source"))?;
    let detail_type = entry.detail_type.ok_or_else(|| missing("DetailType"))?;
    let detail_text = entry.detail.ok_or_else(|| missing("Detail"))?;
    let detail = match serde_json::from_str::<&RawValue>(&detail_text) {
        Ok(raw) if raw.get().starts_with('{') => raw.get(),
        Ok(_) => {
            return Err(Rejected::new(
                codes::BAD_DETAIL,
                "`Detail` is the JSON of something else than an object; write \"{\\\"order\\\": 7}\"",
                body,
            ));
        }
        Err(e) => {
            return Err(Rejected::new(
                codes::BAD_DETAIL,
                format!("`Detail` is not JSON ({e}); write an object as text: \"{{\\\"order\\\": 7}}\""),
                body,
            ));
        }
    };
    let time = match entry.time {
        Some(raw) => read_time(raw.get(), body)?,
        None => turn.missing_time(),
    };
    let (id, generated) = turn.missing_id(place);
    let parts = Parts { id: &id, source: &source, detail_type: &detail_type, detail, generated };
    let mut writer = Writer::new(&parts, &time.to_string());
    writer.member("version", "\"0\"");
    let resources: Vec<String> = entry.resources.unwrap_or_default().iter().map(|r| quote(r)).collect();
    writer.member("resources", &format!("[{}]", resources.join(",")));
    turn.finish(writer.end(detail), &parts, place)
}

/// Seconds since the epoch, whole or not, as the wire has it; RFC 3339 as people write it.
fn read_time(raw: &str, body: &str) -> Result<Timestamp, Rejected> {
    let time = match unquote(raw) {
        Some(text) => Timestamp::parse(&text),
        None => raw.parse::<f64>().ok().and_then(millis),
    };
    time.ok_or_else(|| {
        let reason = format!(
            "`Time` is {}; write seconds since the epoch or \"2026-01-02T03:04:05Z\"",
            bounded(raw, 60)
        );
        Rejected::new(codes::BAD_TIME, reason, body)
    })
}

/// Seconds as a moment, where they are one.
pub(crate) fn millis(seconds: f64) -> Option<Timestamp> {
    /// The last second of the year 9999: past it there is no RFC 3339.
    const LAST: f64 = 253_402_300_799.0;
    if !(0.0..=LAST).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
    Some(Timestamp((seconds * 1000.0).round() as i64))
}
