//! Many patterns against one event: one scan, then only the patterns that may match.
//!
//! Each sub-rule of a pattern is filed behind its most selective exact value (`access`); an event's fields open a few
//! doors, and the sub-rules found there are verified in full (`verify`). The cost follows the candidates, not the
//! number of patterns.

mod access;
#[cfg(test)]
mod tests;
pub(crate) mod verify;

use access::{Access, Door, Key};
use verify::{Room, Test, TooIntricate, Verifier};

use crate::json::scan::{scan, scan_trusted};
use crate::json::trie::{NONE, Trie};
use crate::json::{JsonError, JsonErrorKind};
use crate::pattern::{Pattern, SubRule};
use crate::scratch::Scratch;

/// A pattern's place in an index. Given again after the pattern was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub u32);

/// A set of patterns that is matched against events all at once.
#[derive(Clone, Debug)]
pub struct PatternIndex {
    pub(crate) trie: Trie,
    access: Access,
    /// The sub-rules of each pattern, by pattern id.
    patterns: Vec<Vec<u32>>,
    free_patterns: Vec<u32>,
    rules: Vec<Filed>,
    free_rules: Vec<u32>,
}

/// A sub-rule in its place.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pattern: u32,
    pub(crate) tests: Vec<Test>,
    pub(crate) absent: bool,
    door: Door,
}

/// Working memory of matching: marks of this event, and what was found.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    /// Marks older than this event's number do not count.
    event: u32,
    tried: Vec<u32>,
    matched: Vec<u32>,
    pub(crate) found: Vec<PatternId>,
    pub(crate) room: Room,
}

impl Matching {
    fn reset(&mut self, rules: usize, patterns: usize) {
        if self.event == u32::MAX {
            self.tried.clear();
            self.matched.clear();
            self.event = 0;
        }
        self.event += 1;
        if self.tried.len() < rules {
            self.tried.resize(rules, 0);
        }
        if self.matched.len() < patterns {
            self.matched.resize(patterns, 0);
        }
        self.found.clear();
        self.room.steps = 0;
    }
}

/// Sets the mark at `id`; whether it was not set yet in this event.
fn mark(marks: &mut [u32], id: u32, event: u32) -> bool {
    marks.get_mut(id as usize).is_some_and(|mark| std::mem::replace(mark, event) != event)
}

impl Default for PatternIndex {
    fn default() -> PatternIndex {
        PatternIndex::new()
    }
}

