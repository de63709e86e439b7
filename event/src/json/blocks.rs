//! Where the brackets of a text are: one bit a byte, 64 bytes at once, those inside of strings left out.

use super::lanes::{LANE, Lane, between, escaped};

/// So many bytes have one bit each in a word.
pub(crate) const BLOCK: usize = 64;

/// What goes over from block to block.
#[derive(Default)]
pub(super) struct Marks {
    /// All bits set while a string is open.
    inside: u64,
    /// The block before ended with an escape.
    carry: bool,
}

/// Which bytes of a block are what, wherever they are.
struct Raw {
    quotes: u64,
    escapes: u64,
    brackets: u64,
}

impl Raw {
    #[inline(always)]
    fn of(block: &[u8; BLOCK]) -> Raw {
        let mut raw = Raw { quotes: 0, escapes: 0, brackets: 0 };
        let (lanes, _) = block.as_chunks::<LANE>();
        let mut any = Lane::NONE;
        for (n, lane) in lanes.iter().enumerate() {
            let lane = Lane::load(lane);
            let shift = n * LANE;
            raw.quotes |= u64::from(lane.equal(b'"')) << shift;
            raw.brackets |= u64::from(lane.brackets()) << shift;
            any = any.or_where(lane, b'\\');
        }
        // Most blocks have none.
        if any.is_any() {
            for (n, lane) in lanes.iter().enumerate() {
                raw.escapes |= u64::from(Lane::load(lane).equal(b'\\')) << (n * LANE);
            }
        }
        raw
    }

    /// Of the last bytes of a text, fewer than a block.
    #[inline]
    fn of_last(bytes: &[u8], from: usize) -> Raw {
        let count = bytes.len() - from.min(bytes.len());
        if let Some(block) = bytes.last_chunk::<BLOCK>() {
            // A whole block that begins earlier, without what comes before.
            let raw = Raw::of(block);
            let cut = |bits: u64| bits.checked_shr((BLOCK - count.min(BLOCK)) as u32).unwrap_or(0);
            return Raw { quotes: cut(raw.quotes), escapes: cut(raw.escapes), brackets: cut(raw.brackets) };
        }
        let mut block = [b' '; BLOCK];
        block.iter_mut().zip(bytes.get(from..).unwrap_or_default()).for_each(|(to, byte)| *to = *byte);
        Raw::of(&block)
    }
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

impl Marks {
    /// The brackets outside of strings in the block at `from`, which follows the block before; none at the end of the text.
    #[inline(always)]
    pub(super) fn brackets(&mut self, bytes: &[u8], from: usize) -> Option<u64> {
        let rest = bytes.get(from..).filter(|rest| !rest.is_empty())?;
        let Raw { mut quotes, escapes, brackets } = match rest.first_chunk::<BLOCK>() {
            Some(block) => Raw::of(block),
            None => Raw::of_last(bytes, from),
        };
        if escapes != 0 || self.carry {
            quotes &= !escaped(escapes, &mut self.carry);
        }
        let text = between(quotes) ^ self.inside;
        self.inside = 0_u64.wrapping_sub(text >> 63);
        Some(brackets & !text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The brackets outside of strings from `from` on, which is outside of strings.
    fn found(text: &str, mut from: usize) -> Vec<usize> {
        let (mut marks, mut all) = (Marks::default(), Vec::new());
        while let Some(bits) = marks.brackets(text.as_bytes(), from) {
            all.extend((0..BLOCK).filter(|n| bits >> n & 1 == 1).map(|n| from + n));
            from += BLOCK;
        }
        all
    }

    #[test]
    fn brackets_in_strings_are_left_out_wherever_the_blocks_begin() {
        for gap in 0..140 {
            let (space, body) = (" ".repeat(gap), "x".repeat(gap));
            let text = format!(r#"{space}{{"a[{{\"]}},":[1,"{body}]\\"],"Y_y":"{body}\"}}"}}{space}"#);
            let start = gap + 1;
            let open = text.find(":[").unwrap() + 1;
            let close = text.find("],\"Y").unwrap();
            let end = text.rfind('}').unwrap();
            assert_eq!(found(&text, 0), [gap, open, close, end], "{text}");
            assert_eq!(found(&text, start), [open, close, end], "{text}");
            assert_eq!(found(&text, end), [end], "{text}");
            assert_eq!(found(&text, text.len()), [0; 0], "{text}");
        }
    }
}
