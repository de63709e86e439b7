//! How patterns come and go: where each sub-rule stands.

use smallvec::SmallVec;

use super::book::{Atom, Ids, put};
use super::weigh;
use super::{PatternId, PatternIndex};
use crate::json::trie::NONE;
use crate::pattern::{Pattern, SubRule};

/// Sub-rules that are looked at again when a value they stand behind has become common: those behind one value, those looked at for
/// one new sub-rule, and the values that one of them may have.
const MOVED: usize = 64;

/// A sub-rule in its place.
#[derive(Clone, Debug, Default)]
pub(super) struct Filed {
    pub(super) pattern: u32,
    /// The test it stands behind, if it can.
    pub(super) door: Option<u32>,
    /// The other tests, the cheapest first.
    pub(super) others: SmallVec<[u32; 4]>,
    /// All tests, in the order of their paths.
    pub(super) tests: SmallVec<[u32; 4]>,
    pub(super) absent: bool,
}

impl Filed {
    /// Nothing remains to be verified when the door is open.
    fn is_whole(&self) -> bool {
        self.door.is_some() && self.others.is_empty()
    }

    /// Puts it behind an atom of its door.
    fn join(&self, id: u32, first: u32, atom: &mut Atom) {
        if self.is_whole() { atom.whole.push(self.pattern) } else { atom.rules.push((id, first)) }
    }

    /// Takes it away from there.
    fn part(&self, id: u32, atom: &mut Atom) {
        if self.is_whole() {
            let place = atom.whole.iter().position(|pattern| *pattern == self.pattern);
            place.map(|place| atom.whole.swap_remove(place));
        } else {
            let place = atom.rules.iter().position(|(rule, _)| *rule == id);
            place.map(|place| atom.rules.swap_remove(place));
        }
    }
}

impl PatternIndex {
    /// Adds a pattern. Ids are given from 0 on; those of removed patterns first.
    pub fn insert(&mut self, pattern: Pattern) -> PatternId {
        let id = put(&mut self.patterns, &mut self.free_patterns, Ids::new());
        let rules = pattern.rules.iter().map(|rule| self.file(id, rule)).collect();
        if let Some(place) = self.patterns.get_mut(id as usize) {
            *place = rules;
        }
        PatternId(id)
    }

    /// Removes a pattern; false when there is none of this id.
    pub fn remove(&mut self, id: PatternId) -> bool {
        let Some(rules) = self.patterns.get_mut(id.0 as usize).map(std::mem::take) else { return false };
        if rules.is_empty() {
            return false;
        }
        for rule in rules {
            let Some(filed) = self.rules.get_mut(rule as usize).map(std::mem::take) else {
                continue;
            };
            self.leave(rule, &filed);
            for test in &filed.tests {
                let path = self.tests.get(*test).map_or(NONE, |t| t.path);
                self.tests.give_back(&mut self.atoms, *test);
                self.trie.remove_path(path);
            }
            self.free_rules.push(rule);
        }
        self.free_patterns.push(id.0);
        true
    }

    fn file(&mut self, pattern: u32, rule: &SubRule) -> u32 {
        let mut tests = SmallVec::new();
        for test in &rule.tests {
            let path = self.trie.add_path(&test.path);
            tests.push(self.tests.take(&mut self.atoms, path, &test.matchers, test.absent));
        }
        let filed = Filed { pattern, tests, absent: rule.absent, ..Filed::default() };
        let id = put(&mut self.rules, &mut self.free_rules, filed);
        self.stand(id);
        self.make_way(id);
        id
    }

    /// Puts a sub-rule behind the test of it that holds least often, as far as can be told by now.
    fn stand(&mut self, id: u32) {
        let count = self.rules.len();
        let Some(filed) = self.rules.get_mut(id as usize) else { return };
        let place = weigh::choose(&self.atoms, &self.tests, &filed.tests, count);
        filed.others = filed.tests.clone();
        filed.door = place.map(|place| filed.others.remove(place));
        filed
            .others
            .sort_by_key(|id| self.tests.get(*id).map_or(0, |test| weigh::order(&self.atoms, test, count)));
        // Where a field may be absent, a test that fails by itself says nothing yet.
        let decisive = |id: &&u32| self.tests.get(**id).is_some_and(|t| !t.absent);
        let first = filed.others.first().filter(decisive).copied().unwrap_or(NONE);
        let filed = filed.clone();
        let Some(door) = filed.door.and_then(|id| self.tests.get(id)) else {
            self.always.push(id);
            return;
        };
        for atom_id in &door.atoms {
            let awaited = self.atoms.change(*atom_id, |atom| filed.join(id, first, atom));
            if awaited == (false, true) {
                self.doors.file(&mut self.atoms, *atom_id);
            }
        }
    }

    /// What a new sub-rule names may come to be common by it: those that stand behind that may have a better place.
    fn make_way(&mut self, id: u32) {
        for rule in self.crowd(id) {
            let Some(filed) = self.rules.get(rule as usize).cloned() else { continue };
            let place = weigh::choose(&self.atoms, &self.tests, &filed.tests, self.rules.len());
            if place.and_then(|place| filed.tests.get(place).copied()) != filed.door {
                self.leave(rule, &filed);
                self.stand(rule);
            }
        }
    }

    /// Sub-rules behind values that a new one names too: now and then, and where they are few, as later ones were put elsewhere.
    fn crowd(&self, id: u32) -> Vec<u32> {
        let atoms = |rule: u32| {
            let tests = self.rules.get(rule as usize).map_or(&[][..], |rule| &rule.tests);
            tests.iter().filter_map(|test| self.tests.get(*test)).flat_map(|test| &test.atoms)
        };
        let common = atoms(id)
            .filter_map(|atom| self.atoms.get(*atom))
            .filter(|atom| atom.uses.is_power_of_two() && atom.rules.len() <= MOVED);
        let behind = common.flat_map(|atom| &atom.rules).map(|(rule, _)| *rule);
        // What it costs is bounded: to weigh one takes as long as it has values.
        let mut rules: Vec<u32> = behind.filter(|rule| *rule != id).take(MOVED * MOVED).collect();
        rules.sort_unstable();
        rules.dedup();
        rules.retain(|rule| atoms(*rule).nth(MOVED).is_none());
        rules.truncate(MOVED);
        rules
    }

    /// Takes a sub-rule away from its door.
    fn leave(&mut self, id: u32, filed: &Filed) {
        let Some(door) = filed.door.and_then(|id| self.tests.get(id)) else {
            self.always.retain(|rule| *rule != id);
            return;
        };
        for atom_id in &door.atoms {
            let awaited = self.atoms.change(*atom_id, |atom| filed.part(id, atom));
            if awaited == (true, false) {
                self.doors.unfile(&mut self.atoms, *atom_id);
            }
        }
    }
}
