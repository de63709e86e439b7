//! A position in a JSON text: reads every token, and says what is wrong and where.
//!
//! String bodies are read sixteen bytes at a time; nothing recurses per byte. What can fail gives `None` and leaves the
//! error in the cursor: a result then fits into registers, and errors cost nothing until there is one.

use super::error::{JsonError, JsonErrorKind as Kind};
use super::grammar;
use super::lanes::{LANE, Lane};
use super::members::{member, window};
use super::reader::Reader;
use super::trie::Node;

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
}

impl Cursor<'_> {
    /// Reads any string, whose body begins at `start`.
    fn long_string(&mut self, start: usize) -> Option<Body> {
        let (mut at, mut escaped) = (start, false);
        loop {
            let byte = loop {
                let Some(lane) = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<LANE>()) else {
                    // The last bytes of the text, one by one; 0 is what follows it.
                    break self.bytes.get(at).copied().unwrap_or(0);
                };
                let hits = Lane::load(lane).specials();
                if hits != 0 {
                    at += hits.trailing_zeros() as usize;
                    break self.bytes.get(at).copied().unwrap_or(0);
                }
                at += LANE;
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
    fn go(&mut self, at: usize) {
        self.at = at;
    }

    #[cold]
    fn fail<T>(&mut self, kind: Kind) -> Option<T> {
        self.fail_at(self.at, kind)
    }

    fn result<T>(&self, value: Option<T>) -> Result<T, JsonError> {
        value.ok_or_else(|| self.error.unwrap_or_else(|| JsonError::at(self.at, Kind::UnexpectedEnd)))
    }

    #[inline(always)]
    fn string(&mut self) -> Option<Body> {
        let start = self.at + 1;
        // Most strings end in their first lane.
        if let Some(lane) = self.bytes.get(start..).and_then(|rest| rest.first_chunk::<LANE>()) {
            let hits = Lane::load(lane).specials();
            let end = start + hits.trailing_zeros() as usize;
            if hits != 0 && self.bytes.get(end) == Some(&b'"') {
                self.at = end + 1;
                return Some(Body { start: start as u32, end: end as u32, escaped: false });
            }
        }
        self.long_string(start)
    }

    #[inline(always)]
    fn number(&mut self) -> Option<usize> {
        grammar::number(self)
    }

    #[inline(always)]
    fn literal(&mut self) -> Option<u8> {
        grammar::literal(self)
    }

    #[inline(always)]
    fn pass(&mut self, node: &Node) {
        while let Some(member) = window(self.bytes, self.at).and_then(member)
            && member.next != 0
            && !node.may_lead_by_length(member.name)
        {
            self.at += member.next;
        }
    }

    #[inline(always)]
    fn members(&mut self) -> bool {
        while let Some(member) = window(self.bytes, self.at).and_then(member) {
            if member.next == 0 {
                self.at += member.end;
                return true;
            }
            self.at += member.next;
        }
        false
    }

    #[inline(always)]
    fn next_row(&mut self) -> bool {
        let way = match self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<7>()) {
            Some(b" }, { \"") => 6,
            Some([b'}', b',', b' ', b'{', b'"', ..]) => 4,
            Some([b'}', b',', b'{', b'"', ..]) => 3,
            _ => 0,
        };
        self.at += way;
        way != 0
    }

    #[inline(always)]
    fn skip(&mut self, depth: usize) -> Option<()> {
        grammar::skip(self, depth)
    }

    fn end(&mut self) -> Option<()> {
        grammar::end(self)
    }
}
