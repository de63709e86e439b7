//! The records of the log: everything that ever moved the engine, in the order in which it did.
//!
//! A frame of the journal is a run of records, each `tag, fields`; integers little-endian, texts with a 32-bit length.
//! Replaying the records gives the same state, the same ids and the same payloads.

use fanin_event::{Identity, Origin, Timestamp};

/// What the semantics of the engine are numbered with; a log written by a newer one is refused.
pub const SEMANTICS: u32 = 2;

/// One record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Record<'a> {
    /// An accepted event.
    Event {
        /// Acceptance time.
        at: Timestamp,
        /// What makes a repetition a repetition; none: the envelope's source and id.
        identity: Option<Identity>,
        /// Where it came in.
        origin: Origin,
        /// The envelope.
        text: &'a str,
    },
    /// Time passed: everything due by then has been woken.
    Tick {
        /// Up to and including.
        at: Timestamp,
    },
    /// A call ended.
    Settled {
        /// When the engine heard of it.
        at: Timestamp,
        /// The run.
        run: Identity,
        /// The action's place in the run.
        index: u32,
        /// Which attempt ended.
        attempt: u32,
        /// How.
        outcome: OutcomeRef<'a>,
    },
    /// A workflow became the current one.
    Activated {
        /// When.
        at: Timestamp,
        /// The plan's wire form.
        plan: &'a str,
    },
    /// An input that could not become an event.
    Refused {
        /// When.
        at: Timestamp,
        /// Where it came in.
        origin: Origin,
        /// Stable code.
        code: &'a str,
        /// What is wrong and what to do.
        reason: &'a str,
        /// What was refused.
        payload: &'a str,
    },
    /// A dead letter is tried again.
    Redriven {
        /// When.
        at: Timestamp,
        /// Its number.
        letter: u64,
    },
    /// A person intervened at one instance.
    Operated {
        /// When.
        at: Timestamp,
        /// The condition's name.
        condition: &'a str,
        /// The correlation key, canonical text.
        key: &'a str,
        /// What was done.
        command: CommandRef<'a>,
        /// Who.
        by: &'a str,
        /// Why.
        why: &'a str,
    },
}

/// What a person did to an instance, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommandRef<'a> {
    /// It was forgotten.
    Drop,
    /// Its open round was ended.
    Expire,
    /// A member was taken as given.
    Waive {
        /// The member's name.
        member: &'a str,
        /// Values of captures that were given: an object of texts, JSON.
        values: &'a str,
    },
}

/// How a call ended, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeRef<'a> {
    /// With this result, JSON text.
    Done(&'a str),
    /// With this error name and cause.
    Failed(&'a str, &'a str),
}

/// A record that cannot be read: the log is from another program or damaged in a way its checksums do not show.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {number} of the frame cannot be read: {what}")]
pub struct RecordError {
    /// Counting from 0.
    pub number: usize,
    /// What is wrong.
    pub what: &'static str,
}

mod tag {
    pub(super) const EVENT: u8 = 1;
    pub(super) const TICK: u8 = 2;
    pub(super) const DONE: u8 = 3;
    pub(super) const FAILED: u8 = 4;
    pub(super) const ACTIVATED: u8 = 5;
    pub(super) const REFUSED: u8 = 6;
    pub(super) const REDRIVEN: u8 = 7;
    pub(super) const EVENT_IDENTIFIED: u8 = 8;
    pub(super) const OPERATED: u8 = 9;
    /// Kinds of operations.
    pub(super) const DROP: u8 = 1;
    pub(super) const EXPIRE: u8 = 2;
    pub(super) const WAIVE: u8 = 3;
}

impl Record<'_> {
    /// Appends the encoded record to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Record::Event { at, identity, origin, text } => {
                out.reserve(text.len() + 30);
                head(out, if identity.is_some() { tag::EVENT_IDENTIFIED } else { tag::EVENT }, at);
                if let Some(identity) = identity {
                    out.extend_from_slice(&identity.0);
                }
                out.push(origin as u8);
                put_text(out, text);
            }
            Record::Tick { at } => head(out, tag::TICK, at),
            Record::Settled { at, run, index, attempt, outcome } => {
                let which = if matches!(outcome, OutcomeRef::Done(_)) { tag::DONE } else { tag::FAILED };
                head(out, which, at);
                out.extend_from_slice(&run.0);
                out.extend_from_slice(&index.to_le_bytes());
                out.extend_from_slice(&attempt.to_le_bytes());
                match outcome {
                    OutcomeRef::Done(result) => put_text(out, result),
                    OutcomeRef::Failed(error, cause) => {
                        put_text(out, error);
                        put_text(out, cause);
                    }
                }
            }
            Record::Activated { at, plan } => {
                head(out, tag::ACTIVATED, at);
                put_text(out, plan);
            }
            Record::Refused { at, origin, code, reason, payload } => {
                head(out, tag::REFUSED, at);
                out.push(origin as u8);
                put_text(out, code);
                put_text(out, reason);
                put_text(out, payload);
            }
            Record::Redriven { at, letter } => {
                head(out, tag::REDRIVEN, at);
                out.extend_from_slice(&letter.to_le_bytes());
            }
            Record::Operated { at, condition, key, command, by, why } => {
                head(out, tag::OPERATED, at);
                put_command(out, &command);
                [condition, key, by, why].iter().for_each(|text| put_text(out, text));
            }
        }
    }

    /// The moment of the record.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match *self {
            Record::Event { at, .. }
            | Record::Tick { at }
            | Record::Settled { at, .. }
            | Record::Activated { at, .. }
            | Record::Refused { at, .. }
            | Record::Redriven { at, .. }
            | Record::Operated { at, .. } => at,
        }
    }
}

