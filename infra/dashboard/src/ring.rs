//! The last events, in the batches in which they became durable: a batch costs a push, whatever is in it.

use std::collections::VecDeque;
use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_local::{Arrival, Refused, Taken};
use fanin_runtime::{Notice, Reception};

use crate::limits::{MAX_EVENT_BYTES, MAX_EVENTS};

/// Events that became durable together.
#[derive(Debug)]
pub(crate) enum Batch {
    Taken(Taken),
    Derived(Vec<Notice>),
    Refused(Refused),
}

impl Batch {
    fn len(&self) -> u64 {
        match self {
            Batch::Taken(taken) => taken.events.len() as u64,
            Batch::Derived(notices) => notices.len() as u64,
            Batch::Refused(_) => 1,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Batch::Taken(taken) => taken.events.iter().map(|event| event.text.len()).sum(),
            Batch::Derived(notices) => notices.iter().map(|notice| notice.envelope.len()).sum(),
            Batch::Refused(refused) => refused.refusal.payload.len(),
        }
    }
}

/// A batch in its place.
#[derive(Debug)]
pub(crate) struct Held {
    /// Number of its first event.
    first: u64,
    bytes: usize,
    batch: Batch,
}

/// One event of the stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) seq: u64,
    pub(crate) at: Timestamp,
    pub(crate) what: What<'a>,
}

/// What it is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'a> {
    Event(&'a Arrival, &'a Reception),
    Derived(&'a Notice),
    Refused(&'a Refused),
}

impl What<'_> {
    /// The envelope, or what should have been one.
    pub(crate) fn text(&self) -> &str {
        match self {
            What::Event(arrival, _) => &arrival.text,
            What::Derived(notice) => &notice.envelope,
            What::Refused(refused) => &refused.refusal.payload,
        }
    }
}

impl Held {
    fn end(&self) -> u64 {
        self.first + self.batch.len()
    }

    /// The event of this number, if it is in here.
    pub(crate) fn get(&self, seq: u64) -> Option<Entry<'_>> {
        let place = usize::try_from(seq.checked_sub(self.first)?).ok()?;
        let (at, what) = match &self.batch {
            Batch::Taken(taken) => {
                (taken.at, What::Event(taken.events.get(place)?, taken.receptions.get(place)?))
            }
            Batch::Derived(notices) => {
                let notice = notices.get(place)?;
                (notice.at, What::Derived(notice))
            }
            Batch::Refused(refused) if place == 0 => (refused.at, What::Refused(refused)),
            Batch::Refused(_) => return None,
        };
        Some(Entry { seq, at, what })
    }
}

/// The ring.
#[derive(Debug)]
pub(crate) struct Ring {
    held: VecDeque<Arc<Held>>,
    /// The number of the next event.
    next: u64,
    bytes: usize,
}

impl Default for Ring {
    fn default() -> Ring {
        Ring { held: VecDeque::new(), next: 1, bytes: 0 }
    }
}

/// A part of the ring, held while it is looked at.
#[derive(Debug)]
pub(crate) struct Part {
    held: Vec<Arc<Held>>,
    from: u64,
    until: u64,
}

impl Ring {
    pub(crate) fn push(&mut self, batch: Batch) {
        let (len, bytes) = (batch.len(), batch.bytes());
        if len == 0 {
            return;
        }
        self.held.push_back(Arc::new(Held { first: self.next, bytes, batch }));
        self.next += len;
        self.bytes += bytes;
        while self.held.len() > 1
            && let Some(oldest) = self.held.front()
            && (oldest.end() <= self.floor() || self.bytes > MAX_EVENT_BYTES)
        {
            self.bytes = self.bytes.saturating_sub(oldest.bytes);
            self.held.pop_front();
        }
    }

    /// The number of the oldest event that may be shown.
    fn floor(&self) -> u64 {
        self.next.saturating_sub(MAX_EVENTS)
    }

    /// The number of the newest event; 0: there was none.
    pub(crate) fn newest(&self) -> u64 {
        self.next - 1
    }

