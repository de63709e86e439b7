//! What lies between two values, and what follows from it.

use fearless_simd::{Simd, prelude::*, u8x32};

use super::course::{Acts, Effect};
use super::values::{WINDOW, window};
use crate::json::fields::Fields;
use crate::json::trie::NONE;
use crate::limits::{MAX_HABIT_GAP_BYTES, MAX_HABIT_NEXT};

/// No gap, no state.
pub(super) const NOWHERE: u16 = u16::MAX;

/// A gap, where the text is in one state. Two lines of the cache, so that its place is a shift and no load meets three.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(super) struct Gap {
    bytes: [u8; MAX_HABIT_GAP_BYTES],
    /// Of the first bytes those that are not of it, one bit each.
    past: u32,
    pub(super) len: u32,
    pub(super) effect: Effect,
    /// The state of the text before it, and after it, where the text goes on.
    pub(super) before: u16,
    pub(super) after: u16,
    /// Those that followed it.
    pub(super) next: [u16; MAX_HABIT_NEXT],
    /// The place in `next` for another one.
    turn: u8,
    pub(super) ascii: bool,
    /// Behind it a name may be searched.
    pub(super) searched: bool,
    /// [`Habit::run`](super::Habit) may go through it: it is short, patterns alone ask for the value, no more than the next element
    /// opens, and behind it the text goes on and nothing is searched, neither a name nor whether more fields come.
    pub(super) runs: bool,
}

impl Gap {
    pub(super) fn new(bytes: &[u8], (before, after): (u16, u16), effect: Effect, searched: bool) -> Gap {
        let mut room = [0; MAX_HABIT_GAP_BYTES];
        room.iter_mut().zip(bytes).for_each(|(to, byte)| *to = *byte);
        let past = u32::MAX.checked_shl(bytes.len() as u32).unwrap_or(0);
        let (len, ascii) = (bytes.len() as u32, bytes.is_ascii());
        let next = [NOWHERE; MAX_HABIT_NEXT];
        let runs = effect.path != NONE
            && (effect.slot, effect.level) == (NONE, NONE)
            && matches!(effect.acts, Acts::Nothing | Acts::Row)
            && after != NOWHERE
            && bytes.len() <= WINDOW
            && !searched;
        Gap { bytes: room, past, len, effect, before, after, next, turn: 0, ascii, searched, runs }
    }

    /// Whether it is these bytes in this state.
    pub(super) fn is(&self, bytes: &[u8], before: u16) -> bool {
        self.before == before && self.len as usize == bytes.len() && self.bytes.starts_with(bytes)
    }

    /// Whether a text ends with it.
    #[inline(always)]
    pub(super) fn is_last(&self) -> bool {
        self.after == NOWHERE
    }

    /// Whether it is worth looking if more fields come.
    #[inline(always)]
    pub(super) fn may_end(&self, fields: &Fields) -> bool {
        self.effect.level != NONE && fields.missing == 0
    }

    /// Whether it stands at `at`.
    #[inline(always)]
    pub(super) fn stands<S: Simd>(&self, simd: S, text: &[u8], at: usize) -> bool {
        match window(simd, text, at) {
            Some(here) if self.len as usize <= WINDOW => self.is_at(simd, here),
            _ => self.stands_whole(text, at),
        }
    }

    /// Whether these bytes begin with it, if it is not longer.
    #[inline(always)]
    pub(super) fn is_at<S: Simd>(&self, simd: S, here: u8x32<S>) -> bool {
        let own = self.bytes.first_chunk().unwrap_or(&[0; WINDOW]);
        here.simd_eq(u8x32::simd_from(simd, *own)).to_bitmask() as u32 | self.past == u32::MAX
    }

    #[inline(never)]
    pub(super) fn stands_whole(&self, text: &[u8], at: usize) -> bool {
        let bytes = self.bytes.get(..self.len as usize).unwrap_or_default();
        text.get(at..).is_some_and(|rest| rest.starts_with(bytes))
    }

    /// Whether it is meant, where it stands: one gap may begin another (`{"a":` and `{"a":{"b":`), and only behind that which is
    /// meant a value begins, or the text ends.
    #[inline]
    pub(super) fn is_meant(&self, text: &[u8], at: usize, trusted: bool) -> bool {
        match text.get(at + self.len as usize) {
            after if self.is_last() => trusted || after.is_none(),
            Some(b'{') => self.effect.whole.objects,
            Some(b'[') => self.effect.whole.arrays,
            Some(byte) => matches!(byte, b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'),
            None => false,
        }
    }

    /// Keeps `next` as one that followed.
    pub(super) fn lead(&mut self, next: u16) {
        if self.next.contains(&next) {
            return;
        }
        let free = self.next.iter().position(|known| *known == NOWHERE);
        let place = free.unwrap_or(self.turn as usize % MAX_HABIT_NEXT);
        self.turn = (place as u8 + 1) % MAX_HABIT_NEXT as u8;
        if let Some(known) = self.next.get_mut(place) {
            *known = next;
        }
    }
}
