//! Records of a stream, as a function gets them. Where a record stands (stream, shard, sequence) is its identity.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::decode::{Rejected, decode_text};
use crate::not_json::not_json;
use crate::put_events::millis;
use crate::text::from_base64;
use crate::turn::{Answer, Carrier, Turn};
use crate::{codes, limits};

#[derive(Deserialize)]
struct Records<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow, rename = "eventID")]
    event_id: Cow<'a, str>,
    #[serde(borrow, rename = "eventSourceARN")]
    stream: Cow<'a, str>,
    #[serde(borrow)]
    kinesis: Data<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(borrow)]
    sequence_number: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(default)]
    approximate_arrival_timestamp: Option<f64>,
}

/// The events of all records, in order.
pub(crate) fn decode(body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let records: Records<'_> = match serde_json::from_str(body) {
        Ok(records) => records,
        Err(e) => return vec![Err(not_json(&e, body))],
    };
    if let Err(refused) = Turn::check_count(records.records.len(), limits::MAX_EVENTS_PER_REQUEST, body) {
        return vec![Err(refused)];
    }
    records.records.into_iter().flat_map(|record| decode_record(record.get(), turn)).collect()
}

fn decode_record(body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let read: Record<'_> = match serde_json::from_str(body) {
        Ok(read) => read,
        Err(e) => return vec![Err(Rejected { whole: false, ..not_json(&e, body) })],
    };
    let data = from_base64(&read.kinesis.data).and_then(|bytes| String::from_utf8(bytes).ok());
    let Some(data) = data else {
        let reason = "`kinesis.data` is no base64 of a UTF-8 text; put JSON into the stream";
        return vec![Err(Rejected::new(codes::BAD_BASE64, reason, body))];
    };
    // The event's id is `SHARD:SEQUENCE`.
    let shard = read.event_id.split(':').next().unwrap_or_default().to_owned();
    let carrier = Carrier {
        id: read.event_id.clone().into_owned(),
        time: read.kinesis.approximate_arrival_timestamp.and_then(millis),
        record: Some([read.stream.into_owned(), shard, read.kinesis.sequence_number.into_owned()]),
    };
    turn.inside(carrier, &data, |turn| decode_text(None, &data, turn))
}
