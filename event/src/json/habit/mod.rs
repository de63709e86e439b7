//! Whether a text is written as texts before it were: what one program writes differs in its values, and hardly in what lies
//! between them.
//!
//! What lies between two values (brackets, commas, names, colons, spaces) is a *gap*. Whether a gap may stand where it stands,
//! and which of the values around it are asked for, depends on the brackets that are open before it and on the names that led
//! there ([`course`]), and on nothing else. So a gap that was read once is known wherever the text is in the same state. Gaps are
//! kept, each with those that followed it. A text that goes from one to the next, with strings, numbers and words between them,
//! is one object of JSON, and its fields are found on the way: that is a comparison for each gap and a search for the end of
//! each value. Where that does not work out nothing is said, and the text is read.
//!
//! Of a trusted text only those gaps are known that lead to what is asked for: other values are gone over whole, whatever they are.
//! Where an object is asked for one member, its name is searched, and from behind it the brace that ends the object.

mod course;
mod follow;
mod gap;
mod run;
#[cfg(test)]
mod tests;
mod values;

use std::sync::Arc;

use course::{Acts, Course, Effect, Frame, Op, Room};
use gap::{Gap, NOWHERE};
use values::any_value_end;

use super::fields::Fields;
use super::sure::{Known, is_blank};
use super::trie::Trie;
use crate::limits::{MAX_HABIT_GAP_BYTES, MAX_HABIT_GAPS, MAX_HABITS};

/// What one text adds that is not as those before, of which each that is takes one away; past the limit only one text in so
/// many is looked at.
const MISS: u32 = 4;
const VAIN: u32 = 256;
const SELDOM: u32 = 64;

/// How the texts before were written, for each set of paths that was asked for.
#[derive(Debug, Default)]
pub(super) struct Habits {
    of: Vec<Habit>,
    texts: u32,
    /// The next that has to make place.
    turn: usize,
}

/// What is known of the texts before.
#[derive(Debug)]
struct Habit {
    /// The paths it was learnt for.
    paths: Arc<()>,
    trusted: bool,
    /// The first one lies before all texts.
    gaps: Vec<Gap>,
    states: Vec<State>,
    /// The brackets of all states, and what all gaps ask for.
    frames: Vec<Frame>,
    ops: Vec<Op>,
    /// The names that are searched, with their quotes.
    names: Vec<u8>,
    room: Room,
    texts: u32,
    vain: u32,
    /// The text that comes to be learnt was looked at.
    tried: bool,
}

/// A state of a text: which brackets are open.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Where they are among all.
    frames: (u32, u32),
    /// Where the one name is that is asked for in the object that is open, if there is one that can be searched.
    name: (u32, u32),
    /// Gaps that have this name and nothing else, and such that end the object.
    asked: Landings,
    close: Landings,
}

/// There are often two ways to go on: an object may be the last of its list.
type Landings = [Landing; 2];

/// A gap that is searched, and how far in it what is searched stands.
#[derive(Clone, Copy, Debug)]
struct Landing {
    gap: u16,
    offset: u8,
}

impl Landing {
    const NOWHERE: Landing = Landing { gap: NOWHERE, offset: 0 };
}

impl State {
    fn new(frames: (u32, u32), name: (u32, u32)) -> State {
        State { frames, name, asked: [Landing::NOWHERE; 2], close: [Landing::NOWHERE; 2] }
    }
}

impl Habits {
    /// The one for these paths; none where there are too many others.
    fn find(&mut self, trie: &Trie, trusted: bool) -> Option<&mut Habit> {
        let is = |habit: &Habit| habit.trusted == trusted && Arc::ptr_eq(&habit.paths, trie.mark());
        if let Some(place) = self.of.iter().position(is) {
            return self.of.get_mut(place);
        }
        if self.of.len() < MAX_HABITS {
            self.of.push(Habit::new(trie, trusted));
            return self.of.last_mut();
        }
        let place = self.of.iter().position(|habit| self.is_over(habit)).or_else(|| {
            self.texts = self.texts.wrapping_add(1);
            self.turn = (self.turn + 1) % MAX_HABITS;
            self.texts.is_multiple_of(SELDOM).then_some(self.turn)
        })?;
        let place = self.of.get_mut(place)?;
        place.begin(trie, trusted);
        Some(place)
    }

