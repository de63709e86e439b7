//! Where the values end that lie between the gaps of a text.

use fearless_simd::{Level, Simd, dispatch, i8x32, prelude::*, u8x32};

use crate::json::blocks::{chunk, container_end_with, last_bytes, span};
use crate::json::fields::Kind;
use crate::json::figures::word;
use crate::json::lanes::{LANE, Lane};
use crate::json::sure::is_escape;

/// Bytes that are looked at at once.
pub(super) const WINDOW: usize = 32;

/// What else there is in the strings that were gone over.
#[derive(Clone, Copy, Default)]
pub(super) struct Rough {
    /// Bytes that are not ASCII.
    pub(super) wide: bool,
    pub(super) escapes: bool,
}

/// Which brackets may begin a value that is gone over as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) objects: bool,
    pub(super) arrays: bool,
}

/// Some bytes of a text, those at `at`.
#[inline(always)]
pub(super) fn window<S: Simd>(simd: S, text: &[u8], at: usize) -> Option<u8x32<S>> {
    chunk(text, at).map(|bytes| u8x32::simd_from(simd, *bytes))
}

/// The [`window`] where fewer are left, with spaces behind them.
#[inline(always)]
fn window_at_end<S: Simd>(simd: S, text: &[u8], at: usize) -> u8x32<S> {
    // A place, not a value: what is moved on the way would be written and read again.
    let rest;
    let bytes = match chunk(text, at) {
        Some(bytes) => bytes,
        None => {
            rest = last_bytes(text, at);
            &rest
        }
    };
    u8x32::simd_from(simd, *bytes)
}

/// The end of the string whose first quote is at `at`.
#[inline(always)]
fn string_end<S: Simd>(simd: S, text: &[u8], at: usize, rough: &mut Rough) -> Option<usize> {
    let at = at + 1;
    if let Some(bytes) = window(simd, text, at) {
        // What is not ASCII is negative.
        let signed: i8x32<S> = bytes.bitcast();
        let quotes = bytes.simd_eq(b'"').to_bitmask() as u32;
        let others = (bytes.simd_eq(b'\\') | signed.simd_lt(b' ' as i8)).to_bitmask() as u32;
        // Nothing else lies before the first of them.
        if quotes != 0 && (quotes ^ quotes.wrapping_sub(1)) & others == 0 {
            return Some(at + quotes.trailing_zeros() as usize + 1);
        }
    }
    long_string_end(text, at, rough)
}

