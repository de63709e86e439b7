//! Numbers one behind the other: most of what lists of points and of measurements hold.

use fearless_simd::Simd;

use super::Habit;
use super::course::Acts;
use super::gap::Gap;
use super::values::{number_end, window, word_ends};
use crate::json::fields::{Fields, Kind, Value};

impl Habit {
    /// Goes on from the gap `here`, whose value ends at `at`, as long as those gaps follow that mostly do and behind each of them
    /// there is a short number that a pattern asks for. [`Habit::follow`] does the same for any gap and any value, and more slowly.
    #[inline(always)]
    pub(super) fn run<'h, S: Simd, const TRUSTED: bool>(
        &'h self,
        simd: S,
        text: &[u8],
        (here, at): (&'h Gap, usize),
        (fields, element, ascii): (&mut Fields, &mut u32, &mut bool),
    ) -> (&'h Gap, usize) {
        // In a function of its own, so that all it needs is kept in registers.
        simd.vectorize(
            #[inline(always)]
            || self.numbers::<S, TRUSTED>(simd, text, (here, at), (fields, element, ascii)),
        )
    }

    #[inline(always)]
    fn numbers<'h, S: Simd, const TRUSTED: bool>(
        &'h self,
        simd: S,
        text: &[u8],
        (mut here, mut at): (&'h Gap, usize),
        (fields, element, ascii): (&mut Fields, &mut u32, &mut bool),
    ) -> (&'h Gap, usize) {
        let mut inner = *element;
        while let Some(next) = self.gaps.get(here.next[0] as usize).filter(|next| next.runs)
            && let Some(window) = window(simd, text, at)
            && next.is_at(simd, window)
        {
            let start = at + next.len as usize;
            let end = if TRUSTED { short_word_end(simd, text, start) } else { number_end(simd, text, start) };
            let Some(end) = end else { break };
            if matches!(next.effect.acts, Acts::Row) {
                fields.next_element(&mut inner);
            }
            if !TRUSTED {
                *ascii &= next.ascii;
            }
            let value = Value { kind: Kind::Number, side: false, start: start as u32, end: end as u32 };
            fields.push(next.effect.path, value, inner);
            (here, at) = (next, end);
        }
        *element = inner;
        (here, at)
    }
}

/// The end of the number at `at` of a text that is trusted, if it has not more bytes than are looked at at once; none where
/// another value begins.
#[inline(always)]
fn short_word_end<S: Simd>(simd: S, text: &[u8], at: usize) -> Option<usize> {
    // Between a sign and the digits lies what begins no value.
    let is_number = matches!(text.get(at)?, b'-'..=b'9');
    let ends = word_ends(window(simd, text, at)?);
    (is_number & (ends != 0)).then_some(at + ends.trailing_zeros() as usize)
}
