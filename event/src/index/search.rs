//! Choosing fields whose array elements agree: one for each test of a sub-rule.
//!
//! Fields agree unless they stand in different elements of one array. It is a search over the choices of a field for
//! each path, which jumps back to the level that caused a failure and over all elements that fail for the same reason;
//! what is left of its worst case is bounded by [`crate::limits::MAX_MATCH_STEPS`].

use super::book::Test;
use crate::json::fields::Fields;
use crate::json::trie::NONE;
use crate::limits::{MAX_MATCH_STEPS, MAX_PATHS};
use crate::pattern::Seen;

/// Working memory of the search, and its budget.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// The elements of satisfying fields, level by level.
    choices: Vec<u32>,
    levels: Vec<Level>,
    chosen: Vec<u32>,
    /// Comparisons made for this event.
    pub(crate) steps: u32,
}

/// A path whose field must be chosen.
#[derive(Clone, Copy, Debug)]
struct Level {
    start: usize,
    end: usize,
    /// A satisfying field outside of arrays exists: it agrees with everything.
    free: bool,
    /// The path, where it may also be absent; `NONE` where it may not.
    absent: u32,
}

/// A set of levels.
#[derive(Clone, Copy, Default)]
struct Levels([u64; MAX_PATHS.div_ceil(64)]);

impl Levels {
    fn below(level: usize) -> Levels {
        let mut set = Levels::default();
        (0..level).for_each(|l| set.add(l));
        set
    }
    fn add(&mut self, level: usize) {
        if let Some(word) = self.0.get_mut(level / 64) {
            *word |= 1 << (level % 64);
        }
    }
    fn has(&self, level: usize) -> bool {
        self.0.get(level / 64).is_some_and(|word| word & (1 << (level % 64)) != 0)
    }
    /// Adds all of `other` except `level`.
    fn join(&mut self, other: Levels, level: usize) {
        let had = self.has(level);
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a |= b);
        if !had && let Some(word) = self.0.get_mut(level / 64) {
            *word &= !(1 << (level % 64));
        }
    }
}

/// How a search from one level on ended.
enum Found {
    Holds,
    /// It fails as long as these levels stay as they are.
    Fails(Levels),
}

/// The budget of the event is spent.
#[derive(Debug)]
pub(crate) struct TooIntricate;

/// Searches for one sub-rule after the other in the fields of one event.
pub(super) struct Search<'a> {
    pub(super) text: &'a [u8],
    pub(super) fields: &'a Fields,
    pub(super) room: &'a mut Room,
}

impl Search<'_> {
    /// Whether all tests of a sub-rule hold together. `absent` tells whether one of them asks for `exists: false`.
    pub(super) fn holds<'t>(
        &mut self,
        tests: impl Iterator<Item = &'t Test>,
        absent: bool,
    ) -> Result<bool, TooIntricate> {
        if !self.prepare(tests, absent) {
            return Ok(false);
        }
        if !absent {
            if self.room.levels.len() <= 1 {
                return Ok(true);
            }
            self.room.levels.sort_by_key(|l| l.end - l.start);
        }
        self.room.chosen.clear();
        Ok(matches!(self.search(0)?, Found::Holds))
    }

    /// Lists the choices of every test. False when some test has none.
    fn prepare<'t>(&mut self, tests: impl Iterator<Item = &'t Test>, absent: bool) -> bool {
        self.room.choices.clear();
        self.room.levels.clear();
        for test in tests {
            let start = self.room.choices.len();
            let mut free = false;
            for field in self.fields.at(test.path) {
                let value = Seen::new(field, self.text, &self.fields.side);
                if !test.matchers.iter().any(|m| m.accepts(&value)) {
                    continue;
                }
                if field.element == NONE {
                    free = true;
                } else if self.room.choices.get(start..).and_then(<[u32]>::last) != Some(&field.element) {
                    self.room.choices.push(field.element);
                }
            }
            if free && !absent {
                // Nothing looks at what is chosen here, and this choice agrees with every other.
                self.room.choices.truncate(start);
                continue;
            }
            let end = self.room.choices.len();
            if end == start && !free && !test.absent {
                return false;
            }
            if let Some(list) = self.room.choices.get_mut(start..) {
                list.sort_unstable();
            }
            let absent = if test.absent { test.path } else { NONE };
            self.room.levels.push(Level { start, end, free, absent });
        }
        true
    }

    /// Chooses for `level` and all after it.
    fn search(&mut self, level: usize) -> Result<Found, TooIntricate> {
        let Some(here) = self.room.levels.get(level).copied() else { return Ok(Found::Holds) };
        let mut blame = Levels::default();
        if here.free {
            match self.choose(level, NONE)? {
                Found::Fails(why) if why.has(level) => blame.join(why, level),
                end => return Ok(end),
            }
        }
        let mut at = here.start;
        while at < here.end {
            let Some(element) = self.room.choices.get(at).copied() else { break };
            if let Some((other, resume)) = self.clash(element)? {
                blame.add(other);
                let rest = self.room.choices.get(at..here.end).unwrap_or_default();
                at += rest.partition_point(|e| *e < resume).max(1);
                continue;
            }
            match self.choose(level, element)? {
                Found::Fails(why) if why.has(level) => blame.join(why, level),
                end => return Ok(end),
            }
            at += 1;
        }
        if here.absent != NONE {
            if self.is_absent(here.absent)? {
                return match self.choose(level, NONE)? {
                    Found::Fails(why) => {
                        blame.join(why, level);
                        Ok(Found::Fails(blame))
                    }
                    Found::Holds => Ok(Found::Holds),
                };
            }
            // Any other choice before might have put the field out of sight.
            blame.join(Levels::below(level), level);
        }
        Ok(Found::Fails(blame))
    }

    fn choose(&mut self, level: usize, element: u32) -> Result<Found, TooIntricate> {
        self.room.chosen.push(element);
        let end = self.search(level + 1);
        self.room.chosen.pop();
        end
    }

    /// Whether no field at `path` agrees with what is chosen so far.
    fn is_absent(&mut self, path: u32) -> Result<bool, TooIntricate> {
        for field in self.fields.at(path) {
            if field.element == NONE || self.clash(field.element)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The level whose choice `element` disagrees with, and the first element after it that may agree with that.
    fn clash(&mut self, element: u32) -> Result<Option<(usize, u32)>, TooIntricate> {
        let (elements, arrays) = (&self.fields.elements, &self.fields.arrays);
        self.room.steps += 1;
        for (level, chosen) in self.room.chosen.iter().enumerate() {
            let mut at = *chosen;
            while let Some(around) = elements.get(at as usize) {
                self.room.steps += 1;
                let Some(array) = arrays.get(around.array as usize) else { break };
                let same_array = (array.first..=array.last).contains(&element);
                if same_array && !(at..=around.end).contains(&element) {
                    return Ok(Some((level, if element < at { at } else { array.last + 1 })));
                }
                at = around.parent;
            }
        }
        if self.room.steps > MAX_MATCH_STEPS { Err(TooIntricate) } else { Ok(None) }
    }
}
