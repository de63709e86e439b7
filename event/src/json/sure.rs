//! Whether a text is surely one JSON object, told 64 bytes at once without taking it apart.
//!
//! What follows what is checked for all tokens of a block together, with one bit a byte:
//!
//! - A value begins wherever an opening bracket, a comma or a colon came before, and nowhere else ([`Tokens::follow`]).
//! - In objects colons take turns with commas and opening braces; a bracket closes after a colon, and what is no string comes
//!   after one. Commas of arrays do not count ([`Sure::turns`]).
//! - A number is digits with a sign before them and one point among them ([`Numbers`]).
//!
//! Brackets alone are looked at one by one, to see that they close what is open. The answer "no" means nothing: what is rare
//! (exponents, deep nesting) is left to the grammar, which also says what is wrong and where.

use fearless_simd::{Simd, dispatch, i8x32, prelude::*, u8x64};

use super::blocks::{BLOCK, level};
use super::figures::Numbers;
use super::lanes::{between, escaped};

/// What `open` reaches when more brackets are open than it has room for, by far: such a text is left to the grammar.
const DEEP: u64 = 1 << 60;
/// Bytes of a vector with which all this is worth it.
const WIDE: usize = 32;

/// What is surely known of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing; the grammar tells.
    Nothing,
    /// It is one object of JSON, if it is UTF-8.
    Object,
    /// It is one object of JSON, in ASCII.
    Ascii,
}

/// The tokens of a block, outside of strings.
struct Tokens {
    commas: u64,
    colons: u64,
    opening: u64,
    closing: u64,
    /// Where values begin: strings, brackets, numbers and words; and those that are none of the first.
    values: u64,
    figures: u64,
}

/// What the brackets of a block come to.
struct Brackets {
    /// Where the innermost bracket that is open is one of an array.
    arrays: u64,
    /// The one that ends the text.
    end: u64,
    /// Those that do not close what is open.
    wrong: u64,
}

/// What goes over from block to block. Words of one bit say it of the first byte of the next block.
struct Sure {
    /// All bits set while a string is open.
    inside: u64,
    /// The block before ended with an escape.
    carry: bool,
    /// A value, or the end of something empty, is to come next.
    due: u64,
    /// A colon came last among colons, commas of objects and braces.
    turn: u64,
    /// The brackets that are open, the innermost lowest, 1 for one of an array; above them is a bit that ends them.
    open: u64,
    numbers: Numbers,
    /// Nothing but ASCII has come.
    ascii: bool,
}

/// Whether `text` surely is one JSON object. Where vectors have 16 bytes only, taking it apart is as fast, and the answer is no.
pub(super) fn what_is_sure(text: &[u8]) -> Known {
    dispatch!(level(), simd => told_if_wide(simd, text))
}

#[inline(always)]
fn told_if_wide<S: Simd>(simd: S, text: &[u8]) -> Known {
    if S::u8s::LEN >= WIDE { told(simd, text) } else { Known::Nothing }
}

#[inline(always)]
fn told<S: Simd>(simd: S, text: &[u8]) -> Known {
    if text.iter().find(|byte| !is_blank(**byte)) != Some(&b'{') {
        return Known::Nothing;
    }
    let mut sure =
        Sure { inside: 0, carry: false, due: 1, turn: 1, open: 1, numbers: Numbers::default(), ascii: true };
    let mut last = [b' '; BLOCK];
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    if let Some(place) = last.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    for n in 0..=blocks.len() {
        let block = blocks.get(n).unwrap_or(&last);
        match sure.block(text, n * BLOCK, (block, u8x64::simd_from(simd, *block))) {
            Some(0) => {}
            Some(end) if !is_space(text, n * BLOCK, end) => break,
            Some(_) => return if sure.ascii { Known::Ascii } else { Known::Object },
            None => break,
        }
    }
    Known::Nothing
}

/// Whether any byte is an escape, a control character or not ASCII: most blocks have none.
#[inline(always)]
fn is_rough<S: Simd>(bytes: u8x64<S>) -> bool {
    let (low, high) = bytes.split();
    // What is not ASCII is negative.
    let (low, high): (i8x32<S>, i8x32<S>) = (low.bitcast(), high.bitcast());
    let rough = |half: i8x32<S>| half.simd_lt(b' ' as i8) | half.simd_eq(b'\\' as i8);
    (rough(low) | rough(high)).any_true()
}

