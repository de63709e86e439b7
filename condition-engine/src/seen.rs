//! The identities an instance has seen, and the floor below which it no longer knows.

use fanin_event::Timestamp;
use minicbor::{Decode, Encode};

use crate::codec::fields;
use crate::print::Print;
use crate::stamped::{Stamped, StampedSet};

/// Bounded memory of identities. A Bloom filter would not do: a false positive would lose an event.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Seen {
    /// The known ones, with their acceptance time.
    #[cbor(n(0), with = "fields::stamped_set")]
    pub(crate) ids: StampedSet,
    /// At or before this moment an event that is not in `ids` may have been seen and forgotten.
    #[cbor(n(1), with = "fields::moment")]
    pub(crate) floor: Timestamp,
}

impl Default for Seen {
    fn default() -> Self {
        Seen { ids: StampedSet::default(), floor: Timestamp(i64::MIN) }
    }
}

/// What happens to identities past the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// The floor rises: what lies under it is refused from now on.
    Floor,
    /// They are dropped: the kind is insensitive to old events anyway.
    Drop,
}

impl Seen {
    /// Adds an identity that is not known; at `limit` the older half folds first.
    #[inline]
    pub(crate) fn insert(&mut self, entry: Stamped, seed: u64, limit: usize, fold: Fold) {
        if self.ids.len() >= limit {
            self.fold(fold);
        }
        self.ids.insert_new(entry, seed);
    }

    /// Known?
    #[inline]
    pub(crate) fn knows(&self, print: Print, seed: u64) -> bool {
        self.ids.get(print, seed).is_some()
    }

    fn fold(&mut self, fold: Fold) {
        let Some(floor) = self.ids.median() else { return };
        self.ids.drop_through(floor);
        if fold == Fold::Floor {
            self.floor = self.floor.max(floor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(n: i64) -> Stamped {
        Stamped { at: Timestamp(n), print: Print::of_value(&n.to_string()) }
    }

    #[test]
    fn at_the_limit_the_older_half_becomes_the_floor() {
        let mut seen = Seen::default();
        for n in 0..10 {
            seen.insert(entry(n), 1, 10, Fold::Floor);
        }
        assert_eq!((seen.ids.len(), seen.floor), (10, Timestamp(i64::MIN)), "full, nothing folded");
        seen.insert(entry(10), 1, 10, Fold::Floor);
        assert_eq!((seen.ids.len(), seen.floor), (6, Timestamp(4)));
        assert!(seen.knows(entry(5).print, 1) && !seen.knows(entry(4).print, 1));
    }

    #[test]
    fn a_dropping_memory_has_no_floor() {
        let mut seen = Seen::default();
        for n in 0..11 {
            seen.insert(entry(n), 1, 10, Fold::Drop);
        }
        assert_eq!((seen.ids.len(), seen.floor), (6, Timestamp(i64::MIN)));
    }
}
