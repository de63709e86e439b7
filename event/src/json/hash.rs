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