fn head(out: &mut Vec<u8>, tag: u8, at: Timestamp) {
    out.push(tag);
    out.extend_from_slice(&at.0.to_le_bytes());
}

fn put_command(out: &mut Vec<u8>, command: &CommandRef<'_>) {
    match *command {
        CommandRef::Drop => out.push(tag::DROP),
        CommandRef::Expire => out.push(tag::EXPIRE),
        CommandRef::Waive { member, values } => {
            out.push(tag::WAIVE);
            put_text(out, member);
            put_text(out, values);
        }
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Reads the records of one frame in order.
#[derive(Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
    number: usize,
    broken: bool,
}

impl<'a> Records<'a> {
    /// The records of `frame`.
    #[must_use]
    pub fn of(frame: &'a [u8]) -> Records<'a> {
        Records { rest: frame, number: 0, broken: false }
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = u32::from_le_bytes(self.take()?) as usize;
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }

    fn origin(&mut self) -> Option<Origin> {
        let [n] = self.take()?;
        Origin::from_number(n)
    }

    fn read(&mut self) -> Result<Record<'a>, &'static str> {
        const SHORT: &str = "it ends early";
        let [tag] = self.take().ok_or(SHORT)?;
        let at = Timestamp(i64::from_le_bytes(self.take().ok_or(SHORT)?));
        self.body(tag, at).ok_or(SHORT)?.ok_or("its kind is unknown to this fanin")
    }

    fn body(&mut self, tag: u8, at: Timestamp) -> Option<Option<Record<'a>>> {
        Some(Some(match tag {
            tag::EVENT | tag::EVENT_IDENTIFIED => {
                let identity = if tag == tag::EVENT_IDENTIFIED { Some(Identity(self.take()?)) } else { None };
                let origin = self.origin()?;
                Record::Event { at, identity, origin, text: self.text()? }
            }
            tag::TICK => Record::Tick { at },
            tag::DONE | tag::FAILED => {
                let run = Identity(self.take()?);
                let index = u32::from_le_bytes(self.take()?);
                let attempt = u32::from_le_bytes(self.take()?);
                let first = self.text()?;
                let outcome = if tag == tag::DONE {
                    OutcomeRef::Done(first)
                } else {
                    OutcomeRef::Failed(first, self.text()?)
                };
                Record::Settled { at, run, index, attempt, outcome }
            }
            tag::ACTIVATED => Record::Activated { at, plan: self.text()? },
            tag::REFUSED => {
                let origin = self.origin()?;
                let (code, reason) = (self.text()?, self.text()?);
                Record::Refused { at, origin, code, reason, payload: self.text()? }
            }
            tag::REDRIVEN => Record::Redriven { at, letter: u64::from_le_bytes(self.take()?) },
            tag::OPERATED => {
                let Some(command) = self.command()? else { return Some(None) };
                let (condition, key) = (self.text()?, self.text()?);
                let (by, why) = (self.text()?, self.text()?);
                Record::Operated { at, condition, key, command, by, why }
            }
            _ => return Some(None),
        }))
    }

    fn command(&mut self) -> Option<Option<CommandRef<'a>>> {
        let [kind] = self.take()?;
        Some(match kind {
            tag::DROP => Some(CommandRef::Drop),
            tag::EXPIRE => Some(CommandRef::Expire),
            tag::WAIVE => Some(CommandRef::Waive { member: self.text()?, values: self.text()? }),
            _ => None,
        })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.broken {
            return None;
        }
        let number = self.number;
        self.number += 1;
        Some(self.read().map_err(|what| {
            self.broken = true;
            RecordError { number, what }
        }))
    }
}

#[cfg(test)]
#[path = "record/tests.rs"]
mod tests;
