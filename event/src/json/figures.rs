//! Numbers and words of a JSON text, checked for 64 bytes at once with one bit a byte.

use fearless_simd::{Simd, prelude::*, u8x64};

use super::blocks::BLOCK;

/// What goes over from block to block. Words of one bit say it of the first byte of the next block.
#[derive(Default)]
pub(super) struct Numbers {
    /// The byte before belongs to a number or a word.
    figure: u64,
    /// It is a sign, a zero with which a number begins, or what a digit must follow; it lies behind the point.
    sign: u64,
    zero: u64,
    due: u64,
    part: u64,
    /// 0, or one more than the bytes of a word that are still to come.
    word: u32,
}

/// Which bytes are what, among those of numbers and words.
struct Bytes {
    digits: u64,
    zeros: u64,
    signs: u64,
    points: u64,
}

impl Bytes {
    #[inline(always)]
    fn of<S: Simd>(bytes: u8x64<S>, among: u64) -> Bytes {
        Bytes {
            digits: (bytes - b'0').simd_le(9).to_bitmask() & among,
            zeros: bytes.simd_eq(b'0').to_bitmask(),
            signs: bytes.simd_eq(b'-').to_bitmask() & among,
            points: bytes.simd_eq(b'.').to_bitmask() & among,
        }
    }
}

/// The length of the word `true`, `false` or `null` at `at`; 0 when there is none.
#[inline(always)]
pub(super) fn word(text: &[u8], at: usize) -> u32 {
    match text.get(at..).unwrap_or_default() {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => 4,
        [b'f', b'a', b'l', b's', b'e', ..] => 5,
        _ => 0,
    }
}

/// The lowest bits.
#[inline(always)]
fn low(count: u32) -> u64 {
    !u64::MAX.checked_shl(count).unwrap_or(0)
}

impl Numbers {
    /// Whether the block before says anything of the next one.
    #[inline(always)]
    pub(super) fn is_pending(&self) -> bool {
        self.figure != 0
    }

    /// Where numbers and words begin, and where those at `figures` of the block at `from` of `text` are wrong, or of a form that is
    /// not known here.
    #[inline(always)]
    pub(super) fn check<S: Simd>(
        &mut self,
        (text, from): (&[u8], usize),
        bytes: u8x64<S>,
        figures: u64,
    ) -> (u64, u64) {
        let Bytes { digits, zeros, signs, points } = Bytes::of(bytes, figures);
        let begins = figures & !(figures << 1 | self.figure);
        let others = figures & !(digits | signs | points);
        // Signs begin numbers, points do not.
        let mut wrong = (signs & !begins) | (points & begins);
        if others != 0 || self.word != 0 {
            let (words, faults) = self.words((text, from), figures, begins & others);
            wrong |= faults | (others & !words);
        }
        // Digits follow signs and points.
        let due = signs | points;
        wrong |= (due << 1 | self.due) & !digits;
        // No digit follows a zero at the beginning.
        let zeros = (begins | signs << 1 | self.sign) & zeros;
        wrong |= (zeros << 1 | self.zero) & digits;
        // No other point follows the digits behind one: a carry runs over them.
        let parts = points << 1 | self.part;
        let (over, carried) = digits.overflowing_add(parts & digits);
        wrong |= (over | parts) & points;
        let part = points >> 63 | u64::from(carried);
        let (figure, sign, zero, due) = (figures >> 63, signs >> 63, zeros >> 63, due >> 63);
        *self = Numbers { figure, sign, zero, due, part, word: self.word };
        (begins, wrong)
    }

    /// The bytes of words, and where one goes on after its end. `begins`: where they begin.
    #[inline(always)]
    fn words(&mut self, (text, from): (&[u8], usize), figures: u64, mut begins: u64) -> (u64, u64) {
        let (mut all, mut wrong) = (0, 0);
        if let Some(rest) = std::mem::take(&mut self.word).checked_sub(1) {
            all = low(rest);
            // No number or word follows a word.
            wrong = figures & (1 << rest);
        }
        while begins != 0 {
            let place = begins.trailing_zeros();
            begins &= begins - 1;
            let end = place + word(text, from + place as usize);
            all |= low(end) & !low(place);
            if end < BLOCK as u32 {
                wrong |= figures & (1 << end);
            } else {
                self.word = end - BLOCK as u32 + 1;
            }
        }
        (all, wrong)
    }
}