    /// Whether nobody asks for its paths any more.
    fn is_over(&self, habit: &Habit) -> bool {
        let own = self.of.iter().filter(|other| Arc::ptr_eq(&other.paths, &habit.paths));
        Arc::strong_count(&habit.paths) == own.count()
    }

    /// Keeps the gaps of a text, as far as they are short.
    pub(super) fn learn(&mut self, text: &[u8], trie: &Trie, trusted: bool) {
        let is = |habit: &&mut Habit| habit.trusted == trusted && Arc::ptr_eq(&habit.paths, trie.mark());
        if let Some(habit) = self.of.iter_mut().find(is)
            && habit.tried
        {
            habit.learn(text, trie);
        }
    }
}

/// What is surely known of `text`, because it is written as texts before it; its fields are found where that is something. A
/// trusted text is only known to be an object, if it is one.
pub(super) fn follow(text: &[u8], trie: &Trie, fields: &mut Fields, trusted: bool) -> Known {
    let mut habits = fields.habits.take().unwrap_or_default();
    let known = match habits.find(trie, trusted) {
        Some(habit) => habit.tells(text, trie, fields),
        None => Known::Nothing,
    };
    fields.habits = Some(habits);
    known
}

impl Habit {
    fn new(trie: &Trie, trusted: bool) -> Habit {
        Habit {
            paths: trie.mark().clone(),
            trusted,
            gaps: Vec::with_capacity(MAX_HABIT_GAPS),
            states: Vec::new(),
            frames: Vec::new(),
            ops: Vec::new(),
            names: Vec::new(),
            room: Room::default(),
            texts: 0,
            vain: 0,
            tried: false,
        }
    }

    /// Begins anew for other paths.
    fn begin(&mut self, trie: &Trie, trusted: bool) {
        (self.paths, self.trusted, self.vain) = (trie.mark().clone(), trusted, 0);
        self.clear();
    }

    fn clear(&mut self) {
        self.gaps.clear();
        self.states.clear();
        self.frames.clear();
        self.ops.clear();
        self.names.clear();
    }

    fn tells(&mut self, text: &[u8], trie: &Trie, fields: &mut Fields) -> Known {
        self.texts = self.texts.wrapping_add(1);
        self.tried = self.vain < VAIN || self.texts.is_multiple_of(SELDOM);
        if !self.tried {
            return Known::Nothing;
        }
        match self.follow(text, trie, fields) {
            Some(ascii) => {
                self.vain = self.vain.saturating_sub(1);
                if ascii { Known::Ascii } else { Known::Object }
            }
            None => {
                self.vain = VAIN.min(self.vain + MISS);
                Known::Nothing
            }
        }
    }

    /// Keeps the gaps of a text, as far as they are right, known to be so, and short.
    fn learn(&mut self, text: &[u8], trie: &Trie) {
        if self.gaps.is_empty() {
            // Before all texts no bracket is open.
            self.states.push(State::new((0, 0), (0, 0)));
            self.gaps.push(Gap::new(b"", (NOWHERE, 0), Effect::NOTHING, false));
        }
        let (mut last, mut at) = (0, 0);
        while let Some((id, end)) = self.read(last, (text, at), trie) {
            let Some(gap) = self.gaps.get(id).filter(|gap| !gap.is_last()) else { return };
            let Some(next) = any_value_end(text, end, gap.effect.whole, self.trusted) else { return };
            (last, at) = (id, next);
        }
    }

    /// Reads the gap at `at` behind another, and keeps it; gives its place and its end.
    fn read(&mut self, last: usize, (text, at): (&[u8], usize), trie: &Trie) -> Option<(usize, usize)> {
        let before = self.gaps.get(last)?.after;
        let mut room = std::mem::take(&mut self.room);
        room.begin(self.frames_of(before)?);
        let mut course = Course::new((text, at), trie, self.trusted, room);
        let end = course.read();
        let kept = end.and_then(|end| {
            let bytes = text.get(at..end).filter(|gap| gap.len() <= MAX_HABIT_GAP_BYTES)?;
            Some((self.keep(last, bytes, (before, &course), trie)?, end))
        });
        self.room = course.room;
        kept
    }

