//! Stored bytes of a run: numbered CBOR fields inside an envelope with a format number.

use std::cmp::Reverse;
use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use minicbor::{Decode, Encode};

use super::failure::FirstFailure;
use super::slot::{Slot, State, Trouble};
use super::{Cause, Run};
use crate::limits::MAX_MAP_ITEMS;

/// The format this binary writes.
pub const RUN_FORMAT: u32 = 1;
/// The oldest format that a reader of what this binary writes must know.
const MIN_READER: u32 = 1;

/// Bytes that are no run this binary can go on with.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// Not the bytes of a run.
    #[error("these bytes are not a run: {0}")]
    Malformed(#[from] minicbor::decode::Error),
    /// Written by a newer fanin.
    #[error("the run needs a reader of format {needed}, this fanin reads up to {RUN_FORMAT}: upgrade fanin")]
    Newer {
        /// What the bytes ask for.
        needed: u32,
    },
    /// The fields contradict each other.
    #[error("the stored run contradicts itself: {0}")]
    Inconsistent(&'static str),
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Envelope<'b> {
    #[n(0)]
    format: u32,
    #[n(1)]
    min_reader: u32,
    #[cbor(b(2), with = "minicbor::bytes")]
    body: &'b [u8],
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Body {
    #[cbor(n(0), with = "minicbor::bytes")]
    identity: [u8; 16],
    #[n(1)]
    rule: String,
    #[n(2)]
    version: u64,
    #[cbor(n(3), with = "minicbor::bytes")]
    cause: [u8; 16],
    #[n(4)]
    cause_name: String,
    #[n(5)]
    envelope: String,
    #[n(6)]
    captures: Vec<String>,
    #[n(7)]
    hops: u8,
    #[n(8)]
    accepted: i64,
    #[n(9)]
    next: u32,
    #[n(10)]
    doomed: bool,
    #[n(11)]
    over: bool,
    #[n(12)]
    first_failure: Option<FirstWire>,
    #[n(13)]
    slots: Vec<SlotWire>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct FirstWire {
    #[n(0)]
    index: u32,
    #[n(1)]
    error: String,
    #[n(2)]
    cause: String,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct SlotWire {
    #[n(0)]
    state: u8,
    #[n(1)]
    attempt: u32,
    #[n(2)]
    payload_bytes: u32,
    #[n(3)]
    result: Option<String>,
    #[n(4)]
    used: Option<Vec<u32>>,
    #[n(5)]
    error: Option<String>,
    #[n(6)]
    cause: Option<String>,
    #[n(7)]
    due: Option<i64>,
}

impl Run {
    /// The run as bytes. What is parsed is left out; the rule is named, not stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let body = Body {
            identity: self.identity.0,
            rule: self.rule.to_string(),
            version: self.version,
            cause: self.cause.identity.0,
            cause_name: self.cause.name.to_string(),
            envelope: self.cause.envelope.to_string(),
            captures: self.cause.captures.iter().map(ToString::to_string).collect(),
            hops: self.cause.hops,
            accepted: self.cause.accepted.0,
            next: self.next,
            doomed: self.doomed,
            over: self.over,
            first_failure: self.first_failure.as_ref().map(|first| FirstWire {
                index: first.index,
                error: first.error.clone(),
                cause: first.cause.clone(),
            }),
            slots: self.slots.iter().map(slot_to_wire).collect(),
        };
        // Writing to memory has no error; an empty answer would be refused by `decode`.
        let body = minicbor::to_vec(&body).unwrap_or_default();
        let envelope = Envelope { format: RUN_FORMAT, min_reader: MIN_READER, body: &body };
        minicbor::to_vec(&envelope).unwrap_or_default()
    }

    /// Reads a run. [`Run::rule`] then says which compiled rule to give to its steps.
    ///
    /// # Errors
    /// [`DecodeError`]: not a run, of a newer format, or contradicting itself.
    pub fn decode(bytes: &[u8]) -> Result<Run, DecodeError> {
        let envelope: Envelope<'_> = minicbor::decode(bytes)?;
        if envelope.min_reader > RUN_FORMAT {
            return Err(DecodeError::Newer { needed: envelope.min_reader });
        }
        let body: Body = minicbor::decode(envelope.body)?;
        if body.slots.len() > MAX_MAP_ITEMS {
            return Err(DecodeError::Inconsistent("more actions than a run may have"));
        }
        let slots: Result<Vec<Slot>, DecodeError> = body.slots.into_iter().map(slot_from_wire).collect();
        let mut run = Run {
            identity: Identity(body.identity),
            rule: body.rule.into(),
            version: body.version,
            cause: Cause {
                identity: Identity(body.cause),
                name: body.cause_name.into(),
                envelope: body.envelope.into(),
                captures: body.captures.into_iter().map(Arc::from).collect(),
                hops: body.hops,
                accepted: Timestamp(body.accepted),
            },
            slots: slots?,
            next: body.next,
            open: 0,
            open_bytes: 0,
            failed: 0,
            result_bytes: 0,
            first_failure: body.first_failure.map(|first| FirstFailure {
                index: first.index,
                error: first.error,
                cause: first.cause,
            }),
            doomed: body.doomed,
            over: body.over,
            retries: std::collections::BinaryHeap::new(),
            parsed: None,
        };
        run.recount()?;
        Ok(run)
    }

    /// Derives the counters from the slots.
    fn recount(&mut self) -> Result<(), DecodeError> {
        for (slot, index) in self.slots.iter().zip(0_u32..) {
            if (slot.state == State::Waiting) != (index >= self.next) {
                return Err(DecodeError::Inconsistent("an action has started out of turn"));
            }
            match slot.state {
                State::Waiting => continue,
                State::InFlight => {}
                State::Backoff => {
                    let due = slot.trouble.as_ref().map(|trouble| trouble.due);
                    let due = due.ok_or(DecodeError::Inconsistent("a retry without its time"))?;
                    self.retries.push(Reverse((due, index)));
                }
                State::Done => {
                    let bytes = slot.result.as_ref().map_or(0, |result| result.len());
                    self.result_bytes = self.result_bytes.saturating_add(bytes);
                    continue;
                }
                State::Failed => {
                    self.failed = self.failed.saturating_add(1);
                    continue;
                }
            }
            self.open = self.open.saturating_add(1);
            self.open_bytes = self.open_bytes.saturating_add(slot.payload_bytes as usize);
        }
        if self.next as usize > self.slots.len() || self.over != self.slots.is_empty() {
            return Err(DecodeError::Inconsistent("the number of actions does not fit how far the run is"));
        }
        Ok(())
    }
}

fn slot_to_wire(slot: &Slot) -> SlotWire {
    let trouble = slot.trouble.as_deref();
    SlotWire {
        state: match slot.state {
            State::Waiting => 0,
            State::InFlight => 1,
            State::Backoff => 2,
            State::Done => 3,
            State::Failed => 4,
        },
        attempt: slot.attempt,
        payload_bytes: slot.payload_bytes,
        result: slot.result.as_deref().map(str::to_owned),
        used: trouble.map(|trouble| trouble.used.clone()),
        error: trouble.map(|trouble| trouble.error.clone()),
        cause: trouble.map(|trouble| trouble.cause.clone()),
        due: trouble.map(|trouble| trouble.due.0),
    }
}

fn slot_from_wire(wire: SlotWire) -> Result<Slot, DecodeError> {
    let state = match wire.state {
        0 => State::Waiting,
        1 => State::InFlight,
        2 => State::Backoff,
        3 => State::Done,
        4 => State::Failed,
        _ => return Err(DecodeError::Inconsistent("an action in an unknown state")),
    };
    let trouble = wire.used.map(|used| {
        Box::new(Trouble {
            used,
            error: wire.error.unwrap_or_default(),
            cause: wire.cause.unwrap_or_default(),
            due: Timestamp(wire.due.unwrap_or_default()),
        })
    });
    Ok(Slot {
        state,
        attempt: wire.attempt,
        payload_bytes: wire.payload_bytes,
        result: wire.result.map(String::into_boxed_str),
        trouble,
    })
}
