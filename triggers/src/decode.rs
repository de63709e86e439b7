//! The switch: a raw payload, its form named or recognized, to one answer per event.

use fanin_event::{Identity, Timestamp};

use crate::turn::{Answer, Turn};
use crate::{
    cloud_event, cloud_event_binary, codes, detect, envelope, kinesis, limits, put_events, s3_notification,
    sns, sqs, text,
};

/// One event, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text of an EventBridge envelope: `id`, `source`, `detail-type`, `time` and `detail` are always there.
    pub envelope: String,
    /// The envelope's `id`.
    pub id: String,
    /// What makes another delivery the same event.
    pub identity: Identity,
    /// No id came with the event and one was made up: a repeat of it will count again.
    pub generated: bool,
    /// The event came with its `time`; else it is the moment of arrival, and another delivery has another one.
    pub own_time: bool,
}

/// One event, or a whole payload, refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// One of [`codes`].
    pub code: &'static str,
    /// What is wrong, and what to write instead.
    pub reason: String,
    /// What was refused, cut at [`limits::MAX_REJECTED_PAYLOAD_BYTES`].
    pub payload: String,
    /// The payload as a whole was refused: none of its events was read.
    pub whole: bool,
}

/// The forms in which events come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// An EventBridge envelope, or a JSON array of them (or of CloudEvents).
    Envelope,
    /// The request of EventBridge's `PutEvents`.
    PutEvents,
    /// CloudEvents 1.0, structured: one event.
    CloudEvent,
    /// CloudEvents 1.0, a JSON batch.
    CloudEventBatch,
    /// CloudEvents 1.0, binary: attributes in `ce-` headers, data in the body.
    CloudEventBinary,
    /// A storage notification: `Records`, or the `s3:TestEvent` of a new configuration, which holds no event.
    S3Notification,
    /// Messages of a queue, as a function gets them; each body holds any of the other forms.
    Sqs,
    /// A message of a topic, in a queue's message or as a function gets it.
    Sns,
    /// Records of a stream, as a function gets them.
    Kinesis,
}

/// A payload as it came.
#[derive(Clone, Copy, Debug)]
pub struct Raw<'a> {
    /// The form it is known to have; nothing to have it recognized from the body.
    pub format: Option<Format>,
    /// Names and values of headers, for the forms that use them.
    pub headers: &'a [(String, String)],
    /// The payload.
    pub body: &'a [u8],
}

impl<'a> Raw<'a> {
    /// A body whose form is to be recognized.
    #[must_use]
    pub fn detect(body: &'a [u8]) -> Raw<'a> {
        Raw { format: None, headers: &[], body }
    }

    /// A body of a known form.
    #[must_use]
    pub fn of(format: Format, body: &'a [u8]) -> Raw<'a> {
        Raw { format: Some(format), headers: &[], body }
    }
}

/// What a decoder must be told, for it has no clock and no dice.
pub struct Context<'a> {
    /// The moment of arrival: the `time` of an event that names none.
    pub now: Timestamp,
    /// The sender's key for the whole request: `KEY/0`, `KEY/1` ... become the ids of events without one.
    pub idempotency_key: Option<&'a str>,
    /// Makes up an id; asked only where neither the event, its carrier nor the request has one.
    pub fresh_id: &'a mut dyn FnMut() -> String,
}

impl<'a> Context<'a> {
    /// A context without idempotency key.
    pub fn new(now: Timestamp, fresh_id: &'a mut dyn FnMut() -> String) -> Context<'a> {
        Context { now, idempotency_key: None, fresh_id }
    }
}

/// Decodes a payload: one answer per event, in order. A payload refused as a whole has one answer, with
/// [`Rejected::whole`]; a payload that rightly holds no event has none.
pub fn decode(raw: &Raw<'_>, context: &mut Context<'_>) -> Vec<Result<Decoded, Rejected>> {
    let lossy = || String::from_utf8_lossy(raw.body);
    if raw.body.len() > limits::MAX_REQUEST_BYTES {
        let reason = format!(
            "the body has {} bytes; at most {}. Send several requests",
            raw.body.len(),
            limits::MAX_REQUEST_BYTES
        );
        return vec![Err(Rejected::whole(codes::TOO_LARGE, reason, &lossy()))];
    }
    let mut turn = Turn::new(context);
    if raw.format == Some(Format::CloudEventBinary) {
        return vec![cloud_event_binary::decode(raw.headers, raw.body, &mut turn)];
    }
    let Ok(body) = std::str::from_utf8(raw.body) else {
        let reason = not_utf8(raw.body);
        return vec![Err(Rejected::whole(codes::NOT_JSON, reason, &lossy()))];
    };
    decode_text(raw.format, body, &mut turn)
}

/// Where a body stops being UTF-8, and what to send.
fn not_utf8(body: &[u8]) -> String {
    if body.starts_with(&[0xff, 0xfe]) || body.starts_with(&[0xfe, 0xff]) {
        return "the body is UTF-16; send JSON as UTF-8 text".to_owned();
    }
    let at = std::str::from_utf8(body).map_or_else(|error| error.valid_up_to(), str::len);
    format!("the body is not UTF-8 text from its byte {at} on; send JSON as UTF-8 text")
}

/// Decodes a text of a known or unknown form; decoders of carriers come back here with what they carried.
pub(crate) fn decode_text(format: Option<Format>, body: &str, turn: &mut Turn<'_, '_>) -> Vec<Answer> {
    let body = body.trim();
    let format = match format.map_or_else(|| detect::detect(body), Ok) {
        Ok(format) => format,
        Err(rejected) => return vec![Err(*rejected)],
    };
    match format {
        Format::Envelope | Format::CloudEventBatch => envelope::decode(body, turn),
        Format::PutEvents => put_events::decode(body, turn),
        Format::CloudEvent => vec![cloud_event::decode(body, turn, crate::turn::Place::ONLY)],
        Format::S3Notification => s3_notification::decode(body, turn),
        Format::Sqs => sqs::decode(body, turn),
        Format::Sns => sns::decode(body, turn),
        Format::Kinesis => kinesis::decode(body, turn),
        Format::CloudEventBinary => {
            let reason =
                "a binary CloudEvent has its attributes in `ce-` headers, which a text inside another \
                          message does not have; send the structured form"
                    .to_owned();
            vec![Err(Rejected::whole(codes::UNKNOWN_FORM, reason, body))]
        }
    }
}

impl Rejected {
    /// A refusal of one event.
    pub(crate) fn new(code: &'static str, reason: impl Into<String>, payload: &str) -> Rejected {
        let payload = text::bounded(payload, limits::MAX_REJECTED_PAYLOAD_BYTES).to_owned();
        Rejected { code, reason: reason.into(), payload, whole: false }
    }

    /// A refusal of all that came.
    pub(crate) fn whole(code: &'static str, reason: impl Into<String>, payload: &str) -> Rejected {
        Rejected { whole: true, ..Rejected::new(code, reason, payload) }
    }
}
