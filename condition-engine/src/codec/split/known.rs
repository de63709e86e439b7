//! What the chunks of an instance hold, and what is new beside it.

use std::collections::VecDeque;

use super::bulk::{Bulk, Sizes};
use crate::collected::Collected;
use crate::instance::Instance;
use crate::progress::{Progress, Tumbling};
use crate::stamped::{Stamped, StampedSet};

/// The lists, in the order of [`Sizes`].
const IDS: usize = 0;
const VALUES: usize = 1;
const ENTRIES: usize = 2;
const MEMBERS: usize = 3;

/// What the chunks hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Known {
    /// How many chunks there are.
    pub(super) chunks: u32,
    /// For each list the first chunk that counts.
    pub(super) from: [u32; 4],
    /// Bytes of all chunks, and of the lists that count in them.
    pub(super) bytes: usize,
    pub(super) live: Sizes,
    /// The lists: the sets by print, the others in their order.
    ids: Vec<Stamped>,
    values: Vec<Stamped>,
    entries: Vec<Stamped>,
    members: Vec<Collected>,
}

impl Known {
    /// No chunk yet, and for each list the first one that will count.
    pub(super) fn since(from: [u32; 4]) -> Known {
        Known { from, ..Known::default() }
    }

    /// Takes over what counts of the chunk that was noted last.
    pub(super) fn take(&mut self, bulk: Bulk, all: &mut Bulk) {
        let counts = |from: u32| from < self.chunks;
        let [ids, values, entries, members] = self.from;
        if counts(ids) {
            all.ids.extend(bulk.ids);
        }
        if counts(values) {
            all.values.extend(bulk.values);
        }
        if counts(entries) {
            all.entries.extend(bulk.entries);
        }
        if counts(members) {
            all.members.extend(bulk.members);
        }
    }

    /// The chunks hold `all`, and that was all of them.
    pub(super) fn settle(&mut self, all: &Bulk) {
        self.ids.clone_from(&all.ids);
        self.values.clone_from(&all.values);
        self.entries.clone_from(&all.entries);
        self.members.clone_from(&all.members);
        self.sort();
    }

    /// The chunk that was noted last holds this.
    pub(super) fn add(&mut self, bulk: Bulk) {
        self.ids.extend(bulk.ids);
        self.values.extend(bulk.values);
        self.entries.extend(bulk.entries);
        self.members.extend(bulk.members);
        self.sort();
    }

    fn sort(&mut self) {
        self.ids.sort_unstable_by_key(|id| id.print);
        self.values.sort_unstable_by_key(|value| value.print);
    }

    /// What the chunks do not hold of `instance`. Lists that no longer hold what their chunks hold are void from here on.
    pub(super) fn news(&mut self, instance: &Instance) -> Bulk {
        let seed = instance.seed();
        let none = (StampedSet::default(), VecDeque::new());
        let (values, entries) = match &instance.progress {
            Progress::Count(Some(values)) | Progress::Tumbling(Tumbling { values: Some(values), .. }) => {
                (&values.0, &none.1)
            }
            Progress::Sliding(sliding) => (&sliding.values.0, &sliding.entries),
            _ => (&none.0, &none.1),
        };
        let members: Vec<&Collected> = instance.members.iter().flat_map(|m| m.records()).collect();
        if !holds(&self.ids, &instance.seen.ids, seed) {
            self.ids.clear();
            self.void(IDS);
        }
        if !holds(&self.values, values, seed) {
            self.values.clear();
            self.void(VALUES);
        }
        if entries.len() < self.entries.len() || !entries.iter().zip(&self.entries).all(|(a, b)| a == b) {
            self.entries.clear();
            self.void(ENTRIES);
        }
        if members.len() < self.members.len() || !members.iter().zip(&self.members).all(|(a, b)| *a == b) {
            self.members.clear();
            self.void(MEMBERS);
        }
        Bulk {
            ids: beside(&self.ids, &instance.seen.ids),
            values: beside(&self.values, values),
            entries: entries.iter().skip(self.entries.len()).copied().collect(),
            members: members.into_iter().skip(self.members.len()).cloned().collect(),
        }
    }

    fn void(&mut self, list: usize) {
        if let (Some(from), Some(live)) = (self.from.get_mut(list), self.live.get_mut(list)) {
            *from = self.chunks;
            *live = 0;
        }
    }
}

/// Does `set` have all of `known`, as it is known?
fn holds(known: &[Stamped], set: &StampedSet, seed: u64) -> bool {
    known.len() <= set.len() && known.iter().all(|entry| set.get(entry.print, seed) == Some(entry.at))
}

/// What `set` has beside `known`, which is sorted by print: by moment, then print.
fn beside(known: &[Stamped], set: &StampedSet) -> Vec<Stamped> {
    if known.len() == set.len() {
        return Vec::new();
    }
    let mut news = set.sorted();
    news.retain(|entry| known.binary_search_by_key(&entry.print, |known| known.print).is_err());
    news
}
