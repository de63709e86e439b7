//! An instance in its cell: the bytes of the head, and what is noted there beside the state.

use fanin_condition::limits::PAGE_SAMPLES;
use fanin_condition::pages::{Paging, samples};
use fanin_condition::{Chunking, Condition, Instance, Parts, Verdict};
use fanin_event::Timestamp;
use fanin_store::state::{Cell, Chunks, StateError};
use minicbor::{Decoder, Encoder};

use crate::limits::KEPT_AFTER;

/// The format of heads this binary writes.
const HEAD_FORMAT: u32 = 2;

/// The wake-up that is on its way to a cell. As long as `at` is not `NEVER`, one is: whoever armed it acknowledged his
/// messages only after it was sent, and a repetition of these sends it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Armed {
    /// For when; `NEVER`: none is needed.
    pub(crate) at: Timestamp,
    /// The event that armed it, shortened; 0: no event did.
    pub(crate) by: u64,
    /// The wake-up that armed it, by its moment.
    pub(crate) woke: Timestamp,
}

impl Armed {
    /// No wake-up is needed.
    pub(crate) const NONE: Armed = Armed { at: Timestamp::NEVER, by: 0, woke: Timestamp(i64::MIN) };
}

/// An instance and its notes: what a cell of kind `Instance` holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) instance: Instance,
    pub(crate) armed: Armed,
    /// What the chunks of the cell hold of the instance.
    parts: Parts,
    /// The pages of a hot key: in which life of the instance they were begun, and what they have told.
    pages: Option<(u64, Paging)>,
    /// Own times of some events, until pages begin; see [`fanin_condition::pages::samples`].
    own: Vec<i64>,
}

impl Held {
    /// Of a condition that has seen nothing.
    pub(crate) fn new(condition: &Condition) -> Held {
        Held {
            instance: Instance::new(condition),
            armed: Armed::NONE,
            parts: Parts::default(),
            pages: None,
            own: Vec::new(),
        }
    }

    /// Reads a cell.
    pub(crate) fn read(cell: &Cell) -> Result<Held, StateError> {
        let unreadable = |what: String| StateError::Unreadable(format!("an instance cannot be read: {what}"));
        let mut decoder = Decoder::new(&cell.head);
        let mut parts = || {
            let items = decoder.array()?;
            let format = decoder.u32()?;
            let armed =
                Armed { at: Timestamp(decoder.i64()?), by: decoder.u64()?, woke: Timestamp(decoder.i64()?) };
            let bytes = decoder.bytes()?;
            let pages = if items > Some(5) { decoder.decode()? } else { None };
            let own = if items > Some(6) { decoder.decode()? } else { Vec::new() };
            Ok::<_, minicbor::decode::Error>((format, armed, bytes, (pages, own)))
        };
        let (format, armed, bytes, (pages, own)) = parts().map_err(|error| unreadable(error.to_string()))?;
        if format > HEAD_FORMAT {
            return Err(unreadable(format!(
                "it has format {format}, this fanin reads up to {HEAD_FORMAT}: deploy the newer one everywhere"
            )));
        }
        let (instance, parts) =
            Instance::from_parts(bytes, &cell.chunks).map_err(|error| unreadable(error.to_string()))?;
        Ok(Held { instance, armed, parts, pages, own })
    }

    /// The head to write, and what happens to the chunks.
    pub(crate) fn write(&self) -> Result<(Vec<u8>, Chunks), StateError> {
        let unwritable =
            |what: String| StateError::Unreadable(format!("an instance cannot be written: {what}"));
        let split = self.instance.split(&self.parts).map_err(|error| unwritable(error.to_string()))?;
        let mut head = Vec::with_capacity(split.head.len() + 32);
        Encoder::new(&mut head)
            .array(7)
            .and_then(|e| e.u32(HEAD_FORMAT))
            .and_then(|e| e.i64(self.armed.at.0))
            .and_then(|e| e.u64(self.armed.by))
            .and_then(|e| e.i64(self.armed.woke.0))
            .and_then(|e| e.bytes(&split.head))
            .and_then(|e| e.encode(&self.pages))
            .and_then(|e| e.encode(&self.own))
            .map_err(|error| unwritable(error.to_string()))?;
        // Whoever begins anew in a cell that has chunks knows none of them.
        let chunks = match split.chunks {
            Chunking::Keep if self.parts.is_empty() => Chunks::Replace(Vec::new()),
            Chunking::Append(chunk) if self.parts.is_empty() => Chunks::Replace(vec![chunk]),
            Chunking::Keep => Chunks::Keep,
            Chunking::Append(chunk) => Chunks::Append(chunk),
            Chunking::Replace(chunks) => Chunks::Replace(chunks),
        };
        Ok((head, chunks))
    }

    /// The pages of this life of the instance, if its key is hot.
    pub(crate) fn pages(&self) -> Option<&Paging> {
        let generation = self.instance.generation();
        self.pages.as_ref().filter(|(of, _)| *of == generation).map(|(_, paging)| paging)
    }

    /// The same, to take a report.
    pub(crate) fn pages_mut(&mut self) -> Option<(&mut Instance, &mut Paging)> {
        let generation = self.instance.generation();
        let pages = self.pages.as_mut().filter(|(of, _)| *of == generation);
        pages.map(|(_, paging)| (&mut self.instance, paging))
    }

    /// Notes the own time of the event that was just counted, if it is wanted.
    pub(crate) fn sample(&mut self, condition: &Condition, own: Option<Timestamp>) {
        if let Some(own) = own
            && self.own.len() < PAGE_SAMPLES
            && self.pages().is_none()
            && samples(condition, &self.instance)
        {
            self.own.push(own.0);
        }
    }

    /// Begins pages if the key has become hot.
    pub(crate) fn page(&mut self, condition: &Condition) {
        if fanin_condition::pages::applies(condition) && self.pages().is_none() {
            let generation = self.instance.generation();
            let own: Vec<Timestamp> = self.own.iter().copied().map(Timestamp).collect();
            self.pages = Paging::begin(condition, &self.instance, &own).map(|paging| (generation, paging));
            if self.pages.is_some() || !self.instance.is_open() {
                self.own.clear();
            }
        }
    }

    /// When the store may drop the cell as garbage: long after the instance must be over, so that its absence says what
    /// its presence would.
    pub(crate) fn expires(&self, condition: &Condition) -> Option<i64> {
        let due = self.instance.next_due();
        if due == Timestamp::NEVER {
            return None;
        }
        Some(due.plus(condition.retain).plus(KEPT_AFTER).0)
    }
}

/// Whether an event that was passed over has to be remembered all the same. Where a round follows, its repetition would
/// count there; where the order of events decides, it may have moved a moment.
pub(crate) fn remembers(condition: &Condition, verdict: Verdict) -> bool {
    use fanin_condition::{Fire, Kind};
    match verdict {
        Verdict::Waiting | Verdict::Fired => true,
        Verdict::Ignored => match condition.kind {
            Kind::Absent { .. } => condition.members.len() > 1,
            Kind::Sequence => true,
            _ => condition.fire == Fire::Every,
        },
        Verdict::Duplicate | Verdict::Late | Verdict::Expired | Verdict::Rejected | Verdict::Forgotten => {
            false
        }
    }
}
