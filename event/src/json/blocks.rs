//! Where objects and arrays end, told 64 bytes at once with one bit a byte.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

use super::lanes::{LANE, Lane, between, escaped};

/// So many bytes have one bit each in a word.
pub(crate) const BLOCK: usize = 64;

/// The vector instructions to go with: 32 bytes at once where the processor can, else those that each processor of its kind has.
/// Where it could take 64, comparisons would go through registers of their own and back, and most kinds of patterns took up to
/// a tenth longer (Zen 4). Each more is one more copy of all that is written for them, too.
#[inline]
pub(super) fn level() -> Level {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return Level::new().as_avx2().map_or_else(Level::baseline, Simd::level);
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    Level::new()
}

/// So many bytes at `at`. Texts are shorter than 4 GiB, so that no sum overflows: one comparison is enough then.
#[inline(always)]
pub(super) fn span(text: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    let at = at as u32 as usize;
    text.get(at..at + len)
}

/// [`span`], of a length that the compiler knows.
#[inline(always)]
pub(super) fn chunk<const SIZE: usize>(text: &[u8], at: usize) -> Option<&[u8; SIZE]> {
    span(text, at, SIZE)?.first_chunk()
}

/// The bytes of a text from `at` on, where fewer are left than are looked at, with spaces behind them.
#[inline(never)]
pub(crate) fn last_bytes<const SIZE: usize>(text: &[u8], at: usize) -> [u8; SIZE] {
    let mut room = [b' '; SIZE];
    let rest = text.get(at..).unwrap_or_default();
    let len = rest.len().min(SIZE);
    if let (Some(room), Some(rest)) = (room.get_mut(..len), rest.get(..len)) {
        room.copy_from_slice(rest);
    }
    room
}

/// The quotes in half a block; none when it has escapes.
#[inline(always)]
pub(super) fn plain_quotes(bytes: &[u8; BLOCK / 2]) -> u32 {
    let (lanes, _) = bytes.as_chunks::<LANE>();
    let (mut quotes, mut escapes) = (0, Lane::NONE);
    for (n, lane) in lanes.iter().enumerate() {
        let lane = Lane::load(lane);
        quotes |= lane.equal(b'"') << (n * LANE);
        escapes = escapes.or_where(lane, b'\\');
    }
    if escapes.is_any() { 0 } else { quotes }
}

/// The offset after the object or array at `at`, of a text that is trusted.
pub(super) fn container_end(text: &[u8], at: usize) -> Option<usize> {
    dispatch!(level(), simd => container_end_with(simd, text, at))
}

/// [`container_end`], where the instructions of the processor are known.
#[inline(always)]
pub(super) fn container_end_with<S: Simd>(simd: S, text: &[u8], at: usize) -> Option<usize> {
    let (mut from, mut depth, mut inside, mut carry) = (at, 0, 0, false);
    while from < text.len() {
        // Places, not values: what is moved on the way would be written and read again.
        let rest;
        let block = match chunk(text, from) {
            Some(block) => block,
            None => {
                rest = last_bytes(text, from);
                &rest
            }
        };
        let bytes = u8x64::simd_from(simd, *block);
        let mut quotes = bytes.simd_eq(b'"').to_bitmask();
        let escapes = bytes.simd_eq(b'\\').to_bitmask();
        if escapes != 0 || carry {
            quotes &= !escaped(escapes, &mut carry);
        }
        let strings = if quotes == 0 { inside } else { between(quotes) ^ inside };
        inside = 0_u64.wrapping_sub(strings >> 63);
        // A bracket and its brace differ in one bit.
        let brackets = bytes | 0x20;
        let opening = brackets.simd_eq(b'{').to_bitmask() & !strings;
        let mut closing = brackets.simd_eq(b'}').to_bitmask() & !strings;
        let (opened, closed) = (opening.count_ones(), closing.count_ones());
        if closed >= depth {
            // It may end here: behind the bracket before which as many are opened as closed.
            let mut ended = 0;
            while closing != 0 {
                let bit = closing & closing.wrapping_neg();
                ended += 1;
                if depth + (opening & (bit - 1)).count_ones() == ended {
                    return Some(from + bit.trailing_zeros() as usize + 1);
                }
                closing ^= bit;
            }
        }
        depth = (depth + opened).wrapping_sub(closed);
        from += BLOCK;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_ends_where_it_ends_wherever_the_blocks_begin() {
        for gap in 0..140 {
            for tail in
                ["", "}", " ] }", "                                                                   "]
            {
                let (space, body) = (" ".repeat(gap), "x".repeat(gap));
                let value = format!(r#"{{{space}"a[{{\"]}},":[1,"{body}]\\"],"Y_y":"{body}\"}}"}}"#);
                let text = format!("{space}{value}{tail}");
                assert_eq!(container_end(text.as_bytes(), gap), Some(gap + value.len()), "{text}");
                let array = format!("{space}[[{body}],[1,{{\"a\":[]}}]]{tail}").replace('x', "1");
                let end = array.trim_end_matches(tail).len();
                assert_eq!(container_end(array.as_bytes(), gap), Some(end), "{array}");
                assert_eq!(container_end(&array.as_bytes()[..end - 1], gap), None, "{array}");
            }
        }
    }
}
