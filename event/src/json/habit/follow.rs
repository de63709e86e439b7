//! The way through a text from gap to gap.

use fearless_simd::{Simd, dispatch};

use super::Habit;
use super::course::{Acts, act};
use super::gap::Gap;
use super::values::{Behind, Rough, Search, search_name, value};
use crate::json::blocks::level;
use crate::json::cursor::Body;
use crate::json::fields::{Fields, Kind, Value};
use crate::json::trie::{NONE, Trie};

/// A gap that stands and is meant, and the value behind it.
struct Step<'h> {
    gap: &'h Gap,
    /// Where its value begins, and what it is; none at the end of the text, or where no more fields come.
    start: usize,
    behind: Option<Behind>,
    /// There are escapes in it.
    escapes: bool,
}

impl Habit {
    /// Goes through `text`, as far as any field may come; whether all is ASCII, none where no gap is known that stands there.
    pub(super) fn follow(&self, text: &[u8], trie: &Trie, fields: &mut Fields) -> Option<bool> {
        let level = level();
        if self.trusted {
            dispatch!(level, simd => self.go::<_, true>(simd, text, trie, fields))
        } else {
            dispatch!(level, simd => self.go::<_, false>(simd, text, trie, fields))
        }
    }

    #[inline(always)]
    fn go<S: Simd, const TRUSTED: bool>(
        &self,
        simd: S,
        text: &[u8],
        trie: &Trie,
        fields: &mut Fields,
    ) -> Option<bool> {
        let (mut here, mut at, mut ascii) = (self.gaps.first()?, 0, true);
        let (mut element, mut searched) = (NONE, 0);
        loop {
            let mut first = None;
            if TRUSTED && here.searched && at >= searched {
                match self.ahead(simd, text, (here, at)) {
                    Ok((place, gap)) => (at, first) = (place, Some(gap)),
                    Err(end) => searched = end,
                }
            }
            let likely = || self.gaps.get(here.next[0] as usize).filter(|gap| gap.stands(simd, text, at));
            let first = match first.or_else(likely) {
                Some(gap) => gap,
                None => self.other(here, text, at)?,
            };
            let Step { gap, start, behind, escapes } =
                self.step::<S, TRUSTED>(simd, (text, at), (here, first), (trie, fields, &mut ascii))?;
            match gap.effect.acts {
                Acts::Nothing => {}
                Acts::Row => fields.next_element(&mut element),
                Acts::Others(from, to) => {
                    act(self.ops.get(from as usize..to as usize)?, &mut element, trie, fields);
                }
            }
            let Some(Behind { end, kind }) = behind else { return Some(ascii) };
            if gap.effect.is_asked_for() {
                let (first, last) = (start as u32, end as u32);
                let value = match kind {
                    Kind::Text => {
                        fields.text(text, Body { start: first + 1, end: last - 1, escaped: escapes })
                    }
                    _ => Value { kind, side: false, start: first, end: last },
                };
                if kind != Kind::Missing {
                    if gap.effect.path != NONE {
                        fields.push(gap.effect.path, value, element);
                    }
                    if gap.effect.slot != NONE {
                        fields.capture(gap.effect.slot, value);
                    }
                }
                if TRUSTED
                    && gap.may_end(fields)
                    && fields.has_ended(gap.effect.level, trie, text.get(end..)?)
                {
                    return Some(ascii);
                }
                // In a list there may be rows of numbers behind it.
                if gap.effect.level == NONE
                    && self.gaps.get(gap.next[0] as usize).is_some_and(|next| next.runs)
                {
                    let found = (&mut *fields, &mut element, &mut ascii);
                    (here, at) = self.run::<S, TRUSTED>(simd, text, (gap, end), found);
                    continue;
                }
            }
            (here, at) = (gap, end);
        }
    }

    /// In an object in which one name is asked for: the gap with that name, or the one that ends the object, if nothing but
    /// members lie before it that nobody asks for. They are not gone over: the name is searched. Else how far it need not be
    /// searched again.
    ///
    /// No quote lies in a string where no escape does, and a name that begins with a letter does not follow the end of one, so
    /// what is found is a string of its own. Where no bracket lies on the way, it belongs to the same object.
    #[inline(always)]
    fn ahead<S: Simd>(
        &self,
        simd: S,
        text: &[u8],
        (here, at): (&Gap, usize),
    ) -> Result<(usize, &Gap), usize> {
        let state = self.states.get(here.after as usize).ok_or(at)?;
        let name = self.names.get(state.name.0 as usize..state.name.1 as usize).ok_or(at)?;
        let (stop, end, landings) = match search_name(simd, text, at, name) {
            Search::Found(name) => (name, name + 1, state.asked),
            Search::Closed(brace) => (brace, brace + 1, state.close),
            Search::Vain(end) => return Err(end),
        };
        for landing in landings {
            let Some(gap) = self.gaps.get(landing.gap as usize) else { break };
            let Some(place) = stop.checked_sub(landing.offset.into()) else { continue };
            if place >= at && gap.stands(simd, text, place) && gap.is_meant(text, place, true) {
                return Ok((place, gap));
            }
        }
        Err(end)
    }

    /// The gap behind `here` that is meant at `at`, and the value behind it; `next` stands there, and perhaps only begins it.
    #[inline(always)]
    fn step<'h, S: Simd, const TRUSTED: bool>(
        &'h self,
        simd: S,
        (text, at): (&[u8], usize),
        (here, mut next): (&Gap, &'h Gap),
        (trie, fields, ascii): (&Trie, &mut Fields, &mut bool),
    ) -> Option<Step<'h>> {
        loop {
            let start = at + next.len as usize;
            if TRUSTED
                && !next.effect.is_asked_for()
                && next.may_end(fields)
                // Else what is asked for in this very member would be overlooked: its name lies before the rest.
                && next.is_meant(text, at, true)
                && fields.has_ended(next.effect.level, trie, text.get(start..)?)
            {
                return Some(Step { gap: next, start, behind: None, escapes: false });
            }
            if next.is_last() {
                if TRUSTED || start == text.len() {
                    *ascii &= next.ascii;
                    return Some(Step { gap: next, start, behind: None, escapes: false });
                }
            } else {
                let mut rough = Rough { wide: TRUSTED || !*ascii, escapes: false };
                let behind = value::<_, TRUSTED>(simd, text, start, next.effect.whole, &mut rough);
                if behind.is_some() {
                    if !TRUSTED {
                        *ascii &= next.ascii & !rough.wide;
                    }
                    return Some(Step { gap: next, start, behind, escapes: rough.escapes });
                }
            }
            if next.is_meant(text, at, TRUSTED) {
                return None;
            }
            next = self.other(here, text, at)?;
        }
    }

    /// The gap that is meant at `at`, when it is not the one that followed first.
    #[inline(never)]
    fn other<'h>(&'h self, here: &Gap, text: &[u8], at: usize) -> Option<&'h Gap> {
        let mut known = here.next.iter().skip(1).map_while(|next| self.gaps.get(*next as usize));
        known.find(|gap| gap.stands_whole(text, at) && gap.is_meant(text, at, self.trusted))
    }
}
