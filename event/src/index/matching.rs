//! The working memory of matching: what was already decided for this event, and what was found.

use super::PatternId;
use super::columns::Columns;
use super::doors::Stamps;
use super::found::Found;
use super::search::Room;
use crate::json::trie::NONE;

/// What is known of a test in one event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known {
    pub(super) event: u32,
    pub(super) outcome: Outcome,
}

/// How a test ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fails,
    /// By a field outside of arrays, which agrees with every other, or by the absence of all fields.
    Free,
    /// By fields in elements of one array: which of its first 64 (`NONE` for an array: of several, or later ones).
    Bound {
        array: u32,
        elements: u64,
    },
}

/// Sizes of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) rules: usize,
    pub(super) patterns: usize,
    pub(super) tests: usize,
    pub(super) atoms: usize,
    pub(super) paths: usize,
}

/// Working memory; the marks are numbers of events, and those of older events do not count.
#[derive(Debug, Default)]
pub(crate) struct Matching {
    pub(super) event: u32,
    /// There is room for an index of these.
    sizes: Sizes,
    tried: Vec<u32>,
    followed: Vec<u32>,
    pub(super) known: Vec<Known>,
    pub(super) stamps: Stamps,
    pub(super) hits: Vec<u32>,
    pub(super) columns: Columns,
    pub(super) set: Found,
    pub(crate) found: Vec<PatternId>,
    pub(crate) room: Room,
}

fn grow<T: Clone>(list: &mut Vec<T>, len: usize, filler: T) {
    if list.len() < len {
        list.resize(len, filler);
    }
}

impl Matching {
    #[inline]
    pub(super) fn reset(&mut self, sizes: Sizes) {
        if self.event == u32::MAX {
            self.tried.clear();
            self.followed.clear();
            self.columns.clear();
            self.known.clear();
            (self.event, self.sizes) = (0, Sizes::default());
        }
        self.event += 1;
        if self.stamps.renew() {
            self.sizes = Sizes::default();
        }
        if self.sizes != sizes {
            self.make_room(sizes);
        }
        self.columns.reset();
        self.room.steps = 0;
    }

    #[cold]
    fn make_room(&mut self, sizes: Sizes) {
        self.sizes = sizes;
        grow(&mut self.tried, sizes.rules, 0);
        grow(&mut self.followed, sizes.atoms, 0);
        self.set.make_room(sizes.patterns);
        self.columns.make_room(sizes.paths);
        grow(&mut self.known, sizes.tests, Known { event: 0, outcome: Outcome::Fails });
        self.stamps.make_room(sizes.atoms);
    }

    /// Whether all that follows from an atom was found for this event.
    #[inline]
    pub(super) fn was_followed(&self, atom: u32) -> bool {
        self.followed.get(atom as usize) == Some(&self.event)
    }

    #[inline]
    pub(super) fn mark_followed(&mut self, atom: u32) {
        if let Some(mark) = self.followed.get_mut(atom as usize) {
            *mark = self.event;
        }
    }

    /// Marks a sub-rule as tried; whether it was not yet.
    #[inline]
    pub(super) fn first_try(&mut self, rule: u32) -> bool {
        let event = self.event;
        self.tried.get_mut(rule as usize).is_some_and(|mark| std::mem::replace(mark, event) != event)
    }
}

impl Outcome {
    /// One more element of `array`, whose first is `first`, has a field that satisfies the test.
    pub(super) fn or(self, element: u32, array: u32, first: u32) -> Outcome {
        let place = element.wrapping_sub(first);
        let here = if place < 64 { (array, 1_u64 << place) } else { (NONE, 0) };
        match self {
            Outcome::Free => Outcome::Free,
            Outcome::Fails => Outcome::Bound { array: here.0, elements: here.1 },
            Outcome::Bound { array, elements } if array == here.0 => {
                Outcome::Bound { array, elements: elements | here.1 }
            }
            Outcome::Bound { .. } => Outcome::Bound { array: NONE, elements: 0 },
        }
    }
}