/// Whether only space follows the byte of the block at `from` whose bit is `end`.
fn is_space(text: &[u8], from: usize, end: u64) -> bool {
    let rest = text.get(from + end.trailing_zeros() as usize..).unwrap_or_default();
    rest.iter().skip(1).all(|byte| is_blank(*byte))
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// From each beginning up to the end after it, where the two take turns; `inside`: it begins before the first byte.
///
/// What lies from one bit up to another is the difference of the two. Where they do not take turns it is something else, which
/// [`edges`] tells.
#[inline(always)]
fn stretches(begins: u64, ends: u64, inside: u64) -> u64 {
    ends.wrapping_sub(begins).wrapping_sub(inside)
}

/// Where stretches begin and end. Only the highest bit may be one without being of the kind it should be.
#[inline(always)]
fn edges(stretches: u64, inside: u64) -> u64 {
    stretches ^ (stretches << 1 | inside)
}

/// All bits set when the highest one is.
#[inline(always)]
fn spread(bits: u64) -> u64 {
    0_u64.wrapping_sub(bits >> 63)
}

/// Whether the escape with its letter at `at` is one of JSON.
#[cold]
pub(super) fn is_escape(text: &[u8], at: usize) -> bool {
    match text.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => true,
        Some(b'u') => text.get(at + 1..at + 5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)),
        _ => false,
    }
}

/// Where an escape is wrong.
#[cold]
#[inline(never)]
fn wrong_escapes(text: &[u8], from: usize, letters: u64) -> u64 {
    wrong_bits(letters, |place| is_escape(text, from + place))
}

/// Where a control character stands in a string, or is no space.
#[cold]
#[inline(never)]
fn wrong_controls(block: &[u8; BLOCK], controls: u64, strings: u64) -> u64 {
    let space = |place: usize| block.get(place).is_some_and(|byte| is_blank(*byte));
    (controls & strings) | wrong_bits(controls & !strings, space)
}

/// The bits whose place is not right.
fn wrong_bits(mut bits: u64, right: impl Fn(usize) -> bool) -> u64 {
    let mut wrong = 0;
    while bits != 0 {
        let bit = bits & bits.wrapping_neg();
        bits ^= bit;
        wrong |= if right(bit.trailing_zeros() as usize) { 0 } else { bit };
    }
    wrong
}

/// Of the brackets that close at `bits` and seem to be empty: the braces that open them, which no colons and commas follow, and
/// those that are wrong, or whose braces are not seen from here.
#[cold]
#[inline(never)]
fn empties((text, from): (&[u8], usize), bits: u64) -> (u64, u64) {
    let opened = |place: usize| {
        let before = text.get(..from + place).unwrap_or_default();
        before.iter().rposition(|byte| *byte > b' ').and_then(|at| Some((at, *before.get(at)?)))
    };
    let wrong = wrong_bits(bits, |place| match opened(place) {
        Some((at, b'{')) => at >= from,
        other => matches!(other, Some((_, b'['))),
    });
    let braces = wrong_bits(bits & !wrong, |place| !matches!(opened(place), Some((_, b'{'))));
    // From the bits of the braces that close to those that open.
    let mut found = 0;
    let mut left = braces;
    while left != 0 {
        let place = left.trailing_zeros() as usize;
        left &= left - 1;
        found |= opened(place).map_or(0, |(at, _)| 1 << ((at - from) % BLOCK));
    }
    (found, wrong)
}

