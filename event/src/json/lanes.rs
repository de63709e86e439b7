//! Sixteen and sixty-four bytes at once: which of them are a given byte.

use wide::u8x16;

/// A lane: so many bytes are looked at at once.
pub(crate) const LANE: usize = 16;
/// A block: so many bytes have one bit each in a word.
pub(crate) const BLOCK: usize = 64;

/// A lane of bytes. The crate `wide` has the vector instructions of each processor behind safe functions.
#[derive(Clone, Copy)]
pub(crate) struct Lane(u8x16);

impl Lane {
    #[inline(always)]
    pub(crate) fn load(bytes: &[u8; LANE]) -> Lane {
        Lane(u8x16::new(*bytes))
    }

    /// One bit for each byte that is `byte`.
    #[inline(always)]
    pub(crate) fn equal(self, byte: u8) -> u32 {
        self.0.simd_eq(u8x16::splat(byte)).to_bitmask()
    }

    /// The same with the bit of value 32 set in every byte: `[` becomes `{` and `]` becomes `}`.
    #[inline(always)]
    pub(crate) fn folded(self) -> Lane {
        Lane(self.0 | u8x16::splat(0x20))
    }

    /// One bit for each byte that is at most `byte`.
    #[inline(always)]
    pub(crate) fn at_most(self, byte: u8) -> u32 {
        self.0.min(u8x16::splat(byte)).simd_eq(self.0).to_bitmask()
    }
}

/// What a block of text holds, one bit a byte.
#[derive(Clone, Copy)]
pub(crate) struct Marks {
    pub(crate) quotes: u64,
    pub(crate) escapes: u64,
    /// `{` and `[`
    pub(crate) opens: u64,
    /// `}` and `]`
    pub(crate) closes: u64,
}

impl Marks {
    #[inline(always)]
    pub(crate) fn of(block: &[u8; BLOCK]) -> Marks {
        let mut marks = Marks { quotes: 0, escapes: 0, opens: 0, closes: 0 };
        let (lanes, _) = block.as_chunks::<LANE>();
        for (n, lane) in lanes.iter().enumerate() {
            let lane = Lane::load(lane);
            let shift = n * LANE;
            marks.quotes |= u64::from(lane.equal(b'"')) << shift;
            marks.escapes |= u64::from(lane.equal(b'\\')) << shift;
            let lane = lane.folded();
            marks.opens |= u64::from(lane.equal(b'{')) << shift;
            marks.closes |= u64::from(lane.equal(b'}')) << shift;
        }
        marks
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
    fn marks_are_where_the_bytes_are() {
        let mut block = [b'x'; BLOCK];
        for (place, byte) in
            [(0, b'"'), (17, b'\\'), (18, b'"'), (33, b'['), (34, b'{'), (62, b']'), (63, b'}')]
        {
            block[place] = byte;
        }
        let marks = Marks::of(&block);
        assert_eq!(marks.quotes, 1 | 1 << 18);
        assert_eq!(marks.escapes, 1 << 17);
        assert_eq!(marks.opens, 3 << 33);
        assert_eq!(marks.closes, 3 << 62);
    }

    #[test]
    fn every_byte_is_told_from_every_other() {
        for byte in 0..=255_u8 {
            let lane = Lane::load(&[byte; 16]);
            assert_eq!(lane.equal(b'{') != 0, byte == b'{');
            assert_eq!(lane.at_most(b' ') == 0xffff, byte <= b' ');
            assert_eq!(lane.folded().equal(b'}') != 0, byte == b'}' || byte == b']');
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
