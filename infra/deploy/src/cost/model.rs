//! What a condition asks of the table: its commits, one after the other, with the sizes the store's layout gives.

use fanin_condition::{Collect, Condition, Kind, Reach};
use fanin_store::state::Read;
use fanin_store::state::units::{read_halves, write_units};
use serde::Serialize;

use super::constants::{
    CAPTURED_BYTES, CHUNK_BYTES, CHUNK_NAME_BYTES, DELAY_MS, DISTINCT_BYTES, FIRING_BYTES, HEAD_BYTES,
    INLINE_BYTES, OUTBOX_BYTES, PACKED_FIRST, PACKED_FROM, PACKED_NEXT, REPORT_BYTES, SEAL_BYTES, SEEN_BYTES,
    SLOT_BYTES, TIMER_REQUEST_BYTES, UNPAGED,
};
use super::{Workload, pages};

/// How a condition's state is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// One cell, changed by one conditional write.
    Cell,
    /// A hot key: pages that report to a root.
    Pages,
}

/// What one life of an instance asks of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Asked {
    pub(super) commits: f64,
    pub(super) writes: f64,
    pub(super) halves: f64,
    /// Messages between functions: wake-ups, reports.
    pub(super) messages: f64,
    /// Of these writes, those for its deadline.
    pub(super) deadline_writes: f64,
}

/// Members of one life, when nobody says a number.
pub(super) fn members(condition: &Condition) -> u64 {
    let named = condition.members.len() as u64;
    match &condition.kind {
        Kind::All | Kind::Sequence => named,
        Kind::Any => 1,
        Kind::AtLeast { n } => u64::from(*n),
        Kind::Count { reach: Reach::Number(n), .. } => *n,
        Kind::Count { .. } => 100,
        Kind::Absent { .. } => named,
    }
}

/// Whether the state of `members` events of one key is kept in pages.
pub(super) fn protocol(condition: &Condition, members: u64) -> Protocol {
    let paged = fanin_condition::pages::applies(condition) && members > UNPAGED;
    if paged { Protocol::Pages } else { Protocol::Cell }
}

/// What one life of an instance with `members` events costs.
pub(super) fn life(condition: &Condition, members: u64, workload: &Workload) -> Asked {
    let mut asked = match protocol(condition, members) {
        Protocol::Cell => cell(condition, members, workload),
        Protocol::Pages => pages::life(condition, members, workload),
    };
    deadline(condition, &mut asked);
    asked
}

/// Bytes that grow with each event: ids, values and places, and what is kept of it.
fn growth(condition: &Condition, workload: &Workload) -> (usize, usize) {
    let named = !matches!(condition.kind, Kind::Count { .. });
    let distinct = condition.members.iter().any(|m| m.distinct.is_some());
    let ids = SEEN_BYTES + if distinct { DISTINCT_BYTES } else { 0 } + if named { SLOT_BYTES } else { 0 };
    (ids, kept(condition, workload))
}

/// Bytes that are kept of an event.
fn kept(condition: &Condition, workload: &Workload) -> usize {
    match condition.collect {
        Collect::Event => workload.event_bytes + CAPTURED_BYTES,
        Collect::Captures => CAPTURED_BYTES,
        Collect::None => 0,
    }
}

/// Bytes of so many similar texts of so many bytes each, deflated.
fn packed(count: usize, each: usize) -> usize {
    let next = count.saturating_sub(1).saturating_mul(each).saturating_mul(PACKED_NEXT) / 100;
    if count == 0 { 0 } else { each * PACKED_FIRST / 100 + next }
}

pub(super) fn float(n: u64) -> f64 {
    // Figures for people: exact up to 2^53.
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let float = n as f64;
    float
}

/// A cell while it is played.
#[derive(Default)]
struct Cell {
    /// Events in the head, and what each of them takes as it is and of what can be deflated.
    events: usize,
    ids: usize,
    kept: usize,
    sealed: usize,
    chunks: usize,
    head: usize,
}

impl Cell {
    /// Halves of read units to load it.
    fn load(&self) -> u64 {
        let chunks = if self.chunks == 0 { 0 } else { read_halves(self.sealed, Read::Stale) };
        read_halves(self.head, Read::Stale) + chunks
    }

    fn of((ids, kept): (usize, usize)) -> Cell {
        Cell { ids, kept, ..Cell::default() }
    }

    fn tail(&self) -> usize {
        self.events.saturating_mul(self.ids).saturating_add(packed(self.events, self.kept))
    }

    /// Write units to commit so many more events with an outbox.
    fn commit(&mut self, more: u64, outbox: usize) -> u64 {
        self.events = self.events.saturating_add(usize::try_from(more).unwrap_or(usize::MAX));
        let mut units = 0;
        if self.tail() > SEAL_BYTES {
            units += write_units(self.tail() + CHUNK_BYTES);
            self.sealed += self.tail() + CHUNK_BYTES;
            self.chunks += 1;
            self.events = 0;
        }
        let before = self.head;
        // A large outbox is put aside.
        let outbox = if outbox > OUTBOX_BYTES { REPORT_BYTES } else { outbox };
        self.head = HEAD_BYTES + self.tail() + self.chunks * CHUNK_NAME_BYTES + outbox;
        units + write_units(self.head.max(before))
    }
}

fn cell(condition: &Condition, members: u64, workload: &Workload) -> Asked {
    let batch = workload.batch.clamp(1, members.max(1));
    let (mut cell, mut asked, mut done) = (Cell::of(growth(condition, workload)), Asked::default(), 0);
    while done < members {
        let now = batch.min(members - done);
        let first = done == 0;
        done += now;
        let timer = if first && condition.within.is_some() { TIMER_REQUEST_BYTES } else { 0 };
        let fired = if done == members { firing(condition, members, workload) } else { 0 };
        if done == members {
            // What was kept leaves with the firing.
            cell.kept = 0;
        }
        asked.halves += float(cell.load());
        asked.writes += float(cell.commit(now, timer + fired));
        asked.commits += 1.0;
    }
    asked
}

/// Bytes of a firing in the outbox.
fn firing(condition: &Condition, members: u64, workload: &Workload) -> usize {
    let each = kept(condition, workload);
    let members = usize::try_from(members).unwrap_or(usize::MAX);
    let all = members.saturating_mul(each);
    if all > INLINE_BYTES {
        return FIRING_BYTES;
    }
    if FIRING_BYTES + all < PACKED_FROM {
        return FIRING_BYTES + all;
    }
    packed(1, FIRING_BYTES) + packed(members, each)
}

/// A deadline beyond what a queue delays is a row, which the table removes for nothing when its time to live is over. The
/// sweeper reads rows by the page.
fn deadline(condition: &Condition, asked: &mut Asked) {
    let hold = match &condition.kind {
        Kind::Absent { hold } => Some(hold.0),
        _ => condition.within.map(|span| span.0),
    };
    let Some(span) = hold else { return };
    if span > DELAY_MS {
        asked.deadline_writes = 1.0;
        asked.writes += 1.0;
        asked.halves += 1.0;
    }
    asked.messages += 1.0;
    asked.halves += 2.0;
}
