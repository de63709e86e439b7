//! Many patterns against one event: one scan, then only the patterns that may match.
//!
//! ```text
//! patterns --> sub-rules --> tests --> atoms        each test and each atom is stored once        (book)
//!                  |                     |
//!                  +--- stands behind ---+          the atoms of its rarest test                  (weigh)
//!
//! event --> fields --> doors of the path --> atoms that hold --> sub-rules behind them --> verified --> found
//!           (json)     (doors, affix, ranges, blocks, windows)                             (verify, search)
//! ```
//!
//! Each sub-rule of a pattern stands behind one of its tests, the one that holds least often. A field's value goes
//! through the doors of its path, which give the atoms that hold without looking at those that do not: a table of exact
//! values, tries of beginnings and ends, ordered ranges, blocks of addresses, windows of wildcards; `anything-but` is
//! what remains when its exclusions are struck out. The sub-rules behind are verified, the tests they share once. So
//! the cost follows the candidates, not the number of patterns.

mod affix;
mod blocks;
mod book;
mod columns;
mod doors;
mod filing;
mod found;
mod key;
mod matching;
mod near;
mod ranges;
mod search;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod together;
mod verify;
mod weigh;
mod windows;

use book::{Atoms, Ids, Test, Tests};
use columns::Column;
use doors::{Doors, More};
use filing::Filed;
use key::Key;
pub(crate) use matching::Matching;
use matching::{Outcome, Sizes};
pub use near::PatternMiss;
use ranges::Ranges;
use search::TooIntricate;
use verify::Verifier;

use crate::json::fields::{Field, Kind};
use crate::json::scan::{scan, scan_bytes, scan_trusted};
use crate::json::trie::{NONE, Trie};
use crate::json::{JsonError, JsonErrorKind};
use crate::pattern::Seen;
use crate::scratch::Scratch;

/// A pattern's place in an index. Given again after the pattern was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatternId(pub u32);

