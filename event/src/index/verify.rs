//! Whether a sub-rule holds for the fields of an event: every test satisfied, by values whose array elements agree.
//!
//! What a test comes to by itself is decided once per event. Without arrays that is all there is; where two tests hold
//! inside elements of the same array, the elements are compared as sets of bits; the rest is a search.

use super::Matching;
use super::book::{Atoms, Test, Tests};
use super::columns::Column;
use super::filing::Filed;
use super::key::Key;
use super::matching::{Known, Outcome};
use super::search::{Room, Search, TooIntricate};
use crate::json::fields::{Field, Fields};
use crate::json::trie::NONE;
use crate::pattern::Seen;

/// Exact values in a list from which on they are looked up, not compared.
const LONG: usize = 4;

/// Checks sub-rules against the fields of one event.
pub(super) struct Verifier<'a> {
    pub(super) text: &'a [u8],
    pub(super) fields: &'a Fields,
    pub(super) atoms: &'a Atoms,
    pub(super) tests: &'a Tests,
}

/// The elements that tests of a sub-rule have in common, while all of them hold in elements of one array only.
#[derive(Default)]
struct Common {
    tests: u32,
    array: u32,
    elements: u64,
}

impl Common {
    /// Adds a test; false when it holds in none of the elements in which the others do.
    #[inline]
    fn narrow(&mut self, outcome: Outcome) -> bool {
        let Outcome::Bound { array, elements } = outcome else { return true };
        self.tests += 1;
        if self.tests == 1 {
            (self.array, self.elements) = (array, elements);
        } else if self.array == array {
            self.elements &= elements;
        } else {
            self.array = NONE;
        }
        self.array == NONE || self.elements != 0
    }
}

/// Whether a field satisfies a test by itself.
fn satisfies(test: &Test, field: &Field, text: &[u8], fields: &Fields) -> bool {
    let value = Seen::new(field, text, &fields.side);
    test.matchers.iter().any(|m| m.accepts(&value))
}

/// Whether a test holds by itself, for some field.
pub(super) fn holds_alone(test: &Test, text: &[u8], fields: &Fields) -> bool {
    let mut all = fields.at(test.path).peekable();
    if all.peek().is_none() {
        return test.absent;
    }
    all.any(|field| satisfies(test, field, text, fields))
}

impl Verifier<'_> {
    /// The numbers at a path, where several fields stand one by one in the elements of an array.
    #[inline]
    pub(super) fn column(&self, path: u32, matching: &mut Matching) -> Option<Column> {
        let last = self.fields.at(path).next().filter(|last| last.next != NONE);
        last.and_then(|_| matching.columns.column((path, matching.event), (self.text, self.fields)))
    }

    /// Whether all tests of a sub-rule hold together in an event with arrays, where its door is open. Without arrays each
    /// of them by itself is enough.
    pub(super) fn agree(&self, rule: &Filed, matching: &mut Matching) -> Result<bool, TooIntricate> {
        if rule.absent {
            // Whether a field is absent depends on the choices before it; any other test must hold by itself.
            let fails = |id: &u32| {
                self.tests.get(*id).is_some_and(|t| !t.absent)
                    && self.outcome(*id, matching) == Outcome::Fails
            };
            return if rule.others.iter().any(fails) {
                Ok(false)
            } else {
                self.search(rule, &mut matching.room)
            };
        }
        let mut common = Common::default();
        for id in &rule.others {
            let outcome = self.outcome(*id, matching);
            if outcome == Outcome::Fails || !common.narrow(outcome) {
                return Ok(false);
            }
        }
        if common.tests == 0 {
            return Ok(true);
        }
        let door = rule.door.map_or(Outcome::Free, |id| self.outcome(id, matching));
        if !common.narrow(door) {
            return Ok(false);
        }
        if common.tests > 1 && common.array == NONE {
            self.search(rule, &mut matching.room)
        } else {
            Ok(true)
        }
    }

    fn search(&self, rule: &Filed, room: &mut Room) -> Result<bool, TooIntricate> {
        let mut search = Search { text: self.text, fields: self.fields, room };
        search.holds(rule.tests.iter().filter_map(|id| self.tests.get(*id)), rule.absent)
    }

    /// What a test comes to, decided when it is first asked for.
    #[inline]
    pub(super) fn outcome(&self, id: u32, matching: &mut Matching) -> Outcome {
        let event = matching.event;
        match matching.known.get(id as usize) {
            Some(known) if known.event == event => known.outcome,
            _ => {
                let outcome = self.tests.get(id).map_or(Outcome::Fails, |test| self.decide(test, matching));
                if let Some(place) = matching.known.get_mut(id as usize) {
                    *place = Known { event, outcome };
                }
                outcome
            }
        }
    }

    #[inline(never)]
    fn decide(&self, test: &Test, matching: &mut Matching) -> Outcome {
        if let Some(range) = test.range
            && !self.fields.elements.is_empty()
        {
            let at = (test.path, matching.event);
            if let Some(outcome) = matching.columns.within(range, at, (self.text, self.fields)) {
                return outcome;
            }
        }
        let mut fields = self.fields.at(test.path).peekable();
        if fields.peek().is_none() {
            return if test.absent { Outcome::Free } else { Outcome::Fails };
        }
        let mut outcome = Outcome::Fails;
        let (mut same, mut satisfied) = (false, false);
        for field in fields {
            if !same {
                satisfied = self.satisfies(test, field);
            }
            same = self.fields.is_repeated(field, self.text);
            if !satisfied {
                continue;
            }
            let Some(element) = self.fields.elements.get(field.element as usize) else {
                return Outcome::Free;
            };
            let first = self.fields.arrays.get(element.array as usize).map_or(0, |a| a.first);
            outcome = outcome.or(field.element, element.array, first);
        }
        outcome
    }

    #[inline]
    fn satisfies(&self, test: &Test, field: &Field) -> bool {
        if !test.exact || test.atoms.len() <= LONG {
            return satisfies(test, field, self.text, self.fields);
        }
        let value = Seen::new(field, self.text, &self.fields.side);
        let atom = Key::of_value(&value).and_then(|key| self.atoms.exact(test.path, key, |_| true));
        atom.is_some_and(|atom| test.atoms.binary_search(&atom).is_ok())
    }
}
