//! Whether a text is surely one JSON object, told 64 bytes at once without taking it apart.
//!
//! What follows what is checked for all tokens of a block together, with one bit a byte:
//!
//! - A value begins wherever an opening bracket, a comma or a colon came before, and nowhere else ([`Tokens::follow`]).
//! - In objects colons take turns with commas and opening braces: the number of both up to a colon is odd, up to any of the
//!   others even, and odd again up to a bracket that closes. Commas of arrays do not count ([`Sure::turns`]).
//! - A number is digits with a sign before them and one point among them ([`Numbers`]).
//!
//! Brackets alone are looked at one by one, to see that they close what is open. The answer "no" means nothing: what is rare
//! (exponents, deep nesting) is left to the grammar, which also says what is wrong and where.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

use super::blocks::BLOCK;
use super::figures::Numbers;
use super::lanes::{between, escaped};

/// What `open` reaches when more brackets are open than it has room for, by far: such a text is left to the grammar.
const DEEP: u64 = 1 << 60;
/// Bytes of a vector with which all this is worth it.
const WIDE: usize = 32;

/// Which bytes of a block are what, wherever they are.
struct Raw {
    quotes: u64,
    escapes: u64,
    commas: u64,
    colons: u64,
    opening: u64,
    closing: u64,
    squares: u64,
    spaces: u64,
    controls: u64,
}

impl Raw {
    #[inline(always)]
    fn of<S: Simd>(bytes: u8x64<S>) -> Raw {
        // A bracket and its brace differ in one bit.
        let braces = bytes | 0x20;
        Raw {
            quotes: bytes.simd_eq(b'"').to_bitmask(),
            escapes: bytes.simd_eq(b'\\').to_bitmask(),
            commas: bytes.simd_eq(b',').to_bitmask(),
            colons: bytes.simd_eq(b':').to_bitmask(),
            opening: braces.simd_eq(b'{').to_bitmask(),
            closing: braces.simd_eq(b'}').to_bitmask(),
            squares: bytes.simd_le(b']').to_bitmask(),
            spaces: bytes.simd_eq(b' ').to_bitmask(),
            controls: bytes.simd_le(0x1f).to_bitmask(),
        }
    }
}

/// The tokens of a block, outside of strings.
struct Tokens {
    /// First and last quotes of strings.
    begins: u64,
    ends: u64,
    commas: u64,
    colons: u64,
    opening: u64,
    closing: u64,
    spaces: u64,
    squares: u64,
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
    /// A string has just ended.
    ended: u64,
    /// All bits set when an odd number of colons, commas and braces came before.
    turn: u64,
    /// The brackets that are open, the innermost lowest, 1 for one of an array; above them is a bit that ends them.
    open: u64,
    numbers: Numbers,
}

/// Whether `text` surely is one JSON object. Where vectors have 16 bytes only, taking it apart is as fast, and the answer is no.
pub(super) fn is_surely_object(text: &[u8]) -> bool {
    dispatch!(Level::new(), simd => is_object_if_wide(simd, text))
}

#[inline(always)]
fn is_object_if_wide<S: Simd>(simd: S, text: &[u8]) -> bool {
    S::u8s::LEN >= WIDE && is_object(simd, text)
}

#[inline(always)]
fn is_object<S: Simd>(simd: S, text: &[u8]) -> bool {
    if text.iter().find(|byte| !is_blank(**byte)) != Some(&b'{') {
        return false;
    }
    let mut sure = Sure {
        inside: 0,
        carry: false,
        due: 1,
        ended: 0,
        turn: u64::MAX,
        open: 1,
        numbers: Numbers::default(),
    };
    let mut last = [b' '; BLOCK];
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    if let Some(place) = last.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    for (n, block) in blocks.iter().chain([&last]).enumerate() {
        match sure.block(text, n * BLOCK, (block, u8x64::simd_from(simd, *block))) {
            Some(0) => {}
            Some(end) => return is_space(text, n * BLOCK, end),
            None => return false,
        }
    }
    false
}

