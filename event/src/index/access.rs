//! How candidates are found: each sub-rule stands behind one door, the one that opens least often.
//!
//! A door is a set of exact values at one path, the mere presence of a path, or always open.

use hashbrown::HashTable;
use smallvec::SmallVec;

use crate::json::fields::{Field, Kind};
use crate::json::hash::hash_bytes;
use crate::pattern::{Matcher, Seen};

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

    fn of_value(value: &Seen<'a>) -> Option<Key<'a>> {
        match value.kind {
            Kind::Text => Some(Key::Text(value.bytes)),
            Kind::Number => Some(value.number().map_or(Key::Odd(value.bytes), |n| Key::Number(n.to_bits()))),
            Kind::True => Some(Key::True),
            Kind::False => Some(Key::False),
            Kind::Null => Some(Key::Null),
            Kind::Missing => None,
        }
    }

    fn hash(self, path: u32) -> u64 {
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

#[derive(Clone, Debug, PartialEq)]
enum OwnedKey {
    Text(Box<[u8]>),
    Number(u64),
    Odd(Box<[u8]>),
    True,
    False,
    Null,
}

impl OwnedKey {
    fn of(key: Key<'_>) -> OwnedKey {
        match key {
            Key::Text(bytes) => OwnedKey::Text(bytes.into()),
            Key::Number(bits) => OwnedKey::Number(bits),
            Key::Odd(bytes) => OwnedKey::Odd(bytes.into()),
            Key::True => OwnedKey::True,
            Key::False => OwnedKey::False,
            Key::Null => OwnedKey::Null,
        }
    }

    fn key(&self) -> Key<'_> {
        match self {
            OwnedKey::Text(bytes) => Key::Text(bytes),
            OwnedKey::Number(bits) => Key::Number(*bits),
            OwnedKey::Odd(bytes) => Key::Odd(bytes),
            OwnedKey::True => Key::True,
            OwnedKey::False => Key::False,
            OwnedKey::Null => Key::Null,
        }
    }
}

type Rules = SmallVec<[u32; 2]>;

#[derive(Clone, Debug)]
struct Bucket {
    path: u32,
    key: OwnedKey,
    rules: Rules,
}

/// Which door a sub-rule stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    /// The exact values its list for this path names.
    Values(u32),
    /// Any value at this path.
    Present(u32),
    Always,
}

/// What is filed at one path.
#[derive(Clone, Debug, Default)]
struct AtPath {
    buckets: u32,
    present: Vec<u32>,
}

/// All doors.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    buckets: HashTable<Bucket>,
    paths: Vec<AtPath>,
    pub(super) always: Vec<u32>,
}

impl Access {
    /// What going through `door` costs: how many rules already stand there.
    pub(super) fn crowd(&self, door: Door, matchers: &[Matcher]) -> usize {
        match door {
            Door::Values(path) => {
                let keys = matchers.iter().filter_map(Key::of_matcher);
                keys.map(|key| self.bucket(path, key).map_or(0, |b| b.rules.len())).sum()
            }
            Door::Present(path) => self.paths.get(path as usize).map_or(0, |p| p.present.len()),
            Door::Always => self.always.len(),
        }
    }

    pub(super) fn file(&mut self, rule: u32, door: Door, matchers: &[Matcher]) {
        if let Door::Values(path) | Door::Present(path) = door
            && self.paths.len() <= path as usize
        {
            self.paths.resize(path as usize + 1, AtPath::default());
        }
        match door {
            Door::Values(path) => {
                matchers.iter().filter_map(Key::of_matcher).for_each(|k| self.add(path, k, rule))
            }
            Door::Present(path) => {
                if let Some(at) = self.paths.get_mut(path as usize) {
                    at.present.push(rule);
                }
            }
            Door::Always => self.always.push(rule),
        }
    }

    pub(super) fn unfile(&mut self, rule: u32, door: Door, matchers: &[Matcher]) {
        match door {
            Door::Values(path) => {
                matchers.iter().filter_map(Key::of_matcher).for_each(|key| self.take(path, key, rule));
            }
            Door::Present(path) => {
                if let Some(at) = self.paths.get_mut(path as usize) {
                    at.present.retain(|r| *r != rule);
                }
            }
            Door::Always => self.always.retain(|r| *r != rule),
        }
    }

    /// The rules behind the value of this field.
    #[inline]
    pub(super) fn by_value(&self, path: u32, field: &Field, text: &str, side: &[u8]) -> &[u32] {
        if self.paths.get(path as usize).is_none_or(|p| p.buckets == 0) {
            return &[];
        }
        let key = Key::of_value(&Seen::new(field, text, side));
        key.and_then(|key| self.bucket(path, key)).map_or(&[], |b| b.rules.as_slice())
    }

    /// The rules behind the presence of this path.
    pub(super) fn by_presence(&self, path: u32) -> &[u32] {
        self.paths.get(path as usize).map_or(&[], |p| &p.present)
    }

    fn bucket(&self, path: u32, key: Key<'_>) -> Option<&Bucket> {
        self.buckets.find(key.hash(path), |b| b.path == path && b.key.key() == key)
    }

    fn add(&mut self, path: u32, key: Key<'_>, rule: u32) {
        let same = |b: &Bucket| b.path == path && b.key.key() == key;
        if let Some(bucket) = self.buckets.find_mut(key.hash(path), same) {
            if bucket.rules.last() != Some(&rule) {
                bucket.rules.push(rule);
            }
            return;
        }
        let bucket = Bucket { path, key: OwnedKey::of(key), rules: SmallVec::from_slice(&[rule]) };
        self.buckets.insert_unique(key.hash(path), bucket, |b| b.key.key().hash(b.path));
        if let Some(at) = self.paths.get_mut(path as usize) {
            at.buckets += 1;
        }
    }

    fn take(&mut self, path: u32, key: Key<'_>, rule: u32) {
        let same = |b: &Bucket| b.path == path && b.key.key() == key;
        let Ok(mut entry) = self.buckets.find_entry(key.hash(path), same) else { return };
        entry.get_mut().rules.retain(|r| *r != rule);
        if entry.get().rules.is_empty() {
            entry.remove();
            if let Some(at) = self.paths.get_mut(path as usize) {
                at.buckets = at.buckets.saturating_sub(1);
            }
        }
    }
}
