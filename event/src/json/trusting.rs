//! A reader of tokens over a text that is known to be JSON: it goes over what nobody asks for in long steps.
//!
//! On any other text it gives something or stops, and never panics or runs away: each step goes forward.

use super::blocks::{BLOCK, container_end, plain_quotes};
use super::cursor::Body;
use super::error::{JsonError, JsonErrorKind as Kind};
use super::lanes::{LANE, Lane};
use super::reader::Reader;
use super::trie::Node;

/// The reader.
pub(crate) struct Trusting<'a> {
    bytes: &'a [u8],
    at: usize,
    error: Option<JsonError>,
}

impl<'a> Trusting<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Trusting<'a> {
        Trusting { bytes, at: 0, error: None }
    }

    #[inline(always)]
    fn lane(&self, at: usize) -> Option<Lane> {
        self.bytes.get(at..)?.first_chunk::<LANE>().map(Lane::load)
    }

    /// The first quote or escape at or after `at`.
    #[inline(always)]
    fn string_mark(&self, mut at: usize) -> usize {
        while let Some(lane) = self.lane(at) {
            let hits = lane.string_marks();
            if hits != 0 {
                return at + hits.trailing_zeros() as usize;
            }
            at += LANE;
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(|b| matches!(b, b'"' | b'\\')).unwrap_or(rest.len())
    }

    /// The end of the number or word at `at`: the first byte that cannot be in one.
    #[inline(always)]
    fn word_end(&self, mut at: usize) -> usize {
        while let Some(lane) = self.lane(at) {
            let hits = lane.word_ends();
            if hits != 0 {
                return at + hits.trailing_zeros() as usize;
            }
            at += LANE;
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(|b| *b <= b' ' || matches!(b, b',' | b'}' | b']')).unwrap_or(rest.len())
    }

    /// A name, however it is written.
    #[cold]
    fn any_name(&mut self) -> Option<Body> {
        if self.peek() != b'"' {
            return self.fail(Kind::ExpectedName);
        }
        let name = self.string()?;
        if self.peek_solid() != b':' {
            return self.fail(Kind::ExpectedColon);
        }
        self.step();
        self.space();
        Some(name)
    }
}

impl<'a> Reader<'a> for Trusting<'a> {
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
        let end = self.bytes.len();
        let at_end = self.at >= end;
        self.error =
            Some(if at_end { JsonError::at(end, Kind::UnexpectedEnd) } else { JsonError::at(self.at, kind) });
        None
    }

    fn result<T>(&self, value: Option<T>) -> Result<T, JsonError> {
        value.ok_or_else(|| {
            self.error.unwrap_or_else(|| JsonError::at(self.at.min(self.bytes.len()), Kind::UnexpectedEnd))
        })
    }

    #[inline(always)]
    fn comma(&mut self) {
        // Mostly there is one space, or none.
        match self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<3>()) {
            Some([_, next, _]) if *next > b' ' => self.at += 1,
            Some([_, _, next]) if *next > b' ' => self.at += 2,
            _ => {
                self.at += 1;
                self.space();
            }
        }
    }

    #[inline(always)]
    fn name(&mut self) -> Option<Body> {
        let start = self.at + 1;
        let end = self.string_mark(start);
        if let Some([b'"', b':', next, other]) =
            self.bytes.get(end..).and_then(|rest| rest.first_chunk::<4>())
            && (*next > b' ' || *other > b' ')
            && self.peek() == b'"'
        {
            self.at = end + if *next > b' ' { 2 } else { 3 };
            return Some(Body { start: start as u32, end: end as u32, escaped: false });
        }
        self.any_name()
    }

    /// Members whose value is a string, where name and value are short.
    #[inline(always)]
    fn pass(&mut self, node: &Node) {
        while let Some(block) = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<{ BLOCK / 2 }>())
        {
            // The quotes: the first opens the name, then each one closes or opens.
            let first = plain_quotes(block);
            let close = first & first.wrapping_sub(1);
            let open = close & close.wrapping_sub(1);
            let end = open & open.wrapping_sub(1);
            let (name, value) = (close.trailing_zeros(), open.trailing_zeros());
            // Between name and value are a colon and perhaps a space, and nothing else.
            let colon = match value.wrapping_sub(name) {
                2 => true,
                3 => block.get(name as usize + 2) == Some(&b' '),
                _ => false,
            };
            if first & 1 == 0 || end == 0 || !colon || node.may_lead_by_length(name - 1) {
                return;
            }
            let after = self.at + end.trailing_zeros() as usize + 1;
            match self.bytes.get(after..).and_then(|rest| rest.first_chunk::<3>()) {
                Some(b", \"") => self.at = after + 2,
                Some([b',', b'"', _]) => self.at = after + 1,
                _ => return,
            }
        }
    }

    #[inline(always)]
    fn string(&mut self) -> Option<Body> {
        let start = self.at + 1;
        let (mut at, mut escaped) = (start, false);
        loop {
            at = self.string_mark(at);
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(_) => (at, escaped) = (at + 2, true),
                None => return self.fail(Kind::UnexpectedEnd),
            }
        }
        self.at = at + 1;
        Some(Body { start: start as u32, end: at as u32, escaped })
    }

    #[inline(always)]
    fn number(&mut self) -> Option<usize> {
        let start = self.at;
        // At least one byte, so that what is no number cannot hold the reader up.
        self.at = self.word_end(start + 1);
        Some(start)
    }

    #[inline(always)]
    fn literal(&mut self) -> Option<u8> {
        let letter = self.peek();
        if !letter.is_ascii_lowercase() {
            return self.fail(Kind::ExpectedValue);
        }
        self.at = self.word_end(self.at + 1);
        Some(letter)
    }

    #[inline(always)]
    fn skip(&mut self, _depth: usize) -> Option<()> {
        match self.peek() {
            b'"' => {
                self.string()?;
            }
            b'{' | b'[' => match container_end(self.bytes, self.at) {
                Some(end) => self.at = end,
                None => return self.fail(Kind::UnexpectedEnd),
            },
            0 => return self.fail(Kind::ExpectedValue),
            _ => self.at = self.word_end(self.at + 1),
        }
        Some(())
    }

    /// What follows the root is not looked at.
    #[inline(always)]
    fn end(&mut self) -> Option<()> {
        Some(())
    }
}
