//! What a round has of its condition so far: one variant for each way of counting.

use std::collections::VecDeque;

use fanin_event::{Identity, Timestamp};
use minicbor::{Decode, Encode};
use smallvec::SmallVec;

use crate::codec::fields;
use crate::condition::{Kind, Window};
use crate::print::Print;
use crate::stamped::StampedSet;

/// The part of an instance that depends on the kind of its condition.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) enum Progress {
    /// `all`, `any`, `at_least`: the names seen.
    #[n(0)]
    Names(#[n(0)] Names),
    /// `sequence`: the events that may still be part of the increasing choice.
    #[n(1)]
    Sequence(#[n(0)] Box<Candidates>),
    /// `count`: the values seen, if it counts values; the number itself is in the instance.
    #[n(2)]
    Count(#[n(0)] Option<Box<Values>>),
    /// `count` in a sliding window.
    #[n(3)]
    Sliding(#[n(0)] Box<Sliding>),
    /// `count` in a tumbling window.
    #[n(4)]
    Tumbling(#[n(0)] Tumbling),
    /// `absent`.
    #[n(5)]
    Absent(#[n(0)] Absent),
}

/// A set of member indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Names(#[cbor(n(0), with = "fields::words")] pub(crate) SmallVec<[u64; 2]>);

/// Distinct values, each with the acceptance time of its last event.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Values(#[cbor(n(0), with = "fields::stamped_set")] pub(crate) StampedSet);

/// For each name the events that may still be chosen, ascending.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Candidates(#[n(0)] pub(crate) Vec<Vec<Candidate>>);

/// An event of a sequence; its order is the order of the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Candidate {
    /// The event's own time.
    #[cbor(n(0), with = "fields::moment")]
    pub(crate) time: Timestamp,
    /// Ties: when it was accepted,
    #[cbor(n(1), with = "fields::moment")]
    pub(crate) accepted: Timestamp,
    /// then which event it is.
    #[cbor(n(2), with = "fields::identity")]
    pub(crate) identity: Identity,
}

/// The members of the last so long.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Sliding {
    /// Ascending by moment; with `distinct` a value may stand here more than once, its last one counts.
    #[cbor(n(0), with = "fields::stamps")]
    pub(crate) entries: VecDeque<crate::stamped::Stamped>,
    /// With `distinct`: each value in the window with its last moment.
    #[n(1)]
    pub(crate) values: Values,
}

/// The current window, or that there is none.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Tumbling {
    /// The end of the current window, which is not part of it.
    #[cbor(n(0), with = "fields::moment")]
    pub(crate) until: Timestamp,
    /// What was accepted before this moment belongs to a window that is over, by time or by firing.
    #[cbor(n(1), with = "fields::moment")]
    pub(crate) spent: Timestamp,
    #[n(2)]
    pub(crate) values: Option<Box<Values>>,
}

/// What an `absent` waits by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Absent {
    /// An awaited event was seen (the form with `after`).
    #[n(0)]
    pub(crate) came: bool,
    /// The `after` event, its first acceptance.
    #[cbor(n(1), with = "fields::maybe_moment")]
    pub(crate) after: Option<Timestamp>,
}

impl Names {
    /// Adds `member`; false if it is there.
    pub(crate) fn add(&mut self, member: u16) -> bool {
        let (word, bit) = place(member);
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        let Some(bits) = self.0.get_mut(word) else { return false };
        let new = *bits & bit == 0;
        *bits |= bit;
        new
    }

    /// Is `member` there?
    pub(crate) fn has(&self, member: u16) -> bool {
        let (word, bit) = place(member);
        self.0.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

/// Word and bit of a member.
fn place(member: u16) -> (usize, u64) {
    (usize::from(member) / 64, 1 << (member % 64))
}

impl Progress {
    /// The state before the first round.
    pub(crate) fn new(kind: &Kind) -> Progress {
        match kind {
            Kind::All | Kind::Any | Kind::AtLeast { .. } => Progress::Names(Names::default()),
            Kind::Sequence => Progress::Sequence(Box::default()),
            Kind::Count { window: None, .. } => Progress::Count(None),
            Kind::Count { window: Some(Window::Sliding(_)), .. } => Progress::Sliding(Box::default()),
            Kind::Count { window: Some(Window::Tumbling(_)), .. } => Progress::Tumbling(Tumbling {
                until: Timestamp(i64::MIN),
                spent: Timestamp(i64::MIN),
                values: None,
            }),
            Kind::Absent { .. } => Progress::Absent(Absent::default()),
        }
    }

    /// The state before the next round: empty, but the window that just ended, by time or by firing, is spent.
    pub(crate) fn next_round(&self, kind: &Kind) -> Progress {
        match self {
            Progress::Tumbling(window) => {
                Progress::Tumbling(Tumbling { until: window.until, spent: window.until, values: None })
            }
            _ => Progress::new(kind),
        }
    }

    /// Drops what a closed instance no longer needs. `explain` still tells which names came.
    pub(crate) fn shed(&mut self) {
        match self {
            Progress::Names(_) | Progress::Sequence(_) | Progress::Absent(_) => {}
            Progress::Count(values) | Progress::Tumbling(Tumbling { values, .. }) => *values = None,
            Progress::Sliding(sliding) => **sliding = Sliding::default(),
        }
    }

    /// See [`StampedSet::index`].
    pub(crate) fn index(&mut self, seed: u64) {
        match self {
            Progress::Count(Some(values)) | Progress::Tumbling(Tumbling { values: Some(values), .. }) => {
                values.0.index(seed);
            }
            Progress::Sliding(sliding) => sliding.values.0.index(seed),
            _ => {}
        }
    }
}

impl Values {
    /// Adds a value; false if it is there.
    pub(crate) fn add(&mut self, print: Print, at: Timestamp, seed: u64) -> bool {
        self.0.put(print, at, seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_large_conditions() {
        let mut names = Names::default();
        for member in [0, 63, 64, 127, 128, u16::MAX] {
            assert!(!names.has(member));
            assert!(names.add(member) && !names.add(member) && names.has(member));
        }
        assert!(!names.has(1));
    }
}