impl Sure {
    /// Checks the block at `from`: none when it is not sure; else the bit of the bracket that ends the text, 0 when it goes on.
    #[inline(always)]
    fn block<S: Simd>(
        &mut self,
        text: &[u8],
        from: usize,
        (block, bytes): (&[u8; BLOCK], u8x64<S>),
    ) -> Option<u64> {
        let mut quotes = bytes.simd_eq(b'"').to_bitmask();
        let mut spaces = bytes.simd_eq(b' ').to_bitmask();
        let mut wrong = 0;
        let mut controls = 0;
        if self.carry || is_rough(bytes) {
            controls = bytes.simd_le(0x1f).to_bitmask();
            self.ascii &= bytes.simd_le(0x7f).all_true();
            let letters = escaped(bytes.simd_eq(b'\\').to_bitmask(), &mut self.carry);
            if letters != 0 {
                quotes &= !letters;
                wrong |= wrong_escapes(text, from, letters);
            }
        }
        // A string is its first quote and what follows up to the last quote.
        let strings = between(quotes) ^ self.inside;
        self.inside = spread(strings);
        let out = !(strings | quotes);
        if controls != 0 {
            wrong |= wrong_controls(block, controls, strings);
            spaces |= controls;
        }
        // A bracket and its brace differ in one bit.
        let brackets = bytes | 0x20;
        let opening = brackets.simd_eq(b'{').to_bitmask() & out;
        let closing = brackets.simd_eq(b'}').to_bitmask() & out;
        let commas = bytes.simd_eq(b',').to_bitmask() & out;
        let colons = bytes.simd_eq(b':').to_bitmask() & out;
        let figures = out & !(spaces | commas | colons | opening | closing);
        let mut begins = 0;
        if figures != 0 || self.numbers.is_pending() {
            let (numbers, faults) = self.numbers.check((text, from), bytes, figures);
            wrong |= faults;
            begins = numbers;
        }
        let values = (quotes & strings) | opening | begins;
        let tokens = Tokens { commas, colons, opening, closing, values, figures: begins };
        let (empty, faults) = self.follow(&tokens, spaces);
        wrong |= faults;
        let mut braces = 0;
        let mut brackets = Brackets { arrays: 0_u64.wrapping_sub(self.open & 1), end: 0, wrong: 0 };
        if opening | closing != 0 {
            let squares = bytes.simd_le(b']').to_bitmask();
            self.brackets(&tokens, squares, &mut brackets);
            braces = opening & !squares;
            if empty != 0 {
                let (objects, faults) = empties((text, from), empty);
                braces &= !objects;
                wrong |= faults;
            }
        }
        wrong |= brackets.wrong | self.turns(&tokens, braces, brackets.arrays);
        let end = brackets.end;
        // What follows the end is looked at by the caller.
        if end != 0 {
            wrong &= end | (end - 1);
        }
        (wrong == 0).then_some(end)
    }

    /// Goes through the brackets of a block; `squares` has those of arrays, and other bytes.
    #[inline(always)]
    fn brackets(&mut self, tokens: &Tokens, squares: u64, found: &mut Brackets) {
        let mut open = self.open;
        let (mut bits, mut deep) = (tokens.opening | tokens.closing, 0);
        while bits != 0 {
            let bit = bits & bits.wrapping_neg();
            bits ^= bit;
            let (array, before) = (u64::from(squares & bit != 0), open & 1);
            // Which it is cannot be guessed: no branch.
            let opens = tokens.opening & bit != 0;
            found.wrong |= if opens || before == array { 0 } else { bit };
            open = if opens { open << 1 | array } else { open >> 1 };
            deep |= open;
            if open == 1 {
                found.end = bit;
                break;
            }
            // From here on.
            found.arrays ^= 0_u64.wrapping_sub(before ^ (open & 1)) & bit.wrapping_neg();
        }
        self.open = open;
        found.wrong |= u64::from(deep > DEEP);
    }

    /// Where brackets close that are awaited to hold something, and where a value stands that may not, or none where one must.
    #[inline(always)]
    fn follow(&mut self, tokens: &Tokens, spaces: u64) -> (u64, u64) {
        let asking = tokens.opening | tokens.commas | tokens.colons;
        let next = asking << 1 | self.due;
        // Where that is space, what follows the space: a carry runs over it.
        let (over, carried) = spaces.overflowing_add(next & spaces);
        self.due = asking >> 63 | u64::from(carried);
        let answers = (next | over) & !spaces;
        (tokens.closing & answers, (tokens.values ^ answers) & !tokens.closing)
    }

    /// Where colons do not take turns with commas and braces, and what is no string where a name must be.
    #[inline(always)]
    fn turns(&mut self, tokens: &Tokens, braces: u64, arrays: u64) -> u64 {
        let (colons, others) = (tokens.colons, (tokens.commas & !arrays) | braces);
        // From a colon up to what follows the value.
        let bound = stretches(colons, others, self.turn);
        let all = colons | others;
        let wrong = (edges(bound, self.turn) ^ all) | ((bound & all) ^ colons);
        self.turn = bound >> 63;
        // Braces that are not empty are among those that take turns.
        let named = tokens.closing | tokens.figures | (tokens.opening & !braces);
        wrong | (named & !bound) | (colons & arrays)
    }
}

#[cfg(test)]
mod tests;
