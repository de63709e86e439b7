//! The last events that were no named event: what near misses are looked for in. In memory only; a replay fills it again.

use std::collections::VecDeque;
use std::sync::Arc;

use fanin_event::{Identity, Timestamp};

use crate::engine::Engine;
use crate::limits::{MAX_UNMATCHED, MAX_UNMATCHED_BYTES};

/// An event that matched nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmatchedEvent {
    /// When it was accepted.
    pub at: Timestamp,
    /// Its identity.
    pub identity: Identity,
    /// The envelope.
    pub text: Arc<str>,
}

/// The bounded ring.
#[derive(Debug, Default)]
pub(crate) struct Unmatched {
    ring: VecDeque<UnmatchedEvent>,
    bytes: usize,
}

impl Unmatched {
    /// Keeps an event; the oldest ones leave. Not on the way of an event that matched.
    #[cold]
    pub(crate) fn push(&mut self, at: Timestamp, identity: Identity, text: &str) {
        if text.len() > MAX_UNMATCHED_BYTES {
            return;
        }
        while self.ring.len() >= MAX_UNMATCHED || self.bytes + text.len() > MAX_UNMATCHED_BYTES {
            let Some(oldest) = self.ring.pop_front() else { break };
            self.bytes -= oldest.text.len();
        }
        self.bytes += text.len();
        self.ring.push_back(UnmatchedEvent { at, identity, text: text.into() });
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &UnmatchedEvent> {
        self.ring.iter()
    }
}

impl Engine {
    /// The last events that were no named event, the newest last; at most [`MAX_UNMATCHED`] and
    /// [`MAX_UNMATCHED_BYTES`] of them.
    pub fn unmatched(&self) -> impl DoubleEndedIterator<Item = &UnmatchedEvent> {
        self.unmatched.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(ring: &mut Unmatched, n: usize, bytes: usize) {
        ring.push(Timestamp(i64::try_from(n).unwrap()), Identity([0; 16]), &"x".repeat(bytes));
    }

    fn kept(ring: &Unmatched) -> (usize, i64) {
        (ring.ring.len(), ring.iter().next().map_or(-1, |event| event.at.0))
    }

    #[test]
    fn the_oldest_of_too_many_leaves() {
        let mut ring = Unmatched::default();
        (0..MAX_UNMATCHED).for_each(|n| push(&mut ring, n, 1));
        assert_eq!(kept(&ring), (MAX_UNMATCHED, 0));
        push(&mut ring, MAX_UNMATCHED, 1);
        assert_eq!(kept(&ring), (MAX_UNMATCHED, 1));
        assert_eq!(ring.bytes, MAX_UNMATCHED);
    }

    #[test]
    fn so_do_those_before_a_large_one_and_one_that_is_too_large_does_not_come_in() {
        let mut ring = Unmatched::default();
        (0..4).for_each(|n| push(&mut ring, n, MAX_UNMATCHED_BYTES / 4));
        assert_eq!(kept(&ring), (4, 0));
        push(&mut ring, 4, MAX_UNMATCHED_BYTES / 2);
        assert_eq!(kept(&ring), (3, 2));
        push(&mut ring, 5, MAX_UNMATCHED_BYTES + 1);
        assert_eq!(kept(&ring), (3, 2));
        push(&mut ring, 6, MAX_UNMATCHED_BYTES);
        assert_eq!((kept(&ring), ring.bytes), ((1, 6), MAX_UNMATCHED_BYTES));
    }
}
