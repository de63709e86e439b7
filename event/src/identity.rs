//! The identity of an event: what makes two deliveries the same event.
//!
//! 128 bits of SHA-256 over length-prefixed parts. Cryptographic on purpose: a producer that could craft a collision
//! could make another producer's event look like a duplicate and vanish.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A 128-bit fingerprint of what identifies an event (normally its `source` and `id`).
///
/// In JSON it is 32 hex digits, all of its bits; [`Identity::to_uuid`] is for ids that people and other programs see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub [u8; 16]);

impl Serialize for Identity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", u128::from_be_bytes(self.0)))
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Identity, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bits = u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)?;
        Ok(Identity(bits.to_be_bytes()))
    }
}

impl Identity {
    /// The fingerprint of `parts`. Different lists never share an input to the hash: each part carries its length.
    #[must_use]
    pub fn of(parts: &[&str]) -> Identity {
        // Short parts, as of nearly every event, go into one block of the hash: a third of the work.
        let mut block = [0_u8; 64];
        if let Some(used) = one_block(parts, &mut block) {
            return Identity(hash_block(block, used));
        }
        let mut hash = Sha256::new();
        for part in parts {
            let (length, bytes) = length_of(part);
            hash.update(length.get(..bytes).unwrap_or_default());
            hash.update(part.as_bytes());
        }
        let digest = hash.finalize();
        let mut id = [0; 16];
        id.iter_mut().zip(digest.iter()).for_each(|(to, from)| *to = *from);
        Identity(id)
    }

    /// The identity as a UUID of version 8 (RFC 9562): the text form of derived ids.
    #[must_use]
    pub fn to_uuid(self) -> String {
        let mut b = self.0;
        let [_, _, _, _, _, _, six, _, eight, ..] = &mut b;
        *six = (*six & 0x0f) | 0x80;
        *eight = (*eight & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (i, byte) in b.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        text
    }

    /// The first eight bytes: enough to order or to seed, not to identify.
    #[must_use]
    pub fn short(self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, f, g, h])
    }
}

/// Bytes of input that SHA-256 takes in one block, beside its own padding.
const BLOCK: usize = 55;

/// A part's length as LEB128: seven bits a byte, the last one without the high bit.
fn length_of(part: &str) -> ([u8; 10], usize) {
    let (mut out, mut length, mut bytes) = ([0; 10], part.len(), 0);
    for byte in &mut out {
        bytes += 1;
        *byte = u8::try_from(length & 0x7f).unwrap_or(0);
        length >>= 7;
        if length == 0 {
            break;
        }
        *byte |= 0x80;
    }
    (out, bytes)
}

/// Puts all parts with their lengths into `block` if they fit; gives the bytes used.
fn one_block(parts: &[&str], block: &mut [u8; 64]) -> Option<usize> {
    let mut used = 0;
    for part in parts {
        // One byte of length is enough for a part that fits at all.
        let end = used + 1 + part.len();
        if end > BLOCK {
            return None;
        }
        *block.get_mut(used)? = u8::try_from(part.len()).ok()?;
        block.get_mut(used + 1..end)?.copy_from_slice(part.as_bytes());
        used = end;
    }
    Some(used)
}

/// The first 16 bytes of SHA-256 over the first `used` bytes of `block` (FIPS 180-4, 5.1.1 and 6.2).
fn hash_block(mut block: [u8; 64], used: usize) -> [u8; 16] {
    const INITIAL: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    if let Some(end) = block.get_mut(used) {
        *end = 0x80;
    }
    // At most 55 bytes: their number in bits has two bytes.
    let [.., high, low] = &mut block;
    [*high, *low] = u16::try_from(used * 8).unwrap_or(0).to_be_bytes();
    let mut state = INITIAL;
    sha2::block_api::compress256(&mut state, &[block]);
    let mut id = [0; 16];
    id.chunks_exact_mut(4).zip(state).for_each(|(to, word)| to.copy_from_slice(&word.to_be_bytes()));
    id
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(Identity::of(&["ab", "c"]), Identity::of(&["a", "bc"]));
        assert_eq!(Identity::of(&["a", "b"]), Identity::of(&["a", "b"]));
    }

    #[test]
    fn one_block_and_many_are_the_same_function() {
        let streamed = |parts: &[&str]| {
            let mut hash = Sha256::new();
            for part in parts {
                let (length, bytes) = length_of(part);
                hash.update(&length[..bytes]);
                hash.update(part.as_bytes());
            }
            hash.finalize()[..16].to_vec()
        };
        for length in [0, 1, 52, 53, 54, 55, 127, 128, 300, 20_000] {
            let long = "x".repeat(length);
            assert_eq!(Identity::of(&[&long]).0.to_vec(), streamed(&[&long]));
            assert_eq!(Identity::of(&["a", &long]).0.to_vec(), streamed(&["a", &long]));
        }
        assert_eq!(length_of(&"x".repeat(300)).0[..2], [0xac, 0x02]);
    }

    #[test]
    fn json_keeps_every_bit() {
        let id = Identity::of(&["a"]);
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(text.len(), 34);
        assert_eq!(serde_json::from_str::<Identity>(&text).unwrap(), id);
        assert!(serde_json::from_str::<Identity>("\"xyz\"").is_err());
    }

    #[test]
    fn uuid_is_version_8() {
        let text = Identity::of(&["a"]).to_uuid();
        assert_eq!(text.len(), 36);
        assert_eq!(&text[14..15], "8");
        assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"));
    }
}