    fn frames_of(&self, state: u16) -> Option<&[Frame]> {
        let (start, end) = self.states.get(state as usize)?.frames;
        self.frames.get(start as usize..end as usize)
    }

    /// Keeps a gap as one that follows another.
    fn keep(
        &mut self,
        last: usize,
        bytes: &[u8],
        (before, course): (u16, &Course<'_>),
        trie: &Trie,
    ) -> Option<usize> {
        // Mostly it is one of those that followed before.
        let followers = self.gaps.get(last)?.next.map(usize::from);
        let is = |id: &usize| self.gaps.get(*id).is_some_and(|gap| gap.is(bytes, before));
        let known = followers.into_iter().find(is).or_else(|| (0..self.gaps.len()).find(is));
        let id = match known {
            Some(id) => id,
            None if self.gaps.len() < MAX_HABIT_GAPS => {
                let after = self.state(&course.room.frames, trie);
                let start = self.ops.len() as u32;
                self.ops.extend_from_slice(&course.room.ops);
                let mut effect = course.effect.clone();
                effect.acts = match course.room.ops.as_slice() {
                    [] => Acts::Nothing,
                    [Op::Row] => Acts::Row,
                    _ => Acts::Others(start, self.ops.len() as u32),
                };
                let id = self.gaps.len();
                let searched =
                    self.states.get(after as usize).is_some_and(|state| state.name.0 < state.name.1);
                self.gaps.push(Gap::new(bytes, (before, after), effect, searched));
                self.land(id as u16, bytes, (before, after));
                id
            }
            None => {
                self.clear();
                return None;
            }
        };
        self.gaps.get_mut(last)?.lead(id as u16);
        Some(id)
    }

    /// Lets a gap be found by a search, where it is one of those that are searched.
    fn land(&mut self, id: u16, bytes: &[u8], (before, after): (u16, u16)) {
        let Some(state) = self.states.get_mut(before as usize) else { return };
        let name = self.names.get(state.name.0 as usize..state.name.1 as usize).unwrap_or_default();
        if name.is_empty() {
            return;
        }
        let first = bytes.iter().position(|byte| !is_blank(*byte)).unwrap_or(bytes.len());
        let place = bytes.iter().position(|byte| *byte == b'"').unwrap_or(bytes.len());
        let rest = bytes.get(place..).and_then(|rest| rest.strip_prefix(name));
        let (landings, offset) = if bytes.get(first) == Some(&b'}') {
            (&mut state.close, first)
        } else if before == after
            && bytes.first() == Some(&b',')
            && rest.is_some_and(|rest| rest.iter().all(|byte| *byte == b':' || is_blank(*byte)))
        {
            (&mut state.asked, place)
        } else {
            return;
        };
        if let Some(free) = landings.iter_mut().find(|landing| landing.gap == NOWHERE) {
            *free = Landing { gap: id, offset: offset as u8 };
        }
    }

    /// The state in which these brackets are open; none of them are at the end.
    fn state(&mut self, frames: &[Frame], trie: &Trie) -> u16 {
        if frames.is_empty() {
            return NOWHERE;
        }
        let known = (0..self.states.len()).find(|state| self.frames_of(*state as u16) == Some(frames));
        let id = known.unwrap_or_else(|| {
            let (start, name) = (self.frames.len() as u32, self.names.len() as u32);
            self.frames.extend_from_slice(frames);
            if self.trusted
                && let Some(only) = frames.last().and_then(|top| top.searched(trie))
            {
                self.names.push(b'"');
                self.names.extend_from_slice(only);
                self.names.push(b'"');
            }
            let (frames, names) = (self.frames.len() as u32, self.names.len() as u32);
            self.states.push(State::new((start, frames), (name, names)));
            self.states.len() - 1
        });
        id as u16
    }
}
