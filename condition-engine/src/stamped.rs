//! A set of prints, each with a moment: seen ids with their acceptance time, distinct values with their last one.

use fanin_event::Timestamp;
use hashbrown::HashTable;
use smallvec::SmallVec;

use crate::limits::MAX_LISTED;
use crate::print::Print;

/// A print and its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamped {
    /// The moment. First, so that sorting is by time.
    pub(crate) at: Timestamp,
    /// The print.
    pub(crate) print: Print,
}

/// A list while it is short (four without a heap allocation), a hash table from there on. The seed of the hash belongs
/// to the owner, who hands over the same one every time.
#[derive(Clone, Debug)]
pub(crate) enum StampedSet {
    /// Up to [`MAX_LISTED`], in order of insertion.
    Listed(SmallVec<[Stamped; 4]>),
    /// More. Its order never shows: whoever lists the set sorts it.
    Hashed(HashTable<Stamped>),
}

impl Default for StampedSet {
    fn default() -> Self {
        StampedSet::Listed(SmallVec::new())
    }
}

impl PartialEq for StampedSet {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.sorted() == other.sorted()
    }
}

impl StampedSet {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        match self {
            StampedSet::Listed(list) => list.len(),
            StampedSet::Hashed(table) => table.len(),
        }
    }

    /// The moment of `print`, if it is in the set.
    #[inline]
    pub(crate) fn get(&self, print: Print, seed: u64) -> Option<Timestamp> {
        match self {
            StampedSet::Listed(list) => list.iter().find(|s| s.print == print).map(|s| s.at),
            StampedSet::Hashed(table) => table.find(print.hash(seed), |s| s.print == print).map(|s| s.at),
        }
    }

    /// Adds `print`, or moves its moment; true if it is new.
    #[inline]
    pub(crate) fn put(&mut self, print: Print, at: Timestamp, seed: u64) -> bool {
        let known = match self {
            StampedSet::Listed(list) => list.iter_mut().find(|s| s.print == print),
            StampedSet::Hashed(table) => table.find_mut(print.hash(seed), |s| s.print == print),
        };
        if let Some(known) = known {
            known.at = at;
            return false;
        }
        self.insert_new(Stamped { at, print }, seed);
        true
    }

    /// Adds what is known not to be in the set.
    #[inline]
    pub(crate) fn insert_new(&mut self, entry: Stamped, seed: u64) {
        match self {
            StampedSet::Listed(list) if list.len() < MAX_LISTED => list.push(entry),
            StampedSet::Listed(_) => {
                self.index(seed);
                if let StampedSet::Hashed(table) = self {
                    table.insert_unique(entry.print.hash(seed), entry, |s| s.print.hash(seed));
                }
            }
            StampedSet::Hashed(table) => {
                table.insert_unique(entry.print.hash(seed), entry, |s| s.print.hash(seed));
            }
        }
    }

    /// Takes `print` out.
    pub(crate) fn remove(&mut self, print: Print, seed: u64) {
        match self {
            StampedSet::Listed(list) => list.retain(|s| s.print != print),
            StampedSet::Hashed(table) => {
                if let Ok(entry) = table.find_entry(print.hash(seed), |s| s.print == print) {
                    entry.remove();
                }
            }
        }
    }

    /// Drops all whose moment is at or before `floor`.
    pub(crate) fn drop_through(&mut self, floor: Timestamp) {
        match self {
            StampedSet::Listed(list) => list.retain(|s| s.at > floor),
            StampedSet::Hashed(table) => table.retain(|s| s.at > floor),
        }
    }

    /// The moment that half of the entries do not exceed; `None` when empty.
    pub(crate) fn median(&self) -> Option<Timestamp> {
        let mut moments: Vec<Timestamp> = match self {
            StampedSet::Listed(list) => list.iter().map(|s| s.at).collect(),
            StampedSet::Hashed(table) => table.iter().map(|s| s.at).collect(),
        };
        let half = moments.len().checked_sub(1)? / 2;
        Some(*moments.select_nth_unstable(half).1)
    }

    /// All entries by moment, then print: the one order that does not depend on the table.
    pub(crate) fn sorted(&self) -> Vec<Stamped> {
        let mut all: Vec<Stamped> = match self {
            StampedSet::Listed(list) => list.to_vec(),
            StampedSet::Hashed(table) => table.iter().copied().collect(),
        };
        all.sort_unstable();
        all
    }

    /// A list that is too long (it was just read from bytes, before its seed was known) becomes a table.
    pub(crate) fn index(&mut self, seed: u64) {
        if let StampedSet::Listed(list) = self
            && list.len() >= MAX_LISTED
        {
            let mut table = HashTable::with_capacity(list.len().saturating_mul(2));
            for entry in list.iter() {
                table.insert_unique(entry.print.hash(seed), *entry, |s| s.print.hash(seed));
            }
            *self = StampedSet::Hashed(table);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(n: usize) -> Print {
        Print::of_value(&n.to_string())
    }

    #[test]
    fn a_list_and_a_table_behave_alike() {
        for n in [1, MAX_LISTED, MAX_LISTED + 1, 1000] {
            let mut set = StampedSet::default();
            for i in 0..n {
                assert!(set.put(print(i), Timestamp(i as i64), 7));
            }
            assert_eq!(matches!(set, StampedSet::Listed(_)), n <= MAX_LISTED);
            assert_eq!(set.len(), n);
            assert!(!set.put(print(0), Timestamp(-5), 7), "known");
            assert_eq!(set.get(print(0), 7), Some(Timestamp(-5)));
            assert_eq!(set.get(print(n), 7), None);
            set.remove(print(0), 7);
            assert_eq!((set.len(), set.get(print(0), 7)), (n - 1, None));
        }
    }

    #[test]
    fn the_older_half_drops() {
        let mut set = StampedSet::default();
        assert_eq!(set.median(), None);
        for i in 0..101 {
            set.put(print(i), Timestamp(i as i64), 7);
        }
        assert_eq!(set.median(), Some(Timestamp(50)));
        set.drop_through(Timestamp(50));
        assert_eq!(set.len(), 50);
        assert_eq!(set.sorted().first().map(|s| s.at), Some(Timestamp(51)));
    }
}
