//! When two matchers ask for the same: exact values by what they mean, everything else by how it is written.

use crate::json::fields::Kind;
use crate::json::hash::hash_bytes;
use crate::pattern::{Excluded, Matcher, Seen};

/// An exact value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Key<'a> {
    Text(&'a [u8]),
    /// A comparable number, by its double.
    Number(u64),
    /// A number that is not comparable, by its spelling.
    Odd(&'a [u8]),
    True,
    False,
    Null,
}

impl<'a> Key<'a> {
    /// The value `matcher` asks for, if it asks for exactly one.
    pub(super) fn of_matcher(matcher: &'a Matcher) -> Option<Key<'a>> {
        match matcher {
            Matcher::Text(t) => Some(Key::Text(t.as_bytes())),
            Matcher::Number(n, _) => Some(Key::Number(n.to_bits())),
            Matcher::NumberText(t) => Some(Key::Odd(t.as_bytes())),
            Matcher::True => Some(Key::True),
            Matcher::False => Some(Key::False),
            Matcher::Null => Some(Key::Null),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn of_value(value: &Seen<'a>) -> Option<Key<'a>> {
        match value.kind {
            Kind::Text => Some(Key::Text(value.bytes)),
            Kind::Number => Some(value.number().map_or(Key::Odd(value.bytes), |n| Key::Number(n.to_bits()))),
            Kind::True => Some(Key::True),
            Kind::False => Some(Key::False),
            Kind::Null => Some(Key::Null),
            Kind::Missing => None,
        }
    }

    #[inline]
    pub(super) fn hash(self, path: u32) -> u64 {
        match self {
            Key::Text(bytes) => hash_bytes(path, bytes),
            Key::Number(bits) => hash_bytes(!path, &bits.to_le_bytes()),
            Key::Odd(bytes) => hash_bytes(!path, bytes),
            Key::True => hash_bytes(!path, b"t"),
            Key::False => hash_bytes(!path, b"f"),
            Key::Null => hash_bytes(!path, b"n"),
        }
    }
}

/// The hash of what `matcher` asks for at `path`; equal for matchers that are [`same`].
pub(super) fn hash_of(path: u32, matcher: &Matcher) -> u64 {
    if let Some(key) = Key::of_matcher(matcher) {
        return key.hash(path);
    }
    let tagged = |tag: u32, bytes: &[u8]| hash_bytes(path.rotate_left(8) ^ tag, bytes);
    match matcher {
        Matcher::Prefix(t) => tagged(1, t.as_bytes()),
        Matcher::Suffix(t) => tagged(2, t.as_bytes()),
        Matcher::PrefixFold(f) => tagged(3, f.text.as_bytes()),
        Matcher::SuffixFold(f) => tagged(4, f.text.as_bytes()),
        Matcher::EqualFold(f) => tagged(5, f.text.as_bytes()),
        Matcher::Wildcard(glob) => tagged(6, glob.text.as_bytes()),
        Matcher::Numeric(r) => tagged(7, &(r.low.to_bits() ^ r.high.to_bits().rotate_left(32)).to_le_bytes()),
        Matcher::Address(address, _) => tagged(8, &address.bits().to_le_bytes()),
        Matcher::Cidr(block, _) => tagged(9, &block.base.bits().to_le_bytes()),
        Matcher::AnythingBut(excluded) => hash_of_excluded(path, excluded),
        _ => tagged(10, b""),
    }
}

fn hash_of_excluded(path: u32, excluded: &Excluded) -> u64 {
    let chain = |hash: u64, bytes: &[u8]| hash_bytes((hash ^ (hash >> 32)) as u32, bytes);
    let start = u64::from(!path.rotate_left(9));
    match excluded {
        Excluded::Texts(list) => list.iter().fold(start ^ 1, |h, t| chain(h, t.as_bytes())),
        Excluded::Numbers(list) => list.iter().fold(start ^ 2, |h, n| chain(h, &n.to_bits().to_le_bytes())),
        Excluded::Prefixes(list) => list.iter().fold(start ^ 3, |h, t| chain(h, t.as_bytes())),
        Excluded::Suffixes(list) => list.iter().fold(start ^ 4, |h, t| chain(h, t.as_bytes())),
        Excluded::Folds(list) => list.iter().fold(start ^ 5, |h, f| chain(h, f.text.as_bytes())),
        Excluded::Globs(list) => list.iter().fold(start ^ 6, |h, g| chain(h, g.text.as_bytes())),
    }
}

/// Whether two matchers accept the same values, as far as their form tells.
pub(super) fn same(a: &Matcher, b: &Matcher) -> bool {
    match (Key::of_matcher(a), Key::of_matcher(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => match (a, b) {
            (Matcher::Address(a, _), Matcher::Address(b, _)) => a == b,
            (Matcher::Cidr(a, _), Matcher::Cidr(b, _)) => a == b,
            _ => a == b,
        },
        _ => false,
    }
}

/// What `anything-but` excludes, as matchers of their own.
pub(super) fn pieces(excluded: &Excluded) -> Vec<Matcher> {
    match excluded {
        Excluded::Texts(list) => list.iter().cloned().map(Matcher::Text).collect(),
        Excluded::Numbers(list) => list.iter().map(|n| Matcher::Number(*n, "".into())).collect(),
        Excluded::Prefixes(list) => list.iter().cloned().map(Matcher::Prefix).collect(),
        Excluded::Suffixes(list) => list.iter().cloned().map(Matcher::Suffix).collect(),
        Excluded::Folds(list) => list.iter().cloned().map(Matcher::EqualFold).collect(),
        Excluded::Globs(list) => list.iter().cloned().map(Matcher::Wildcard).collect(),
    }
}
