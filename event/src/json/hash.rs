//! One fixed hash of short byte strings: for tables whose contents come from patterns, so nobody can choose collisions
//! into them by sending events, and whose lookups must be the same in every process.

const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// The first bytes of a name in one word; names of one length up to 8 have the same word only when they are equal.
#[inline]
pub(crate) fn head_of(name: &[u8]) -> u64 {
    if let Some(eight) = name.first_chunk::<8>() {
        return u64::from_le_bytes(*eight);
    }
    if let (Some(first), Some(last)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) | (u64::from(u32::from_le_bytes(*last)) << 32);
    }
    match name {
        [a] => u64::from(*a),
        [a, b] => u64::from(*a) | (u64::from(*b) << 8),
        [a, b, c] => u64::from(*a) | (u64::from(*b) << 8) | (u64::from(*c) << 16),
        _ => 0,
    }
}

/// The first eight bytes of a name, zeros after its end: told apart from any other short name with its length.
#[inline(always)]
pub(crate) fn word_of(name: &[u8]) -> u64 {
    match name.first_chunk::<8>() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => name.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    }
}

/// What remains of a word of so many bytes.
const SHORT: [u64; 8] =
    [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff, 0xff_ffff_ffff, 0xffff_ffff_ffff, 0xff_ffff_ffff_ffff];

/// [`word_of`] a name which lies in a text: mostly there are eight bytes to be read, whatever its length.
#[inline(always)]
pub(crate) fn word_in(text: &[u8], start: usize, end: usize) -> u64 {
    let length = end.wrapping_sub(start);
    match text.get(start..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(eight) => u64::from_le_bytes(*eight) & SHORT.get(length).copied().unwrap_or(u64::MAX),
        None => word_of(text.get(start..end).unwrap_or_default()),
    }
}

/// The last eight bytes of a name of more than eight; 0 of any other.
#[inline(always)]
pub(crate) fn tail_of(name: &[u8]) -> u64 {
    if name.len() <= 8 {
        return 0;
    }
    name.last_chunk::<8>().map_or(0, |eight| u64::from_le_bytes(*eight))
}

fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide as u64) ^ ((wide >> 64) as u64)
}

/// The hash of `bytes` in the company of `seed`.
#[inline]
pub(crate) fn hash_bytes(seed: u32, bytes: &[u8]) -> u64 {
    let mut hash = fold(u64::from(seed) ^ MIX, (bytes.len() as u64) ^ 0xa076_1d64_78bd_642f);
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        hash = fold(hash ^ u64::from_le_bytes(*chunk), MIX);
    }
    fold(hash ^ head_of(rest), MIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_of_a_name_is_the_same_wherever_it_lies() {
        let text = b"name-of-eleven-and-more";
        for start in 0..text.len() {
            for end in start..=text.len() {
                assert_eq!(word_in(text, start, end), word_of(&text[start..end]), "{start}..{end}");
            }
        }
        assert_eq!(word_of(b"ab"), 0x6261);
        assert_eq!(word_of(b"abcdefghi"), word_of(b"abcdefgh"));
    }
}