/// The end of the string whose body begins at `at`.
#[inline(never)]
pub(super) fn long_string_end(text: &[u8], mut at: usize, rough: &mut Rough) -> Option<usize> {
    loop {
        if let Some(lane) = text.get(at..).and_then(|rest| rest.first_chunk::<LANE>()).map(Lane::load) {
            let marks = lane.specials() | if rough.wide { 0 } else { lane.not_ascii() };
            if marks == 0 {
                at += LANE;
                continue;
            }
            at += marks.trailing_zeros() as usize;
        }
        match *text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if is_escape(text, at + 1) => {
                rough.escapes = true;
                at += 2;
            }
            b'\\' | 0..0x20 => return None,
            0x80.. => {
                rough.wide = true;
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// The end of the number without exponent at `at`; what follows it is not looked at.
#[inline(always)]
pub(super) fn number_end<S: Simd>(simd: S, text: &[u8], at: usize) -> Option<usize> {
    let bytes = window_at_end(simd, text, at);
    let sign = u32::from(text.get(at) == Some(&b'-'));
    let digits = (bytes - b'0').simd_le(9).to_bitmask() as u32 >> sign;
    let points = bytes.simd_eq(b'.').to_bitmask() as u32 >> sign;
    let all = digits | points;
    // The first bit behind it; none where the number may go on behind the window.
    let end = !all & all.wrapping_add(1);
    let points = points & end.wrapping_sub(1);
    let zero = text.get(at + sign as usize) == Some(&b'0');
    let right = (digits & 1 != 0)
        & (digits & end >> 1 != 0)
        & (points & points.wrapping_sub(1) == 0)
        & !(zero & (digits & 2 != 0))
        & (end.leading_zeros() > sign);
    right.then_some(at + (sign + end.trailing_zeros()) as usize)
}

/// One bit for each byte that cannot be in a number or word.
#[inline(always)]
pub(super) fn word_ends<S: Simd>(bytes: u8x32<S>) -> u32 {
    // Brackets differ in bits 2, 5 and 6.
    let ends = bytes.simd_le(b' ') | bytes.simd_eq(b',') | (bytes | 0x26).simd_eq(0x7f);
    ends.to_bitmask() as u32
}

/// The end of the number or word at `at` of a text that is trusted: the first byte that cannot be in one.
#[inline(always)]
fn word_end<S: Simd>(simd: S, text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let ends = word_ends(window_at_end(simd, text, at));
        if ends != 0 {
            return Some(at + ends.trailing_zeros() as usize);
        }
        at += WINDOW;
    }
}

/// A value that was gone over.
pub(super) struct Behind {
    pub(super) end: usize,
    /// `Missing` for an object or array.
    pub(super) kind: Kind,
}

/// The value at `at`; one that is a list or an object only where it may be gone over as a whole. Of a trusted text the values are not
/// looked at.
#[inline(always)]
pub(super) fn value<S: Simd, const TRUSTED: bool>(
    simd: S,
    text: &[u8],
    at: usize,
    whole: Whole,
    rough: &mut Rough,
) -> Option<Behind> {
    let byte = *text.get(at)?;
    let (end, kind) = match byte {
        b'"' => (string_end(simd, text, at, rough)?, Kind::Text),
        b'-' | b'0'..=b'9' if TRUSTED => (word_end(simd, text, at)?, Kind::Number),
        b'-' | b'0'..=b'9' => (number_end(simd, text, at)?, Kind::Number),
        b'{' if whole.objects => (container_end_with(simd, text, at)?, Kind::Missing),
        b'[' if whole.arrays => (container_end_with(simd, text, at)?, Kind::Missing),
        _ => {
            let kind = match byte {
                b't' => Kind::True,
                b'f' => Kind::False,
                _ => Kind::Null,
            };
            match word(text, at) {
                0 => return None,
                len => (at + len as usize, kind),
            }
        }
    };
    Some(Behind { end, kind })
}

/// The end of the [`value`] at `at`, of texts that are learnt.
pub(super) fn any_value_end(text: &[u8], at: usize, whole: Whole, trusted: bool) -> Option<usize> {
    let (level, mut rough) = (Level::baseline(), Rough::default());
    let behind = if trusted {
        dispatch!(level, simd => value::<_, true>(simd, text, at, whole, &mut rough))
    } else {
        dispatch!(level, simd => value::<_, false>(simd, text, at, whole, &mut rough))
    };
    behind.map(|behind| behind.end)
}

/// What a search of a name came to.
pub(super) enum Search {
    Found(usize),
    /// It does not stand before this, where the object ends: nothing lies on the way but members whose values are not nested.
    Closed(usize),
    /// It does not stand before this, or was not searched.
    Vain(usize),
}

/// Where `name`, which has its quotes, first stands at or behind `at`, if no bracket and no escape lie before it. A value ends
/// at `at`.
#[inline(always)]
pub(super) fn search_name<S: Simd>(simd: S, text: &[u8], mut at: usize, name: &[u8]) -> Search {
    let Some(letter) = name.get(1) else { return Search::Vain(text.len()) };
    let (end, mut passed) = (name.len() - 1, 0);
    while let Some(marks) = marked(simd, text, (at, passed), (*letter, end)) {
        let Marks { from, stops, quotes, .. } = marks;
        let before = stops.wrapping_sub(1) & !stops;
        let mut found = marks.found & before;
        while found != 0 {
            let place = from + found.trailing_zeros() as usize;
            if text.get(place..).is_some_and(|rest| rest.starts_with(name)) {
                return Search::Found(place);
            }
            found &= found - 1;
        }
        if stops != 0 {
            let stop = from + stops.trailing_zeros() as usize;
            // Behind an even number of quotes it is not in a string.
            let inside = (marks.passed ^ quotes & before).count_ones() % 2 != 0;
            let closed = text.get(stop) == Some(&b'}') && !inside;
            return if closed { Search::Closed(stop) } else { Search::Vain(stop + 1) };
        }
        (at, passed) = (from + WINDOW, marks.passed ^ quotes);
    }
    Search::Vain(text.len())
}

/// The window in which a search cannot go on without a look.
struct Marks {
    from: usize,
    /// One bit for each byte with which the name may begin, that may end the search, and that is a quote.
    found: u32,
    stops: u32,
    quotes: u32,
    /// Has as many bits as there are quotes before, but for an even number.
    passed: u32,
}

/// The next window with marks, from behind so many quotes; the name begins with a quote and `letter` and ends with a quote
/// `end` bytes on.
#[inline(always)]
fn marked<S: Simd>(
    simd: S,
    text: &[u8],
    (mut from, mut passed): (usize, u32),
    (letter, end): (u8, usize),
) -> Option<Marks> {
    loop {
        let bytes = span(text, from, end + WINDOW)?;
        let (here, next, last) =
            (window(simd, bytes, 0)?, window(simd, bytes, 1)?, window(simd, bytes, end)?);
        let quotes = here.simd_eq(b'"');
        let found = quotes & next.simd_eq(letter) & last.simd_eq(b'"');
        // A bracket and its brace differ in one bit.
        let braces = here | 0x20;
        let stops = braces.simd_eq(b'{') | braces.simd_eq(b'}') | here.simd_eq(b'\\');
        let (quotes, stops) = (quotes.to_bitmask() as u32, stops.to_bitmask() as u32);
        let found = found.to_bitmask() as u32;
        if found | stops != 0 {
            return Some(Marks { from, found, stops, quotes, passed });
        }
        passed ^= quotes;
        from += WINDOW;
    }
}
