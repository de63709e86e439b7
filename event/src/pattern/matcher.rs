//! One value matcher of a pattern: its meaning for a value.

use super::fold::Folded;
use super::glob::Glob;
use super::ip::{Address, Block};
use super::number::{Number, comparable_in, comparable_inline};
use crate::json::fields::{Field, Kind};

/// What one entry of a pattern's list asks of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Matcher {
    /// A string, byte for byte.
    Text(Box<str>),
    /// A string that is this address, however it is spelt; the literal as it was written.
    Address(Address, Box<str>),
    /// A comparable number; the literal as it was written.
    Number(f64, Box<str>),
    /// A number that is not comparable: only the same spelling.
    NumberText(Box<str>),
    True,
    False,
    Null,
    Prefix(Box<str>),
    Suffix(Box<str>),
    PrefixFold(Folded),
    SuffixFold(Folded),
    EqualFold(Folded),
    Wildcard(Glob),
    Numeric(Range),
    Exists,
    /// `exists: false`; no value satisfies it.
    Absent,
    Cidr(Block, Box<str>),
    AnythingBut(Excluded),
}

/// What `anything-but` excludes. A value of another type always passes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Excluded {
    Texts(Box<[Box<str>]>),
    Numbers(Box<[f64]>),
    Prefixes(Box<[Box<str>]>),
    Suffixes(Box<[Box<str>]>),
    Folds(Box<[Folded]>),
    Globs(Box<[Glob]>),
}

/// A range of numbers; an open end is infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: f64,
    pub(crate) low_in: bool,
    pub(crate) high: f64,
    pub(crate) high_in: bool,
}

impl Range {
    pub(crate) fn contains(&self, n: f64) -> bool {
        let above = if self.low_in { n >= self.low } else { n > self.low };
        let below = if self.high_in { n <= self.high } else { n < self.high };
        above && below
    }
}

/// A value under test.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) kind: Kind,
    pub(crate) bytes: &'a [u8],
    field: &'a Field,
    /// The event's.
    text: &'a [u8],
}

impl Field {
    /// The comparable number it is.
    #[inline]
    pub(crate) fn number(&self, text: &[u8]) -> Option<f64> {
        self.number_by(text, comparable_in)
    }

    /// [`Field::number`], where many are asked for in turn.
    #[inline(always)]
    pub(crate) fn number_inline(&self, text: &[u8]) -> Option<f64> {
        self.number_by(text, comparable_inline)
    }

    #[inline(always)]
    fn number_by(&self, text: &[u8], read: impl Fn(&[u8], usize) -> Option<f64>) -> Option<f64> {
        let value = &self.value;
        if value.kind != Kind::Number {
            return None;
        }
        self.number.get().known().unwrap_or_else(|| {
            let read = read(text.get(..value.end as usize).unwrap_or_default(), value.len());
            self.number.set(read.map_or(Number::Odd, Number::Plain));
            read
        })
    }
}

impl<'a> Seen<'a> {
    pub(crate) fn new(field: &'a Field, text: &'a [u8], side: &'a [u8]) -> Seen<'a> {
        Seen { kind: field.value.kind, bytes: field.value.bytes(text, side), field, text }
    }

    /// The comparable number it is.
    #[inline]
    pub(crate) fn number(&self) -> Option<f64> {
        self.field.number(self.text)
    }

    fn text(&self) -> Option<&'a [u8]> {
        (self.kind == Kind::Text).then_some(self.bytes)
    }
}

impl Matcher {
    /// Whether `value` satisfies it.
    pub(crate) fn accepts(&self, value: &Seen<'_>) -> bool {
        match self {
            Matcher::Exists => true,
            Matcher::Absent => false,
            Matcher::True => value.kind == Kind::True,
            Matcher::False => value.kind == Kind::False,
            Matcher::Null => value.kind == Kind::Null,
            Matcher::Number(n, _) => value.number() == Some(*n),
            Matcher::NumberText(t) => value.kind == Kind::Number && value.bytes == t.as_bytes(),
            Matcher::Numeric(range) => value.number().is_some_and(|n| range.contains(n)),
            Matcher::AnythingBut(excluded) => !excluded.holds(value),
            _ => value.text().is_some_and(|text| self.accepts_text(text)),
        }
    }

    fn accepts_text(&self, text: &[u8]) -> bool {
        match self {
            Matcher::Text(t) => text == t.as_bytes(),
            Matcher::Address(address, _) => Address::parse(text) == Some(*address),
            Matcher::Prefix(t) => text.starts_with(t.as_bytes()),
            Matcher::Suffix(t) => text.ends_with(t.as_bytes()),
            Matcher::PrefixFold(f) => f.starts(text),
            Matcher::SuffixFold(f) => f.ends(text),
            Matcher::EqualFold(f) => f.equals(text),
            Matcher::Wildcard(glob) => glob.matches(text),
            Matcher::Cidr(block, _) => Address::parse(text).is_some_and(|a| block.contains(a)),
            _ => false,
        }
    }
}

impl Excluded {
    /// Whether `value` is one of the excluded.
    fn holds(&self, value: &Seen<'_>) -> bool {
        if let Excluded::Numbers(list) = self {
            return value.number().is_some_and(|n| list.contains(&n));
        }
        let Some(text) = value.text() else { return false };
        match self {
            Excluded::Texts(list) => list.iter().any(|t| t.as_bytes() == text),
            Excluded::Prefixes(list) => list.iter().any(|t| text.starts_with(t.as_bytes())),
            Excluded::Suffixes(list) => list.iter().any(|t| text.ends_with(t.as_bytes())),
            Excluded::Folds(list) => list.iter().any(|f| f.equals(text)),
            Excluded::Globs(list) => list.iter().any(|g| g.matches(text)),
            Excluded::Numbers(_) => false,
        }
    }
}
