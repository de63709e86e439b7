//! The set of patterns found: marked in any order, as often as they are found, and listed in the order of their ids.

use super::PatternId;

/// Bits of the words below, in words; and which of those words have any.
#[derive(Debug, Default)]
pub(super) struct Found {
    words: Vec<u64>,
    groups: Vec<u64>,
}

impl Found {
    /// Makes room for patterns below `count`.
    pub(super) fn make_room(&mut self, count: usize) {
        if self.groups.len() * 64 * 64 < count {
            self.groups.resize(count.div_ceil(64 * 64), 0);
            self.words.resize(self.groups.len() * 64, 0);
        }
    }

    #[inline]
    pub(super) fn add(&mut self, pattern: u32) {
        let word = pattern as usize / 64;
        if let Some(bits) = self.words.get_mut(word)
            && let Some(group) = self.groups.get_mut(word / 64)
        {
            *bits |= 1 << (pattern % 64);
            *group |= 1 << (word % 64);
        }
    }

    #[inline]
    pub(super) fn has(&self, pattern: u32) -> bool {
        self.words.get(pattern as usize / 64).is_some_and(|bits| bits >> (pattern % 64) & 1 == 1)
    }

    /// Lists the patterns and forgets them.
    pub(super) fn drain_into(&mut self, list: &mut Vec<PatternId>) {
        list.clear();
        for (n, group) in self.groups.iter_mut().enumerate() {
            let mut group = std::mem::take(group);
            while group != 0 {
                let word = n * 64 + group.trailing_zeros() as usize;
                group &= group - 1;
                let mut bits = self.words.get_mut(word).map_or(0, std::mem::take);
                while bits != 0 {
                    list.push(PatternId(word as u32 * 64 + bits.trailing_zeros()));
                    bits &= bits - 1;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_out_once_and_in_order() {
        let (mut found, mut list) = (Found::default(), Vec::new());
        found.make_room(10_000);
        let ids = [9_999, 63, 64, 0, 4_095, 4_096, 63, 5_000];
        ids.iter().for_each(|id| found.add(*id));
        assert!(found.has(64) && !found.has(65) && !found.has(u32::MAX));
        found.drain_into(&mut list);
        assert_eq!(list, [0, 63, 64, 4_095, 4_096, 5_000, 9_999].map(PatternId));
        found.drain_into(&mut list);
        assert!(list.is_empty() && !found.has(64));
    }
}
