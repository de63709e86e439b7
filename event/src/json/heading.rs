//! How a member begins when it is written closely, `"name":`, as one number: where the same members follow each other again
//! and again, the next one is recognized by a comparison instead of being read.

/// Bytes of the longest heading that is kept.
const ROOM: usize = 16;

/// `"name":`, the first byte lowest; matches nothing where the name is too long or is written with escapes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heading {
    word: u128,
    mask: u128,
    len: usize,
}

impl Heading {
    pub(super) fn of(name: &[u8]) -> Heading {
        let len = name.len() + 3;
        if len > ROOM || name.iter().any(|byte| *byte < b' ' || matches!(byte, b'"' | b'\\')) {
            return Heading { word: 1, mask: 0, len: 0 };
        }
        let bytes = b"\"".iter().chain(name).chain(b"\":");
        let word = bytes.rev().fold(0, |word, byte| word << 8 | u128::from(*byte));
        Heading { word, mask: u128::MAX >> (8 * (ROOM - len)), len }
    }

    /// The offset after the heading, when it stands at `at` of a text, not too near to its end.
    #[inline(always)]
    pub(super) fn end(&self, text: &[u8], at: usize) -> Option<usize> {
        let here = u128::from_le_bytes(*text.get(at..)?.first_chunk::<ROOM>()?);
        (here & self.mask == self.word).then_some(at + self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_found_where_it_stands_and_only_there() {
        for name in ["", "x", "detail-type", "é", "thirteen-long"] {
            let heading = Heading::of(name.as_bytes());
            let text = format!("  \"{name}\":1{}", " ".repeat(ROOM));
            assert_eq!(heading.end(text.as_bytes(), 2), Some(name.len() + 5), "{name}");
            assert_eq!(heading.end(text.as_bytes(), 1), None);
            assert_eq!(heading.end(text.as_bytes(), text.len() - 15), None);
            assert_eq!(heading.end(text.replace("\":", "\" :").as_bytes(), 2), None);
            assert_eq!(heading.end(text.replace("\":", "x\":").as_bytes(), 2), None);
        }
        for name in ["fourteen-long-", "a\"b", "a\\b", "a\nb"] {
            let text = format!("\"{name}\":1{}", " ".repeat(ROOM));
            assert_eq!(Heading::of(name.as_bytes()).end(text.as_bytes(), 0), None, "{name}");
        }
    }
}