/// A set of patterns that is matched against events all at once.
#[derive(Clone, Debug)]
pub struct PatternIndex {
    pub(crate) trie: Trie,
    atoms: Atoms,
    tests: Tests,
    doors: Doors,
    /// Sub-rules whose tests are all satisfied by absence too.
    always: Vec<u32>,
    /// The sub-rules of each pattern, by pattern id.
    patterns: Vec<Ids>,
    free_patterns: Vec<u32>,
    rules: Vec<Filed>,
    free_rules: Vec<u32>,
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
            atoms: Atoms::default(),
            tests: Tests::default(),
            doors: Doors::default(),
            always: Vec::new(),
            patterns: Vec::new(),
            free_patterns: Vec::new(),
            rules: Vec::new(),
            free_rules: Vec::new(),
        }
    }

    /// The patterns `event` matches, in the order of their ids.
    ///
    /// # Errors
    /// When the bytes are not UTF-8, not one JSON object, or past a limit ([`crate::limits`]).
    pub fn matches<'s>(&self, event: &[u8], scratch: &'s mut Scratch) -> Result<&'s [PatternId], JsonError> {
        scan_bytes(event, &self.trie, &mut scratch.fields)?;
        self.select(event, scratch)?;
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
        self.select(event.as_bytes(), scratch)?;
        Ok(&scratch.matching.found)
    }

    /// Scans and matches; the patterns are left in `scratch.matching.found`, what was scanned in `scratch.fields`.
    pub(crate) fn find(&self, text: &str, scratch: &mut Scratch) -> Result<(), JsonError> {
        scan(text, &self.trie, &mut scratch.fields)?;
        self.select(text.as_bytes(), scratch)
    }

    /// Matches what was scanned.
    fn select(&self, text: &[u8], scratch: &mut Scratch) -> Result<(), JsonError> {
        let Scratch { fields, matching, .. } = scratch;
        matching.reset(Sizes {
            rules: self.rules.len(),
            patterns: self.patterns.len(),
            tests: self.tests.len(),
            atoms: self.atoms.len(),
            paths: self.trie.path_count(),
        });
        let verifier = Verifier { text, fields, atoms: &self.atoms, tests: &self.tests };
        let end = self.go_through(&verifier, matching);
        matching.set.drain_into(&mut matching.found);
        end.map_err(|TooIntricate| JsonError { offset: 0, kind: JsonErrorKind::TooIntricate })
    }

    /// Takes every field through the doors of its path.
    fn go_through(&self, verifier: &Verifier<'_>, matching: &mut Matching) -> Result<(), TooIntricate> {
        if self.doors.has_ranges_only() && verifier.fields.elements.is_empty() {
            self.read_numbers(verifier);
        }
        for (path, first) in &verifier.fields.list {
            if first.next != NONE {
                // It came with the first field of its path.
                continue;
            }
            let Some(at) = self.doors.at(*path).filter(|at| at.busy) else { continue };
            if at.ranges_only
                && let Some(more) = &at.more
            {
                self.go_in_numbers((*path, &more.ranges), first, verifier, matching)?;
                continue;
            }
            for field in verifier.fields.at(*path) {
                // What follows from a value follows from it once.
                if verifier.fields.is_repeated(field, verifier.text) {
                    continue;
                }
                let exact = if at.awaits(field.value.kind) {
                    self.exact(*path, field, verifier, matching)
                } else {
                    None
                };
                match (at.more.as_deref(), exact) {
                    (Some(more), _) => {
                        matching.stamps.next_field();
                        exact.into_iter().try_for_each(|atom| self.enter(atom, verifier, matching))?;
                        self.go_in(more, field, verifier, matching)?;
                    }
                    // It was just read, so its front would be another place to fetch.
                    (None, Some(atom)) => self.follow(atom, verifier, matching)?,
                    (None, None) => {}
                }
            }
        }
        self.always.iter().try_for_each(|rule| self.attempt(*rule, 0, verifier, matching))
    }

    /// Reads the numbers that ranges alone are asked for. Which of them hold nobody can guess, the processor neither: it would
    /// wait for each number before it begins with the next.
    #[inline]
    fn read_numbers(&self, verifier: &Verifier<'_>) {
        for (path, first) in &verifier.fields.list {
            if first.next == NONE && self.doors.at(*path).is_some_and(|at| at.ranges_only) {
                first.number_inline(verifier.text);
            }
        }
    }

    /// Takes the numbers of a path through the doors for numbers.
    #[inline]
    fn go_in_numbers(
        &self,
        (path, ranges): (u32, &Ranges),
        first: &Field,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Result<(), TooIntricate> {
        if first.element != NONE
            && let Some(column) = verifier.column(path, matching)
            && let Some(end) = self.go_in_together(ranges, &column, verifier, matching)
        {
            return end;
        }
        let fields = verifier.fields;
        let mut once = fields.at(path).filter(|field| !fields.is_repeated(field, verifier.text));
        once.try_for_each(|field| self.go_in_number(ranges, field, verifier, matching))
    }

    /// Takes the numbers of a path, which stand in one array, through the doors for numbers all at once; none where they
    /// lie too far apart for that.
    #[inline(never)]
    fn go_in_together(
        &self,
        ranges: &Ranges,
        column: &Column,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Option<Result<(), TooIntricate>> {
        let mut hits = std::mem::take(&mut matching.hits);
        hits.clear();
        let together = ranges.meeting(column.ends, &mut |span| {
            if matching.columns.has(column, (span.low, span.high)) {
                hits.push(span.atom);
            }
        });
        let end = hits.iter().try_for_each(|atom| self.enter(*atom, verifier, matching));
        matching.hits = hits;
        together.then_some(end)
    }

    /// The atom of exactly this value, where anything can follow from it.
    #[inline]
    fn exact(
        &self,
        path: u32,
        field: &Field,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Option<u32> {
        let value = Seen::new(field, verifier.text, &verifier.fields.side);
        let may = |test| verifier.outcome(test, matching) != Outcome::Fails;
        self.atoms.exact(path, Key::of_value(&value)?, may)
    }

    /// Takes a field through all doors of its path but that of exact values.
    #[inline]
    fn go_in(
        &self,
        more: &More,
        field: &Field,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Result<(), TooIntricate> {
        let mut end = Ok(());
        if field.value.kind == Kind::Number && !more.ranges.is_empty() {
            end = self.go_in_number(&more.ranges, field, verifier, matching);
        } else if field.value.kind == Kind::Text {
            end = self.go_in_text(more, field, verifier, matching);
        }
        end?;
        // The first field of a path is the one after which none comes.
        if field.next == NONE {
            more.present.iter().try_for_each(|atom| self.enter(*atom, verifier, matching))?;
        }
        for atom in &more.but {
            if !matching.stamps.has(*atom) {
                self.enter(*atom, verifier, matching)?;
            }
        }
        Ok(())
    }

    /// Takes a number through the doors for numbers.
    #[inline(never)]
    fn go_in_number(
        &self,
        ranges: &Ranges,
        field: &Field,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Result<(), TooIntricate> {
        let Some(number) = field.number(verifier.text) else { return Ok(()) };
        let mut end = Ok(());
        ranges.containing(number, &mut |atom| {
            if end.is_ok() {
                end = self.enter(atom, verifier, matching);
            }
        });
        end
    }

    /// Takes a text through the doors for texts.
    #[inline(never)]
    fn go_in_text(
        &self,
        more: &More,
        field: &Field,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Result<(), TooIntricate> {
        let value = Seen::new(field, verifier.text, &verifier.fields.side);
        let mut hits = std::mem::take(&mut matching.hits);
        hits.clear();
        more.open_text(&self.atoms, &value, &mut matching.stamps, &mut hits);
        let end = hits.iter().try_for_each(|atom| self.enter(*atom, verifier, matching));
        matching.hits = hits;
        end
    }

    /// An atom holds: finds what it suffices for, tries what stands behind it, and strikes out what it excludes.
    #[inline]
    fn enter(&self, atom: u32, verifier: &Verifier<'_>, matching: &mut Matching) -> Result<(), TooIntricate> {
        let front = self.atoms.front(atom);
        if front != NONE {
            matching.set.add(front);
            return Ok(());
        }
        if matching.was_followed(atom) {
            return Ok(());
        }
        self.follow(atom, verifier, matching)
    }

    /// What follows from an atom that holds; once an event, but for what it excludes.
    #[inline(never)]
    fn follow(&self, id: u32, verifier: &Verifier<'_>, matching: &mut Matching) -> Result<(), TooIntricate> {
        let Some(atom) = self.atoms.get(id) else { return Ok(()) };
        if atom.excludes.is_empty() {
            matching.mark_followed(id);
        }
        for but in &atom.excludes {
            matching.stamps.mark(*but);
        }
        atom.whole.iter().for_each(|pattern| matching.set.add(*pattern));
        for (rule, first) in &atom.rules {
            if *first == NONE {
                self.attempt(*rule, 0, verifier, matching)?;
            } else if verifier.outcome(*first, matching) != Outcome::Fails {
                self.attempt(*rule, 1, verifier, matching)?;
            }
        }
        Ok(())
    }

    /// Verifies one candidate, of whose other tests `checked` are known to hold; where there are arrays, which may make
    /// it dear, once per event and not when its pattern is found already.
    #[inline]
    fn attempt(
        &self,
        id: u32,
        checked: usize,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Result<(), TooIntricate> {
        let Some(rule) = self.rules.get(id as usize) else { return Ok(()) };
        let holds = if verifier.fields.elements.is_empty() {
            rule.others.iter().skip(checked).all(|test| verifier.outcome(*test, matching) != Outcome::Fails)
        } else {
            !matching.set.has(rule.pattern) && matching.first_try(id) && verifier.agree(rule, matching)?
        };
        if holds {
            matching.set.add(rule.pattern);
        }
        Ok(())
    }

    /// The tests of each sub-rule of a pattern, for explanations.
    fn rules_of(&self, id: PatternId) -> impl Iterator<Item = Vec<&Test>> {
        let rules = self.patterns.get(id.0 as usize).map_or(&[][..], |rules| rules);
        let filed = rules.iter().filter_map(|rule| self.rules.get(*rule as usize));
        filed.map(|filed| filed.tests.iter().filter_map(|test| self.tests.get(*test)).collect())
    }
}