/// Whether only space follows the byte of the block at `from` whose bit is `end`.
fn is_space(text: &[u8], from: usize, end: u64) -> bool {
    let rest = text.get(from + end.trailing_zeros() as usize..).unwrap_or_default();
    rest.iter().skip(1).all(|byte| is_blank(*byte))
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// All bits set when the highest one is.
#[inline(always)]
fn spread(bits: u64) -> u64 {
    0_u64.wrapping_sub(bits >> 63)
}

/// Whether the escape with its letter at `at` is one of JSON.
#[cold]
fn is_escape(text: &[u8], at: usize) -> bool {
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
        let raw = Raw::of(bytes);
        let (mut quotes, mut wrong) = (raw.quotes, 0);
        if raw.escapes != 0 || self.carry {
            let letters = escaped(raw.escapes, &mut self.carry);
            quotes &= !letters;
            wrong |= wrong_escapes(text, from, letters);
        }
        // A string is its first quote and what follows up to the last quote.
        let strings = between(quotes) ^ self.inside;
        self.inside = spread(strings);
        let out = !(strings | quotes);
        if raw.controls != 0 {
            wrong |= wrong_controls(block, raw.controls, strings);
        }
        let (opening, closing) = (raw.opening & out, raw.closing & out);
        let spaces = (raw.spaces | raw.controls) & out;
        let (commas, colons) = (raw.commas & out, raw.colons & out);
        let figures = out & !(spaces | commas | colons | opening | closing);
        let tokens = Tokens {
            begins: quotes & strings,
            ends: quotes & !strings,
            commas,
            colons,
            opening,
            closing,
            spaces,
            squares: raw.squares,
        };
        let Brackets { arrays, end, wrong: faults } = self.brackets(&tokens);
        let begins = if figures != 0 || self.numbers.is_pending() {
            let (begins, faults) = self.numbers.check((text, from), bytes, figures);
            wrong |= faults;
            begins
        } else {
            0
        };
        let (empty, follows) = self.follow(&tokens, begins);
        let mut braces = opening & !raw.squares;
        if empty != 0 {
            let (objects, faults) = empties((text, from), empty);
            braces &= !objects;
            wrong |= faults;
        }
        wrong |= faults | follows | self.turns(&tokens, braces, arrays) | self.names(&tokens);
        // What follows the end is looked at by the caller.
        if end != 0 {
            wrong &= end | (end - 1);
        }
        (wrong == 0).then_some(end)
    }

    /// Goes through the brackets of a block.
    #[inline(always)]
    fn brackets(&mut self, tokens: &Tokens) -> Brackets {
        let mut open = self.open;
        let mut found = Brackets { arrays: 0_u64.wrapping_sub(open & 1), end: 0, wrong: 0 };
        let (mut bits, mut deep) = (tokens.opening | tokens.closing, 0);
        while bits != 0 {
            let bit = bits & bits.wrapping_neg();
            bits ^= bit;
            let (array, before) = (u64::from(tokens.squares & bit != 0), open & 1);
            if tokens.opening & bit != 0 {
                open = open << 1 | array;
                deep |= open;
            } else {
                found.wrong |= if before == array { 0 } else { bit };
                open >>= 1;
                if open == 1 {
                    found.end = bit;
                    break;
                }
            }
            // From here on.
            found.arrays ^= 0_u64.wrapping_sub(before ^ (open & 1)) & bit.wrapping_neg();
        }
        self.open = open;
        found.wrong |= u64::from(deep > DEEP);
        found
    }

    /// Where brackets close that are awaited to hold something, and where a value stands that may not, or does not stand where it
    /// must. `figures`: where numbers and words begin.
    #[inline(always)]
    fn follow(&mut self, tokens: &Tokens, figures: u64) -> (u64, u64) {
        let separators = tokens.commas | tokens.colons;
        let asking = tokens.opening | separators;
        let next = asking << 1 | self.due;
        // Where that is space, what follows the space: a carry runs over it.
        let (over, carried) = tokens.spaces.overflowing_add(next & tokens.spaces);
        self.due = asking >> 63 | u64::from(carried);
        let answers = (next | over) & !tokens.spaces;
        let values = tokens.begins | tokens.opening | figures;
        (tokens.closing & answers, (values & !answers) | (separators & answers))
    }

    /// Where colons, commas and braces do not take turns.
    #[inline(always)]
    fn turns(&mut self, tokens: &Tokens, braces: u64, arrays: u64) -> u64 {
        let all = tokens.colons | (tokens.commas & !arrays) | braces;
        let odd = between(all) ^ self.turn;
        self.turn = spread(odd);
        (all & (odd ^ tokens.colons)) | (tokens.closing & !odd) | (tokens.colons & arrays)
    }

    /// Colons that do not follow a string.
    #[inline(always)]
    fn names(&mut self, tokens: &Tokens) -> u64 {
        let next = tokens.ends << 1 | self.ended;
        self.ended = tokens.ends >> 63;
        let wrong = tokens.colons & !next;
        if wrong == 0 { 0 } else { tokens.colons & !next & !tokens.spaces.wrapping_add(next & tokens.spaces) }
    }
}

#[cfg(test)]
mod tests;
