//! The chronicle: what happened, one entry after the other, searched or followed.
//!
//! Some of it stands in the log (events, activations), and reading is enough. The rest (firings, calls, dead letters) follows
//! from it: then an engine derives it again on the way. The newest entries are asked for most, so a search begins with the
//! stretch of log after the newest snapshot and goes back, stretch by stretch, until it has enough.

mod entry;
mod follow;
mod query;
mod scribe;

use std::collections::VecDeque;
use std::ops::ControlFlow;

use fanin_store::Seq;
use serde::{Deserialize, Serialize};

pub use entry::{Entry, EntryKind};
pub use follow::Follower;
pub use query::{Filter, Query};

use crate::error::HistoryError;
use crate::history::{History, KnownFrom, Past};
use crate::limits::{MAX_ENTRIES_BYTES, MAX_LINKS};
use scribe::Scribe;

/// The answer to a query.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entries {
    /// What was asked for, the oldest first.
    pub entries: Vec<Entry>,
    /// There may be older ones: the limit was reached.
    pub more: bool,
    /// From where on everything is known.
    pub known_from: KnownFrom,
    /// The frame up to which was looked: asking after it goes on from here.
    pub last: u64,
}

/// The newest entries so far, within a number and a size.
#[derive(Debug)]
struct Newest {
    entries: VecDeque<Entry>,
    bytes: usize,
    most: usize,
    /// Older ones had to go.
    dropped: bool,
}

impl Newest {
    fn new(most: usize) -> Newest {
        Newest { entries: VecDeque::new(), bytes: 0, most, dropped: false }
    }

    fn push(&mut self, entry: Entry) {
        self.bytes += size(&entry);
        self.entries.push_back(entry);
        while self.entries.len() > self.most || (self.bytes > MAX_ENTRIES_BYTES && self.entries.len() > 1) {
            let oldest = self.entries.pop_front();
            self.bytes -= oldest.as_ref().map_or(0, size);
            self.dropped = true;
        }
    }
}

fn size(entry: &Entry) -> usize {
    entry.body.as_ref().map_or(0, |body| body.get().len()) + entry.note.len() + entry.name.len()
}

/// The newest entries that a query takes.
///
/// # Errors
/// When the past cannot be read, or the pattern of the query is none.
pub fn search(history: &History, query: &Query) -> Result<Entries, HistoryError> {
    let mut filter = query.filter()?;
    let mut bases = history.inspection().bases();
    if let Some(since) = query.window.since {
        let begin = history.since(since)?.at;
        bases.retain(|base| *base >= begin);
    }
    if bases.is_empty() {
        bases.push(history.earliest()?.at);
    }
    let (mut parts, mut end, mut left) = (VecDeque::new(), history.last(), query.limit());
    let mut more = false;
    for (place, base) in bases.iter().enumerate().rev() {
        // Nothing was written since: there is nothing to load it for.
        if *base >= end && place > 0 {
            continue;
        }
        let past = if query.is_recorded() { history.glance_at(*base, None) } else { history.base(*base) };
        let past = match past {
            Ok(past) => past,
            // A damaged base is passed over: the stretch begins at the one before.
            Err(error) if place == 0 => return Err(error),
            Err(_) => continue,
        };
        let found = stretch(history, past, end, (query, &mut filter, left))?;
        left = left.saturating_sub(found.entries.len());
        more |= found.dropped;
        parts.push_front(found.entries);
        end = *base;
        if more || left == 0 {
            more |= place > 0;
            break;
        }
    }
    let entries = parts.into_iter().flatten().collect();
    Ok(Entries { entries, more, known_from: history.known_from()?, last: history.last() })
}

/// The newest entries between a base and frame `end`.
fn stretch(
    history: &History,
    mut past: Past,
    end: Seq,
    (query, filter, most): (&Query, &mut Filter, usize),
) -> Result<Newest, HistoryError> {
    let mut newest = Newest::new(most.max(1));
    let mut scribe = Scribe::new(past.engine.plan());
    let mut made = Vec::new();
    if query.is_recorded() {
        history.scan(past.at, &mut |frame, record| {
            if frame > end || query.window.until.is_some_and(|until| record.at() > until) {
                return ControlFlow::Break(());
            }
            scribe.recorded(frame, record, filter, &mut |entry| made.push(entry));
            keep(&mut made, filter, &mut newest);
            ControlFlow::Continue(())
        })?;
        return Ok(newest);
    }
    past.engine.gather_steps();
    let mut turns = 0_usize;
    history.play_until(&mut past, query.window.until, &mut |turned, engine| {
        turns += 1;
        if turned.frame > end {
            return ControlFlow::Break(());
        }
        let record = (turned.frame, &turned.record);
        scribe.turned(record, engine, filter, &mut |entry| made.push(entry));
        keep(&mut made, filter, &mut newest);
        if turns > MAX_LINKS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if turns > MAX_LINKS {
        return Err(HistoryError::TooMuch { what: "records", limit: MAX_LINKS });
    }
    Ok(newest)
}

fn keep(made: &mut Vec<Entry>, filter: &mut Filter, newest: &mut Newest) {
    for entry in made.drain(..) {
        if filter.takes(&entry) {
            newest.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::moment::Moment;

    fn entry(id: usize, bytes: usize) -> Entry {
        Entry {
            frame: 1,
            at: Moment(fanin_event::Timestamp(0)),
            kind: EntryKind::Event,
            name: String::new(),
            key: BTreeMap::new(),
            id: id.to_string(),
            identity: None,
            note: "x".repeat(bytes),
            unmatched: false,
            body: None,
        }
    }

    fn kept(entries: &[usize], most: usize) -> (Vec<String>, bool) {
        let mut newest = Newest::new(most);
        entries.iter().enumerate().for_each(|(id, bytes)| newest.push(entry(id, *bytes)));
        (newest.entries.into_iter().map(|entry| entry.id).collect(), newest.dropped)
    }

    #[test]
    fn the_newest_stay_within_a_number_and_a_size() {
        let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(kept(&[1, 1, 1], 3), (ids(&["0", "1", "2"]), false));
        assert_eq!(kept(&[1, 1, 1, 1], 3), (ids(&["1", "2", "3"]), true));
        let half = MAX_ENTRIES_BYTES / 2;
        assert_eq!(kept(&[half, half], 9), (ids(&["0", "1"]), false));
        assert_eq!(kept(&[half, half, 1], 9), (ids(&["1", "2"]), true));
        assert_eq!(kept(&[1, MAX_ENTRIES_BYTES + 1], 9), (ids(&["1"]), true), "one is always told");
    }
}
