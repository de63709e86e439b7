//! Sixteen bytes at once: which of them are a given byte.

use wide::u8x16;

/// A lane: so many bytes are looked at at once.
pub(crate) const LANE: usize = 16;

/// A lane of bytes. The crate `wide` has the vector instructions of each processor behind safe functions.
#[derive(Clone, Copy)]
pub(crate) struct Lane(u8x16);

impl Lane {
    #[inline(always)]
    pub(crate) fn load(bytes: &[u8; LANE]) -> Lane {
        Lane(u8x16::new(*bytes))
    }

    /// No byte of it is marked.
    pub(crate) const NONE: Lane = Lane(u8x16::ZERO);

    /// Marks besides those marked already the bytes that are `byte` in `lane`.
    #[inline(always)]
    pub(crate) fn or_where(self, lane: Lane, byte: u8) -> Lane {
        Lane(self.0 | lane.0.simd_eq(u8x16::splat(byte)))
    }

    /// Its bytes, where `marks` has marks, and zeros elsewhere.
    #[inline(always)]
    pub(crate) fn where_marked(self, marks: Lane) -> Lane {
        Lane(self.0 & marks.0)
    }

    /// Its bytes, where `marks` has none, and zeros elsewhere.
    #[inline(always)]
    pub(crate) fn where_unmarked(self, marks: Lane) -> Lane {
        Lane(self.0 & !marks.0)
    }

    /// The bits of both.
    #[inline(always)]
    pub(crate) fn or(self, other: Lane) -> Lane {
        Lane(self.0 | other.0)
    }

    /// Each byte less `byte`.
    #[inline(always)]
    pub(crate) fn minus(self, byte: u8) -> Lane {
        Lane(self.0 - u8x16::splat(byte))
    }

    /// The bytes as one word, the first one lowest.
    #[inline(always)]
    pub(crate) fn word(self) -> u128 {
        u128::from_le_bytes(self.0.to_array())
    }

    /// Whether any byte is marked.
    #[inline(always)]
    pub(crate) fn is_any(self) -> bool {
        self.0.to_bitmask() != 0
    }

    /// One bit for each byte that is `byte`.
    #[inline(always)]
    pub(crate) fn equal(self, byte: u8) -> u32 {
        self.0.simd_eq(u8x16::splat(byte)).to_bitmask()
    }

    /// One bit for each byte that is not ASCII.
    #[inline(always)]
    pub(crate) fn not_ascii(self) -> u32 {
        self.0.to_bitmask()
    }

    /// One bit for each byte that ends a plain run of a string: quotes, escapes, control characters.
    #[inline(always)]
    pub(crate) fn specials(self) -> u32 {
        let controls = self.0.min(u8x16::splat(0x1f)).simd_eq(self.0);
        let marks = self.0.simd_eq(u8x16::splat(b'"')) | self.0.simd_eq(u8x16::splat(b'\\'));
        (controls | marks).to_bitmask()
    }

    /// Whether this lane or `other` has an escape or a control character.
    #[inline(always)]
    pub(crate) fn is_rough(self, other: Lane) -> bool {
        let rough =
            |lane: u8x16| lane.min(u8x16::splat(0x1f)).simd_eq(lane) | lane.simd_eq(u8x16::splat(b'\\'));
        (rough(self.0) | rough(other.0)).to_bitmask() != 0
    }

    /// One bit for each quote and escape.
    #[inline(always)]
    pub(crate) fn string_marks(self) -> u32 {
        (self.0.simd_eq(u8x16::splat(b'"')) | self.0.simd_eq(u8x16::splat(b'\\'))).to_bitmask()
    }

    /// One bit for each byte that ends a number or a word of JSON, and for those in strings alone.
    #[inline(always)]
    pub(crate) fn word_ends(self) -> u32 {
        let space = self.0.min(u8x16::splat(b' ')).simd_eq(self.0);
        let comma = self.0.simd_eq(u8x16::splat(b','));
        let bracket = (self.0 | u8x16::splat(0x26)).simd_eq(u8x16::splat(0x7f));
        (space | comma | bracket).to_bitmask()
    }

    /// One bit for each byte that is a digit.
    #[inline(always)]
    pub(crate) fn digits(self) -> u32 {
        self.minus(b'0').at_most(9)
    }

    /// One bit for each byte that is at most `byte`.
    #[inline(always)]
    pub(crate) fn at_most(self, byte: u8) -> u32 {
        self.0.min(u8x16::splat(byte)).simd_eq(self.0).to_bitmask()
    }
}

/// For each bit whether an odd number of bits is set at or below it: between an opening quote and its closing one.
#[inline(always)]
pub(crate) fn between(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// Which bytes follow an escape that is not escaped itself. `carry`: the first byte does, because of the block before.
#[inline(always)]
pub(crate) fn escaped(escapes: u64, carry: &mut bool) -> u64 {
    if escapes == 0 {
        return u64::from(std::mem::take(carry));
    }
    let (mut found, mut left) = (u64::from(*carry), escapes & !u64::from(*carry));
    *carry = false;
    while left != 0 {
        let bit = left.trailing_zeros();
        if bit == 63 {
            *carry = true;
            break;
        }
        found |= 2 << bit;
        // Neither this escape nor the byte after it begins another one.
        left &= !(3 << bit);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_from_every_other() {
        for byte in 0..=255_u8 {
            let lane = Lane::load(&[byte; 16]);
            assert_eq!(lane.equal(b'{') != 0, byte == b'{');
            assert_eq!(lane.at_most(b' ') == 0xffff, byte <= b' ');
            assert_eq!(lane.digits() == 0xffff, byte.is_ascii_digit());
            assert_eq!(lane.word_ends() != 0, byte <= b' ' || b",{}[]Yy_\x7f".contains(&byte));
            assert_eq!(lane.specials() != 0, byte < b' ' || byte == b'"' || byte == b'\\');
            let plain = Lane::load(&[b'a'; 16]);
            let rough = byte < b' ' || byte == b'\\';
            assert_eq!((lane.is_rough(plain), plain.is_rough(lane)), (rough, rough));
            assert_eq!(lane.not_ascii() != 0, byte >= 0x80);
        }
    }

    #[test]
    fn escapes_go_in_pairs_over_the_end_of_a_block() {
        let run = |text: &[u8]| {
            let (mut carry, mut found) = (false, Vec::new());
            for block in text.chunks(64) {
                let mask = block.iter().enumerate().fold(0, |m, (n, b)| m | (u64::from(*b == b'\\') << n));
                let bits = escaped(mask, &mut carry);
                found.extend((0..block.len()).map(|n| bits >> n & 1 == 1));
            }
            found
        };
        for length in 0..140 {
            for from in [0, 1, 60, 62, 63, 64] {
                let text: Vec<u8> =
                    (0..200).map(|n| if (from..from + length).contains(&n) { b'\\' } else { b'a' }).collect();
                let mut expected = vec![false; text.len()];
                let mut n = 0;
                while n + 1 < text.len() {
                    if text[n] == b'\\' {
                        expected[n + 1] = true;
                        n += 1;
                    }
                    n += 1;
                }
                assert_eq!(run(&text), expected, "{length} from {from}");
            }
        }
    }

    #[test]
    fn what_lies_between_quotes() {
        assert_eq!(between(0b0010_0100), 0b0001_1100);
        assert_eq!(between(1 << 63), 1 << 63);
    }
}
