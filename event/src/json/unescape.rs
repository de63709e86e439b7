//! The text of a string body with escapes.
//!
//! A lone surrogate has no UTF-8; it is written in the three-byte form UTF-8 leaves unused for it, so that it is equal
//! to nothing but itself. Such bytes are no `str`, and everything that needs text treats them as no value.

/// Appends the text of `body`, a string body whose grammar was checked, to `out`.
pub(crate) fn unescape(body: &[u8], out: &mut Vec<u8>) {
    let mut rest = body;
    loop {
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        let Some((before, escape)) = rest.split_at_checked(plain) else { return };
        out.extend_from_slice(before);
        rest = match escape {
            [b'\\', b'u', tail @ ..] => unicode(tail, out),
            [b'\\', letter, tail @ ..] => {
                out.push(plain_escape(*letter));
                tail
            }
            _ => return,
        };
    }
}

fn plain_escape(letter: u8) -> u8 {
    match letter {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other => other,
    }
}

/// Decodes the four digits after `\u`, and the second half of a pair; gives what follows.
fn unicode<'a>(digits: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let (unit, rest) = hex4(digits);
    if let 0xd800..0xdc00 = unit
        && let [b'\\', b'u', second @ ..] = rest
        && let (low @ 0xdc00..0xe000, after) = hex4(second)
    {
        let scalar = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        push(char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), out);
        return after;
    }
    match char::from_u32(unit) {
        Some(c) => push(c, out),
        None => {
            out.extend([0xe0 | (unit >> 12) as u8, 0x80 | ((unit >> 6) & 63) as u8, 0x80 | (unit & 63) as u8])
        }
    }
    rest
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

fn hex4(digits: &[u8]) -> (u32, &[u8]) {
    let (four, rest) = digits.split_at_checked(4).unwrap_or((digits, &[]));
    let unit = four.iter().fold(0, |n, d| n * 16 + char::from(*d).to_digit(16).unwrap_or(0));
    (unit, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: &str) -> Vec<u8> {
        let mut out = Vec::new();
        unescape(body.as_bytes(), &mut out);
        out
    }

    #[test]
    fn escapes_become_their_characters() {
        assert_eq!(text(r#"a\n\t\"\\\/\b\f\r\u00e9\ud83d\ude00z"#), "a\n\t\"\\/\u{8}\u{c}\ré😀z".as_bytes());
        assert_eq!(text("plain é"), "plain é".as_bytes());
    }

    #[test]
    fn a_lone_surrogate_is_no_text_and_only_itself() {
        for lone in [r"\ud83d", r"\ude00", r"\ude00\ud83d", r"\ud83dx", r"\ud83d\n"] {
            assert!(std::str::from_utf8(&text(lone)).is_err(), "{lone}");
        }
        assert_ne!(text(r"\ud83d"), text(r"\ud83e"));
        assert_eq!(text(r"\ud83d\ud83d\ude00").len(), 3 + 4);
    }
}
