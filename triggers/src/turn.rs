//! One decoding: what the event's carrier knows (an id, a time, a place in a stream) and how an event is finished.

use std::cell::Cell;

use fanin_event::{Identity, Timestamp};

use crate::decode::{Context, Decoded, Rejected};
use crate::text::{self, quote};
use crate::{codes, identity, limits};

/// One event's outcome.
pub(crate) type Answer = Result<Decoded, Rejected>;

/// What carried the payload: a queue's message, a topic's message, a stream's record.
#[derive(Clone, Debug)]
pub(crate) struct Carrier {
    /// The carrier's own id, which its redeliveries keep.
    pub(crate) id: String,
    /// When it was sent.
    pub(crate) time: Option<Timestamp>,
    /// Stream, shard and sequence: they, and not the id, identify what a stream carries.
    pub(crate) record: Option<[String; 3]>,
}

/// Which of how many events of a payload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) index: usize,
    pub(crate) of: usize,
}

impl Place {
    /// The only event of its payload.
    pub(crate) const ONLY: Place = Place { index: 0, of: 1 };
}

/// The state of one decoding.
pub(crate) struct Turn<'c, 'k> {
    context: &'c mut Context<'k>,
    carrier: Option<Carrier>,
    nesting: u8,
    /// The event that is being finished has no time of its own.
    time_missed: Cell<bool>,
}

/// The parts of an event before its text exists.
pub(crate) struct Parts<'a> {
    pub(crate) id: &'a str,
    pub(crate) source: &'a str,
    pub(crate) detail_type: &'a str,
    /// JSON text.
    pub(crate) detail: &'a str,
    pub(crate) generated: bool,
}

impl<'c, 'k> Turn<'c, 'k> {
    pub(crate) fn new(context: &'c mut Context<'k>) -> Turn<'c, 'k> {
        Turn { context, carrier: None, nesting: 0, time_missed: Cell::new(false) }
    }

    /// Decodes what a carrier carries. Carriers inside carriers are bounded; the outer stream's record stays the
    /// identity, the innermost id and time hold.
    pub(crate) fn inside(
        &mut self,
        mut carrier: Carrier,
        payload: &str,
        decode: impl FnOnce(&mut Turn<'_, 'k>) -> Vec<Answer>,
    ) -> Vec<Answer> {
        if self.nesting >= limits::MAX_NESTING {
            let reason = format!(
                "more than {} messages inside each other; send the innermost one itself",
                limits::MAX_NESTING
            );
            return vec![Err(Rejected::new(codes::TOO_DEEP, reason, payload))];
        }
        if let Some(outer) = &self.carrier {
            carrier.time = carrier.time.or(outer.time);
            carrier.record = carrier.record.or_else(|| outer.record.clone());
        }
        let mut turn = Turn {
            context: &mut *self.context,
            carrier: Some(carrier),
            nesting: self.nesting + 1,
            time_missed: Cell::new(false),
        };
        let answers = decode(&mut turn);
        // What one carried message did wrong is no verdict on its neighbours.
        let unwhole = |r: Rejected| Rejected { whole: false, ..r };
        answers.into_iter().map(|answer| answer.map_err(unwhole)).collect()
    }

    /// The id of an event without one, and whether it was made up.
    pub(crate) fn missing_id(&mut self, place: Place) -> (String, bool) {
        match (&self.carrier, self.context.idempotency_key) {
            (Some(carrier), _) if place.of == 1 => (carrier.id.clone(), false),
            (Some(carrier), _) => (format!("{}/{}", carrier.id, place.index), false),
            (None, Some(key)) => (format!("{key}/{}", place.index), false),
            (None, None) => ((self.context.fresh_id)(), true),
        }
    }

    /// The time of an event without one.
    pub(crate) fn missing_time(&self) -> Timestamp {
        self.time_missed.set(true);
        self.carrier.as_ref().and_then(|c| c.time).unwrap_or(self.context.now)
    }

    /// Checks what holds for every event and gives it its identity. `payload` is what a refusal shows.
    pub(crate) fn finish(&self, envelope: String, parts: &Parts<'_>, place: Place) -> Answer {
        let own_time = !self.time_missed.replace(false);
        let refuse = |code, reason: String| Err(Rejected::new(code, reason, &envelope));
        if envelope.len() > limits::MAX_EVENT_BYTES {
            let (is, most) = (envelope.len(), limits::MAX_EVENT_BYTES);
            return refuse(
                codes::TOO_LARGE,
                format!(
                    "the event has {is} bytes; at most {most}. Put the data in a bucket and send its key"
                ),
            );
        }
        if text::depth(&envelope) > limits::MAX_DEPTH {
            return refuse(
                codes::TOO_DEEP,
                format!("nested deeper than {} levels; send it flatter", limits::MAX_DEPTH),
            );
        }
        for (name, value) in [("id", parts.id), ("source", parts.source), ("detail-type", parts.detail_type)]
        {
            if value.is_empty() {
                return refuse(codes::BAD_FIELD, format!("`{name}` is empty; give it a text"));
            }
            if value.len() > limits::MAX_ID_BYTES {
                let reason = format!(
                    "`{name}` has {} bytes; at most {}. Send a shorter one",
                    value.len(),
                    limits::MAX_ID_BYTES
                );
                return refuse(codes::BAD_FIELD, reason);
            }
        }
        let identity = self.identity(parts, place);
        Ok(Decoded { envelope, id: parts.id.to_owned(), identity, generated: parts.generated, own_time })
    }

    fn identity(&self, parts: &Parts<'_>, place: Place) -> Identity {
        if let Some(object) = identity::object_identity(parts.source, parts.detail_type, parts.detail) {
            return object;
        }
        match self.carrier.as_ref().and_then(|c| c.record.as_ref()) {
            Some([stream, shard, sequence]) if place.of == 1 => {
                Identity::of(&["stream", stream, shard, sequence])
            }
            Some([stream, shard, sequence]) => {
                Identity::of(&["stream", stream, shard, sequence, &place.index.to_string()])
            }
            None => identity::envelope_identity(parts.source, parts.id),
        }
    }

    /// Refuses a payload that holds more than one request may.
    pub(crate) fn check_count(count: usize, limit: usize, payload: &str) -> Result<(), Rejected> {
        if count <= limit {
            return Ok(());
        }
        let reason = format!("{count} events in one request; at most {limit}. Send several requests");
        Err(Rejected::whole(codes::TOO_MANY_EVENTS, reason, payload))
    }
}

/// Builds an envelope's text from members that are JSON texts already.
pub(crate) struct Writer(String);

impl Writer {
    /// An envelope with what every event has.
    pub(crate) fn new(parts: &Parts<'_>, time: &str) -> Writer {
        let mut writer = Writer(String::with_capacity(parts.detail.len() + 256));
        writer.member("id", &quote(parts.id));
        writer.member("detail-type", &quote(parts.detail_type));
        writer.member("source", &quote(parts.source));
        writer.member("time", &quote(time));
        writer
    }

    /// Adds a member whose value is JSON text.
    pub(crate) fn member(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&quote(name));
        self.0.push(':');
        self.0.push_str(json);
    }

    /// The finished text, `detail` last.
    pub(crate) fn end(mut self, detail: &str) -> String {
        self.member("detail", detail);
        self.0.push('}');
        self.0
    }
}
