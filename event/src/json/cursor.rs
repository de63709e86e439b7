//! A position in a JSON text: the token grammar of RFC 8259, strictly, and validating skips.
//!
//! String bodies are read eight bytes at a time; nothing recurses per byte. What can fail gives `None` and leaves the
//! error in the cursor: a result then fits into registers, and errors cost nothing until there is one.

use super::error::{JsonError, JsonErrorKind as Kind};
use super::reader::Reader;
use crate::limits::MAX_JSON_DEPTH;

/// The body of a string, without its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Whether it holds escapes, so that its text differs from its bytes.
    pub(crate) escaped: bool,
}

/// A reader of tokens over one text.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Why reading stopped; set when a method gives `None`.
    error: Option<JsonError>,
}

impl Body {
    /// The bytes of the body in the text it was read from.
    #[inline]
    pub(crate) fn of<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The high bit of the first byte in `word` (and perhaps of some after it) that ends a plain run of a string.
fn special(word: u64) -> u64 {
    let quote = word ^ (ONES * 0x22);
    let escape = word ^ (ONES * 0x5c);
    let hits = (quote.wrapping_sub(ONES) & !quote)
        | (escape.wrapping_sub(ONES) & !escape)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    hits & HIGHS
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { bytes: text.as_bytes(), at: 0, error: None }
    }

    #[cold]
    fn fail_at<T>(&mut self, at: usize, kind: Kind) -> Option<T> {
        let end = self.bytes.len();
        self.error =
            Some(if at >= end { JsonError::at(end, Kind::UnexpectedEnd) } else { JsonError::at(at, kind) });
        None
    }

    /// Checks the escape at `at` and gives the offset after it. Lone surrogates are in the grammar.
    #[cold]
    fn escape(&mut self, at: usize) -> Option<usize> {
        match self.bytes.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(at + 2),
            Some(b'u') => {
                for i in at + 2..at + 6 {
                    match self.bytes.get(i) {
                        Some(b) if b.is_ascii_hexdigit() => {}
                        Some(_) => return self.fail_at(at, Kind::BadEscape),
                        None => return self.fail_at(i, Kind::BadEscape),
                    }
                }
                Some(at + 6)
            }
            Some(_) => self.fail_at(at, Kind::BadEscape),
            None => self.fail_at(at + 1, Kind::BadEscape),
        }
    }

    fn some_digits(&mut self) -> Option<()> {
        if !self.peek().is_ascii_digit() {
            return self.fail(Kind::BadNumber);
        }
        self.digits();
        Some(())
    }

    #[inline]
    fn digits(&mut self) {
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
    }

    /// Closes what closes here. True when another value follows, false when nothing is open any more.
    #[inline]
    fn after_value(&mut self, objects: &mut u128, open: &mut usize) -> Option<bool> {
        while *open > 0 {
            let object = *objects & 1 == 1;
            match self.peek_solid() {
                b',' => {
                    self.at += 1;
                    self.space();
                    if object {
                        self.name()?;
                    }
                    return Some(true);
                }
                b'}' if object => {}
                b']' if !object => {}
                _ => return self.fail(Kind::ExpectedCommaOrEnd),
            }
            self.at += 1;
            *objects >>= 1;
            *open -= 1;
        }
        Some(false)
    }
}

impl<'a> Reader<'a> for Cursor<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    #[inline(always)]
    fn at(&self) -> usize {
        self.at
    }

    #[inline(always)]
    fn step(&mut self) {
        self.at += 1;
    }

    #[inline]
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    #[cold]
    fn fail<T>(&mut self, kind: Kind) -> Option<T> {
        self.fail_at(self.at, kind)
    }

    fn result<T>(&self, value: Option<T>) -> Result<T, JsonError> {
        value.ok_or_else(|| self.error.unwrap_or_else(|| JsonError::at(self.at, Kind::UnexpectedEnd)))
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.at += 1;
        }
    }

    #[inline]
    fn string(&mut self) -> Option<Body> {
        let start = self.at + 1;
        let mut at = start;
        let mut escaped = false;
        loop {
            let byte = loop {
                let Some(chunk) = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) else {
                    // The last bytes of the text, one by one; 0 is what follows it.
                    break self.bytes.get(at).copied().unwrap_or(0);
                };
                let word = u64::from_le_bytes(*chunk);
                let hits = special(word);
                if hits != 0 {
                    let bit = hits.trailing_zeros() & !7;
                    at += (bit / 8) as usize;
                    break (word >> bit) as u8;
                }
                at += 8;
            };
            match byte {
                b'"' => {
                    self.at = at + 1;
                    return Some(Body { start: start as u32, end: at as u32, escaped });
                }
                b'\\' => {
                    escaped = true;
                    at = self.escape(at)?;
                }
                0..0x20 => return self.fail_at(at, Kind::ControlCharacter),
                _ => at += 1,
            }
        }
    }

    #[inline]
    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        match self.peek() {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits(),
            _ => return self.fail(Kind::BadNumber),
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.some_digits()?;
        }
        if self.peek().is_ascii_digit() {
            return self.fail(Kind::BadNumber);
        }
        Some(start)
    }

    fn literal(&mut self) -> Option<u8> {
        let letter = self.peek();
        let word: &[u8] = match letter {
            b't' => b"true",
            b'f' => b"false",
            b'n' => b"null",
            _ => return self.fail(Kind::ExpectedValue),
        };
        let here = self.bytes.get(self.at..self.at + word.len()).unwrap_or_default();
        if here != word {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let same = rest.iter().zip(word).take_while(|(a, b)| a == b).count();
            return self.fail_at(self.at + same, Kind::ExpectedValue);
        }
        self.at += word.len();
        Some(letter)
    }

    fn skip(&mut self, depth: usize) -> Option<()> {
        // One bit per open container, 1 for an object: MAX_JSON_DEPTH is below 128.
        let mut objects: u128 = 0;
        let mut open = 0;
        loop {
            match self.peek() {
                b'"' => {
                    self.string()?;
                }
                b'-' | b'0'..=b'9' => {
                    self.number()?;
                }
                bracket @ (b'{' | b'[') => {
                    if depth + open >= MAX_JSON_DEPTH {
                        return self.fail(Kind::TooDeep);
                    }
                    self.at += 1;
                    self.space();
                    if self.peek() == bracket + 2 {
                        self.at += 1;
                    } else {
                        objects = (objects << 1) | u128::from(bracket == b'{');
                        open += 1;
                        if bracket == b'{' {
                            self.name()?;
                        }
                        continue;
                    }
                }
                _ => {
                    self.literal()?;
                }
            }
            if !self.after_value(&mut objects, &mut open)? {
                return Some(());
            }
        }
    }

    fn end(&mut self) -> Option<()> {
        self.space();
        if self.at < self.bytes.len() { self.fail(Kind::TrailingText) } else { Some(()) }
    }
}
