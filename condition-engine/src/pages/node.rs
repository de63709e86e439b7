//! A page, or a group of pages: what stands in its cell.

use std::collections::BTreeMap;

use fanin_event::Span;
use minicbor::decode::Decoder;
use minicbor::{Decode, Encode, Encoder};

use super::report::{self, Report, Totals};
use crate::apply::apply;
use crate::codec::CodecError;
use crate::codec::split::{Parts, Split};
use crate::condition::{Condition, Kind, Reach};
use crate::input::{Effect, Input, MemberEvent, Verdict};
use crate::instance::Instance;
use crate::limits::{MAX_PAGE_IDS, MAX_REACH};
use crate::print::Print;
use crate::progress::Progress;

/// The format of a page's head this binary writes.
const FORMAT: u32 = 1;
/// The oldest reader that may read, and write again, what this binary writes.
const MIN_READER: u32 = 1;

/// A page or a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// What it has taken itself: an instance of its own that never fires.
    instance: Instance,
    parts: Parts,
    notes: Notes,
}

#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
struct Notes {
    #[n(0)]
    frozen: bool,
    /// Reports made so far.
    #[n(1)]
    version: u64,
    #[n(2)]
    children: BTreeMap<String, Report>,
}

impl Node {
    /// A page that has taken nothing.
    #[must_use]
    pub fn new(condition: &Condition) -> Node {
        Node { instance: Instance::new(condition), parts: Parts::default(), notes: Notes::default() }
    }

    /// It takes nothing more: what it does not know belongs to a child.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.notes.frozen
    }

    /// Does it know this event, or with `distinct` its value?
    #[must_use]
    pub fn knows(&self, condition: &Condition, key: &str, event: &MemberEvent<'_>) -> bool {
        super::knows(condition, key, &self.instance, event)
    }

    /// Takes an event of the counted member. At its limit the page freezes, unless it is as deep as pages go (`last`).
    pub fn take(
        &mut self,
        (condition, key): (&Condition, &str),
        event: &MemberEvent<'_>,
        last: bool,
        effects: &mut Vec<Effect>,
    ) -> Verdict {
        let counting = counting(condition);
        let verdict = apply(&counting, key, &mut self.instance, &Input::Event(*event), effects);
        self.notes.frozen = !last && self.instance.seen.ids.len() >= MAX_PAGE_IDS;
        verdict
    }

    /// A report of a child. False: it says nothing new.
    pub fn hear(&mut self, from: &str, report: Report) -> bool {
        report::hear(&mut self.notes.children, from, report)
    }

    /// What to tell the parent after a change.
    pub fn report(&mut self) -> Report {
        self.notes.version = self.notes.version.saturating_add(1);
        let mut totals = report::sum(self.notes.children.values());
        if !self.instance.is_new() {
            let own = &self.instance;
            let own = Totals {
                counted: own.counted,
                first_at: own.first_at,
                last_at: own.last_at,
                touched_at: own.touched_at,
                hops: own.hops,
            };
            totals = report::add(totals, own);
        }
        Report { version: self.notes.version, totals }
    }

    /// Reads a cell.
    ///
    /// # Errors
    /// [`CodecError`]: a newer format, or not the bytes of a page.
    pub fn from_parts(head: &[u8], chunks: &[Vec<u8>]) -> Result<Node, CodecError> {
        let mut decoder = Decoder::new(head);
        decoder.array()?;
        let (format, min_reader) = (decoder.u32()?, decoder.u32()?);
        if min_reader > FORMAT {
            return Err(CodecError::Newer { format, min_reader });
        }
        let notes: Notes = decoder.decode()?;
        let (instance, parts) = Instance::from_parts(decoder.bytes()?, chunks)?;
        Ok(Node { instance, parts, notes })
    }

    /// What to write.
    ///
    /// # Errors
    /// [`CodecError::Unwritable`]; writing to memory does not fail, so this is for completeness.
    pub fn split(&self) -> Result<Split, CodecError> {
        let mut split = self.instance.split(&self.parts)?;
        let mut head = Vec::with_capacity(split.head.len().saturating_add(64));
        Encoder::new(&mut head)
            .array(4)
            .and_then(|e| e.u32(FORMAT))
            .and_then(|e| e.u32(MIN_READER))
            .and_then(|e| e.encode(&self.notes))
            .and_then(|e| e.bytes(&split.head))
            .map_err(|error| CodecError::Unwritable(error.to_string()))?;
        split.head = head;
        Ok(split)
    }
}

/// The condition as a page counts by it: without an end.
fn counting(condition: &Condition) -> Condition {
    let mut counting = condition.clone();
    counting.kind = Kind::Count { reach: Reach::Number(MAX_REACH), window: None };
    counting.within = Some(Span(u64::MAX));
    counting
}

/// Is this one of the values an instance has counted?
pub(super) fn has_value(instance: &Instance, value: Print) -> bool {
    match &instance.progress {
        Progress::Count(Some(values)) => values.0.get(value, instance.seed()).is_some(),
        _ => false,
    }
}