    /// The events after the number `after` and before `before`.
    pub(crate) fn part(&self, after: u64, before: u64) -> Part {
        let first = self.held.front().map_or(self.next, |oldest| oldest.first);
        let from = first.max(self.floor()).max(after.saturating_add(1));
        let until = before.min(self.next).max(from);
        let begin = self.held.partition_point(|held| held.end() <= from);
        let held = self.held.range(begin..).take_while(|held| held.first < until).cloned().collect();
        Part { held, from, until }
    }
}

impl Part {
    /// The number of its first event, and the one after its last.
    pub(crate) fn bounds(&self) -> (u64, u64) {
        (self.from, self.until)
    }

    /// Its events, the newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = Entry<'_>> {
        self.held.iter().rev().flat_map(|held| {
            let (from, until) = (self.from.max(held.first), self.until.min(held.end()));
            (from..until).rev().filter_map(|seq| held.get(seq))
        })
    }

    /// The event of this number.
    pub(crate) fn get(&self, seq: u64) -> Option<Entry<'_>> {
        if !(self.from..self.until).contains(&seq) {
            return None;
        }
        let place = self.held.partition_point(|held| held.end() <= seq);
        self.held.get(place)?.get(seq)
    }
}

#[cfg(test)]
mod tests {
    use fanin_runtime::Origin;

    use super::*;

    fn batch(events: usize, bytes: usize) -> Batch {
        let event = Arrival { text: "x".repeat(bytes), identity: None, origin: Origin::Http };
        let receptions = vec![Reception::default(); events];
        Batch::Taken(Taken { at: Timestamp(0), events: vec![event; events], receptions })
    }

    #[test]
    fn so_many_are_kept_and_the_oldest_leave() {
        let mut ring = Ring::default();
        let most = usize::try_from(MAX_EVENTS).unwrap();
        ring.push(batch(3, 1));
        ring.push(batch(most - 3, 1));
        assert_eq!(ring.part(0, u64::MAX).bounds(), (1, MAX_EVENTS + 1));
        ring.push(batch(1, 1));
        assert_eq!(ring.part(0, u64::MAX).bounds(), (2, MAX_EVENTS + 2));
        ring.push(batch(2, 1));
        assert_eq!((ring.held.len(), ring.bytes), (3, most));
        let part = ring.part(0, u64::MAX);
        let seqs: Vec<u64> = part.newest_first().map(|entry| entry.seq).collect();
        assert_eq!((seqs.len(), seqs[0], seqs[most - 1]), (most, MAX_EVENTS + 3, 4));
        assert!(part.get(3).is_none() && part.get(4).is_some() && part.get(MAX_EVENTS + 4).is_none());
    }

    #[test]
    fn bytes_count_too_but_the_newest_batch_stays() {
        let mut ring = Ring::default();
        ring.push(batch(1, MAX_EVENT_BYTES / 2));
        ring.push(batch(1, MAX_EVENT_BYTES / 2));
        assert_eq!(ring.held.len(), 2);
        ring.push(batch(1, 1));
        assert_eq!((ring.held.len(), ring.part(0, u64::MAX).bounds()), (2, (2, 4)));
        ring.push(batch(1, 2 * MAX_EVENT_BYTES));
        assert_eq!((ring.held.len(), ring.newest()), (1, 4));
    }

    #[test]
    fn a_part_has_what_lies_between() {
        let mut ring = Ring::default();
        assert_eq!(ring.part(0, u64::MAX).newest_first().count(), 0);
        (0..10).for_each(|_| ring.push(batch(3, 1)));
        let seqs = |after, before| -> Vec<u64> {
            ring.part(after, before).newest_first().map(|entry| entry.seq).collect()
        };
        assert_eq!(seqs(26, u64::MAX), [30, 29, 28, 27]);
        assert_eq!(seqs(4, 7), [6, 5]);
        assert_eq!(seqs(30, u64::MAX), [0; 0]);
        assert_eq!(seqs(99, 3), [0; 0]);
    }
}
