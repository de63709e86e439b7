//! The identity of an event: what makes two deliveries the same event.
//!
//! 128 bits of SHA-256 over length-prefixed parts. Cryptographic on purpose: a producer that could craft a collision
//! could make another producer's event look like a duplicate and vanish.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A 128-bit fingerprint of what identifies an event (normally its `source` and `id`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Identity(pub [u8; 16]);

impl Identity {
    /// The fingerprint of `parts`. Different lists never share an input to the hash: each part carries its length.
    #[must_use]
    pub fn of(parts: &[&str]) -> Identity {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
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
    fn uuid_is_version_8() {
        let text = Identity::of(&["a"]).to_uuid();
        assert_eq!(text.len(), 36);
        assert_eq!(&text[14..15], "8");
        assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"));
    }
}
