//! Many patterns against one event: one scan, then only the patterns that may match.
//!
//! ```text
//! patterns --> sub-rules --> tests --> atoms        each test and each atom is stored once        (book)
//!                  |                     |
//!                  +--- stands behind ---+          the atoms of its rarest test                  (weigh)
//!
//! event --> fields --> doors of the path --> atoms that hold --> sub-rules behind them --> verified --> found
//!           (json)     (through, doors, affix, ranges, blocks, windows)                    (verify, search)
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
mod through;
#[cfg(test)]
mod together;
mod verify;
mod weigh;
mod windows;

use book::{Atoms, Ids, Test, Tests};
use doors::Doors;
use filing::Filed;
pub(crate) use matching::Matching;
use matching::Sizes;
pub use near::PatternMiss;
use search::TooIntricate;
use verify::Verifier;

use crate::json::scan::{scan, scan_bytes, scan_trusted};
use crate::json::trie::Trie;
use crate::json::{JsonError, JsonErrorKind};
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

    /// The tests of each sub-rule of a pattern, for explanations.
    fn rules_of(&self, id: PatternId) -> impl Iterator<Item = Vec<&Test>> {
        let rules = self.patterns.get(id.0 as usize).map_or(&[][..], |rules| rules);
        let filed = rules.iter().filter_map(|rule| self.rules.get(*rule as usize));
        filed.map(|filed| filed.tests.iter().filter_map(|test| self.tests.get(*test)).collect())
    }
}
