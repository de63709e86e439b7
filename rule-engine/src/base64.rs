//! Base64 with the standard alphabet and padding (RFC 4648, section 4).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The Base64 text of `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    for group in bytes.chunks(3) {
        let (a, b, c) = match group {
            [a, b, c] => (*a, Some(*b), Some(*c)),
            [a, b] => (*a, Some(*b), None),
            [a] => (*a, None, None),
            _ => continue,
        };
        let bits = u32::from(a) << 16 | u32::from(b.unwrap_or(0)) << 8 | u32::from(c.unwrap_or(0));
        text.push(digit(bits >> 18));
        text.push(digit(bits >> 12));
        text.push(if b.is_some() { digit(bits >> 6) } else { '=' });
        text.push(if c.is_some() { digit(bits) } else { '=' });
    }
    text
}

fn digit(bits: u32) -> char {
    ALPHABET.get((bits & 63) as usize).map_or('=', |byte| char::from(*byte))
}

/// The bytes of a Base64 text; `None` when it is not one: wrong length, a foreign character, bits after the end.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let groups = text.as_bytes().chunks_exact(4);
    if !groups.remainder().is_empty() {
        return None;
    }
    let last = groups.len().saturating_sub(1);
    let mut bytes = Vec::with_capacity(groups.len().saturating_mul(3));
    for (place, group) in groups.enumerate() {
        let data = match group {
            [a, b, b'=', b'='] if place == last => vec![*a, *b],
            [a, b, c, b'='] if place == last => vec![*a, *b, *c],
            other => other.to_vec(),
        };
        let mut bits: u32 = 0;
        for byte in &data {
            bits = bits << 6 | u32::try_from(ALPHABET.iter().position(|known| known == byte)?).ok()?;
        }
        let missing = 4_usize.saturating_sub(data.len());
        bits <<= 6 * missing;
        let [_, a, b, c] = bits.to_be_bytes();
        let (keep, rest): (&[u8], &[u8]) = match missing {
            0 => (&[a, b, c], &[]),
            1 => (&[a, b], &[c]),
            _ => (&[a], &[b, c]),
        };
        if rest.iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(keep);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The test vectors of RFC 4648, section 10.
    #[test]
    fn vectors() {
        let known = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in known {
            assert_eq!(encode(plain.as_bytes()), coded);
            assert_eq!(decode(coded).unwrap(), plain.as_bytes());
        }
    }

    #[test]
    fn refuses_what_is_not_base64() {
        for text in ["Z", "Zg=", "Zg=a", "Zh==", "Zm9=", "====", "Zg==Zg==", "Zm 9", "Zm-_"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn every_byte_returns() {
        let bytes: Vec<u8> = (0..=255).collect();
        for end in 0..bytes.len() {
            assert_eq!(decode(&encode(&bytes[..end])).unwrap(), &bytes[..end]);
        }
    }
}