impl PatternIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> PatternIndex {
        PatternIndex {
            trie: Trie::new(),
            access: Access::default(),
            patterns: Vec::new(),
            free_patterns: Vec::new(),
            rules: Vec::new(),
            free_rules: Vec::new(),
        }
    }

    /// Adds a pattern. Ids are given from 0 on; those of removed patterns first.
    pub fn insert(&mut self, pattern: Pattern) -> PatternId {
        let id = match self.free_patterns.pop() {
            Some(id) => id,
            None => {
                self.patterns.push(Vec::new());
                (self.patterns.len() - 1) as u32
            }
        };
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
            let empty = Filed { pattern: NONE, tests: Vec::new(), absent: false, door: Door::Always };
            let Some(filed) = self.rules.get_mut(rule as usize).map(|r| std::mem::replace(r, empty)) else {
                continue;
            };
            self.access.unfile(rule, filed.door, matchers_at(&filed.tests, filed.door));
            filed.tests.iter().for_each(|test| self.trie.remove_path(test.path));
            self.free_rules.push(rule);
        }
        self.free_patterns.push(id.0);
        true
    }

    /// The patterns `event` matches, in the order of their ids.
    ///
    /// # Errors
    /// When the bytes are not UTF-8, not one JSON object, or past a limit ([`crate::limits`]).
    pub fn matches<'s>(&self, event: &[u8], scratch: &'s mut Scratch) -> Result<&'s [PatternId], JsonError> {
        let text = std::str::from_utf8(event)
            .map_err(|e| JsonError { offset: e.valid_up_to(), kind: JsonErrorKind::NotUtf8 })?;
        self.find(text, scratch)?;
        Ok(&scratch.matching.found)
    }

    /// As [`PatternIndex::matches`], for a text that is known to be one JSON object, because it was validated before: what no
    /// pattern names is passed over without being read. For any other text the answer means nothing, and it is still an
    /// answer or an error, never a panic.
    ///
    /// # Errors
    /// When the text is past a limit ([`crate::limits`]), or evidently not JSON.
    pub fn matches_trusted<'s>(
        &self,
        event: &str,
        scratch: &'s mut Scratch,
    ) -> Result<&'s [PatternId], JsonError> {
        scan_trusted(event, &self.trie, &mut scratch.fields)?;
        self.select(event, scratch)?;
        Ok(&scratch.matching.found)
    }

    /// Scans and matches; the patterns are left in `scratch.matching.found`, what was scanned in `scratch.fields`.
    pub(crate) fn find(&self, text: &str, scratch: &mut Scratch) -> Result<(), JsonError> {
        scan(text, &self.trie, &mut scratch.fields)?;
        self.select(text, scratch)
    }

    /// Matches what was scanned.
    fn select(&self, text: &str, scratch: &mut Scratch) -> Result<(), JsonError> {
        let Scratch { fields, matching, .. } = scratch;
        matching.reset(self.rules.len(), self.patterns.len());
        let intricate = |TooIntricate| JsonError { offset: 0, kind: JsonErrorKind::TooIntricate };
        for (path, field) in &fields.list {
            for rule in self.access.by_value(*path, field, text, &fields.side) {
                self.attempt(*rule, text, fields, matching).map_err(intricate)?;
            }
            // The first field of a path is the one after which none comes.
            if field.next == NONE {
                for rule in self.access.by_presence(*path) {
                    self.attempt(*rule, text, fields, matching).map_err(intricate)?;
                }
            }
        }
        for rule in &self.access.always {
            self.attempt(*rule, text, fields, matching).map_err(intricate)?;
        }
        matching.found.sort_unstable();
        Ok(())
    }

    /// Verifies one candidate, once per event and not when its pattern matched already.
    #[inline]
    fn attempt(
        &self,
        id: u32,
        text: &str,
        fields: &crate::json::fields::Fields,
        matching: &mut Matching,
    ) -> Result<(), TooIntricate> {
        let event = matching.event;
        let Some(rule) = self.rules.get(id as usize) else { return Ok(()) };
        if matching.matched.get(rule.pattern as usize) == Some(&event)
            || !mark(&mut matching.tried, id, event)
        {
            return Ok(());
        }
        let mut verifier = Verifier { text, fields, room: &mut matching.room };
        if verifier.holds(&rule.tests, rule.absent)? && mark(&mut matching.matched, rule.pattern, event) {
            matching.found.push(PatternId(rule.pattern));
        }
        Ok(())
    }

    /// The sub-rules of a pattern, for explanations.
    pub(crate) fn rules_of(&self, id: PatternId) -> impl Iterator<Item = &Filed> {
        let rules = self.patterns.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
        rules.iter().filter_map(|rule| self.rules.get(*rule as usize))
    }

    fn file(&mut self, pattern: u32, rule: &SubRule) -> u32 {
        let mut tests = Vec::with_capacity(rule.tests.len());
        for test in &rule.tests {
            let path = self.trie.add_path(&test.path);
            tests.push(Test { path, matchers: test.matchers.clone(), absent: test.absent });
        }
        let door = self.choose_door(&tests);
        let id = self.free_rules.pop().unwrap_or(self.rules.len() as u32);
        self.access.file(id, door, matchers_at(&tests, door));
        let filed = Filed { pattern, tests, absent: rule.absent, door };
        match self.rules.get_mut(id as usize) {
            Some(place) => *place = filed,
            None => self.rules.push(filed),
        }
        id
    }

    /// The door with the smallest crowd; among equals the shorter list, then the later path (`detail...` tells more
    /// than `source`).
    fn choose_door(&self, tests: &[Test]) -> Door {
        let mut best = (Door::Always, (usize::MAX, usize::MAX, usize::MAX));
        for test in tests.iter().filter(|t| !t.absent) {
            let exact = test.matchers.iter().all(|m| Key::of_matcher(m).is_some());
            let door = if exact { Door::Values(test.path) } else { Door::Present(test.path) };
            let rank = (usize::from(!exact), self.access.crowd(door, &test.matchers), test.matchers.len());
            if rank <= best.1 {
                best = (door, rank);
            }
        }
        best.0
    }
}

/// The list of the test a door belongs to.
fn matchers_at(tests: &[Test], door: Door) -> &[crate::pattern::Matcher] {
    match door {
        Door::Values(path) | Door::Present(path) => {
            tests.iter().find(|t| t.path == path).map_or(&[], |t| &t.matchers)
        }
        Door::Always => &[],
    }
}
