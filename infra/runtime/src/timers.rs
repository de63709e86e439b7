//! Who wants to be woken when: one queue for instances and runs, in an order that a replay repeats.
//!
//! Entries are hints: an entity knows its own due moment and is asked again when its entry comes up, so moving a timer
//! later costs nothing and moving it earlier adds an entry.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fanin_event::Timestamp;

use crate::slab::Place;

/// Whom a timer wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sleeper {
    /// An instance.
    Instance(Place),
    /// A run.
    Run(Place),
}

/// One wish to be woken. Ordered by moment, then by a number that is the same after a restart, then by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wake {
    /// When.
    pub due: Timestamp,
    /// Order among equals: from the sleeper's name, not from where it lies.
    pub tie: u64,
    /// Whom.
    pub sleeper: Sleeper,
}

/// The queue.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    heap: BinaryHeap<Reverse<Wake>>,
}

impl Timers {
    /// Adds a wish; [`Timestamp::NEVER`] is none.
    pub(crate) fn push(&mut self, wake: Wake) {
        if wake.due != Timestamp::NEVER {
            self.heap.push(Reverse(wake));
        }
    }

    /// The earliest moment somebody may want, or `NEVER`. It may turn out to be out of date.
    #[must_use]
    pub(crate) fn next_due(&self) -> Timestamp {
        self.heap.peek().map_or(Timestamp::NEVER, |wake| wake.0.due)
    }

    /// Takes the earliest wish if it is due at or before `until`.
    pub(crate) fn pop(&mut self, until: Timestamp) -> Option<Wake> {
        if self.next_due() > until {
            return None;
        }
        self.heap.pop().map(|wake| wake.0)
    }
}

/// A number from a name that is the same in every process and version (FNV-1a).
#[must_use]
pub(crate) fn tie_of(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_first_and_equals_by_name() {
        let mut timers = Timers::default();
        let wake = |due, tie, place| Wake { due: Timestamp(due), tie, sleeper: Sleeper::Instance(place) };
        for w in [wake(5, 2, 0), wake(5, 1, 9), wake(3, 7, 1), wake(i64::MAX, 0, 2)] {
            timers.push(w);
        }
        assert_eq!(timers.next_due(), Timestamp(3));
        assert_eq!(timers.pop(Timestamp(2)), None);
        let order: Vec<u64> = std::iter::from_fn(|| timers.pop(Timestamp(5))).map(|w| w.tie).collect();
        assert_eq!(order, [7, 1, 2]);
        assert_eq!(timers.next_due(), Timestamp::NEVER);
    }

    #[test]
    fn ties_keep_parts_apart() {
        assert_ne!(tie_of(&["ab", "c"]), tie_of(&["a", "bc"]));
    }
}
