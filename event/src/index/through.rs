//! The way of the fields through the doors of their paths, and what is found behind them.

use super::PatternIndex;
use super::columns::Column;
use super::doors::More;
use super::key::Key;
use super::matching::{Matching, Outcome};
use super::ranges::Ranges;
use super::search::TooIntricate;
use super::verify::Verifier;
use crate::json::fields::{Field, Kind};
use crate::json::trie::NONE;
use crate::pattern::Seen;

impl PatternIndex {
    /// Takes every field through the doors of its path.
    pub(super) fn go_through(
        &self,
        verifier: &Verifier<'_>,
        matching: &mut Matching,
    ) -> Result<(), TooIntricate> {
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
                let exact = if at.wants(field.value.kind) {
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

    /// Takes the numbers of a path, which stand in one array, through the doors for numbers all at once; none where too many
    /// ranges begin between them for that.
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
        let together = ranges.meeting(column.ends, column.len(), &mut |span| {
            if matching.columns.has(column, (span.low, span.high)) {
                hits.push(span.atom);
            }
        });
        let enter = |atom: &u32| self.enter(*atom, verifier, matching);
        let end = together.then(|| hits.iter().try_for_each(enter));
        matching.hits = hits;
        end
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
}
