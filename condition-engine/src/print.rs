//! 128-bit prints: what the sets of an instance hold in place of identities and values.

use fanin_event::Identity;

/// A 128-bit print. Prints are compared, ordered and hashed, never turned back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Print(pub(crate) [u8; 16]);

impl Print {
    /// The print of an event as one member. One event may be two members of a condition, so the member is part of it:
    /// two identities that differ in just these bits are as hard to find as two equal ones.
    #[inline]
    pub(crate) fn of_member(member: u16, identity: Identity) -> Print {
        Print((u128::from_le_bytes(identity.0) ^ u128::from(member)).to_le_bytes())
    }

    /// The print of a captured value: the text itself up to 15 bytes, a fingerprint from there on. The last byte tells
    /// the two apart and carries the length, so no two short texts share a print.
    #[inline]
    pub(crate) fn of_value(text: &str) -> Print {
        let mut print = [0; 16];
        let source = text.as_bytes();
        if source.len() < 16 {
            print.iter_mut().zip(source).for_each(|(to, from)| *to = *from);
        } else {
            print = Identity::of(&[text]).0;
        }
        let [.., last] = &mut print;
        *last = u8::try_from(source.len().min(16)).unwrap_or(16);
        Print(print)
    }

    /// A hash for tables. Values are chosen by whoever sends events: the seed keeps them from choosing buckets.
    #[inline]
    pub(crate) fn hash(self, seed: u64) -> u64 {
        let word = u128::from_le_bytes(self.0);
        let (low, high) = (low_half(word), low_half(word >> 64));
        let product =
            u128::from(low ^ seed) * u128::from(high ^ seed.rotate_left(32) ^ 0x9e37_79b9_7f4a_7c15);
        low_half(product) ^ low_half(product >> 64)
    }
}

/// The lower 64 bits.
#[inline]
fn low_half(word: u128) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = word.to_le_bytes();
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// Scrambles a number so that every bit of it reaches every bit of the result (the finalizer of SplitMix64).
#[inline]
pub(crate) fn scramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_is_another_print_as_another_member() {
        let id = Identity::of(&["shop", "1"]);
        assert_eq!(Print::of_member(1, id), Print::of_member(1, id));
        assert_ne!(Print::of_member(0, id), Print::of_member(1, id));
    }

    #[test]
    fn values_that_differ_have_different_prints() {
        let long = "x".repeat(15);
        let longer = "x".repeat(16);
        let values = ["", "\0", "\0\0", "1", "01", "1\0", long.as_str(), longer.as_str(), "xxxxxxxxxxxxxxxy"];
        for (i, a) in values.iter().enumerate() {
            for (j, b) in values.iter().enumerate() {
                assert_eq!(Print::of_value(a) == Print::of_value(b), i == j, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn the_hash_depends_on_the_seed() {
        let print = Print::of_value("7");
        assert_ne!(print.hash(1), print.hash(2));
        assert_ne!(Print::of_value("7").hash(1), Print::of_value("8").hash(1));
    }
}
