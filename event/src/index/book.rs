//! What the patterns ask for, each thing once: an *atom* is one matcher at one path, a *test* is a list of atoms at one
//! path of which one must hold. However many patterns ask for it, it is stored once and decided once per event.

use std::sync::Arc;

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::key::{Key, hash_of, same};
use super::ranges::bounds;
use crate::json::hash::{hash_bytes, tail_of, word_of};
use crate::json::trie::NONE;
use crate::pattern::Matcher;

pub(super) type Ids = SmallVec<[u32; 2]>;

/// A text of up to sixteen bytes: its first and its last ones, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Short {
    word: u64,
    tail: u64,
    len: u32,
}

impl Short {
    const MOST: usize = 16;
    /// No text, or a longer one.
    const NONE: Short = Short { word: 0, tail: 0, len: u32::MAX };

    fn of(key: Option<Key<'_>>) -> Short {
        match key {
            Some(Key::Text(text)) if text.len() <= Short::MOST => {
                Short { word: word_of(text), tail: tail_of(text), len: text.len() as u32 }
            }
            _ => Short::NONE,
        }
    }
}

/// One matcher at one path, and who waits for it.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) path: u32,
    /// Its place in `list`.
    place: u32,
    list: Arc<[Matcher]>,
    /// The text it asks for, when it is one and short: what is asked for most is compared without going anywhere else.
    short: Short,
    /// How many tests name it; statistics of how common it is.
    pub(super) uses: u32,
    /// Patterns that match as soon as it holds.
    pub(super) whole: Ids,
    /// Sub-rules to be verified when it holds, each with another test that must hold too (or `NONE`): most candidates
    /// are done with before they are looked at.
    pub(super) rules: SmallVec<[(u32, u32); 1]>,
    /// `anything-but` atoms that do not hold where it does.
    pub(super) excludes: Ids,
}

impl Atom {
    pub(super) fn matcher(&self) -> &Matcher {
        self.list.get(self.place as usize).unwrap_or(&Matcher::Absent)
    }

    /// Whether it asks for exactly this value.
    #[inline]
    fn asks_for(&self, key: Key<'_>) -> bool {
        match Short::of(Some(key)) {
            Short::NONE => Key::of_matcher(self.matcher()) == Some(key),
            short => self.short == short,
        }
    }

    /// Whether anybody waits for it, so that it must be found.
    pub(super) fn is_awaited(&self) -> bool {
        !(self.whole.is_empty() && self.rules.is_empty() && self.excludes.is_empty())
    }
}

/// All atoms.
#[derive(Clone, Debug, Default)]
pub(super) struct Atoms {
    all: Vec<Atom>,
    /// Beside `all`: what follows from an atom, in the most frequent case.
    fronts: Vec<u32>,
    free: Vec<u32>,
    /// Every atom.
    table: HashTable<Bucket>,
}

/// An atom where it is found by what it asks for.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    hash: u64,
    id: u32,
    /// Nothing follows from the atom where this test fails; `NONE` where that is not one test. So most of those that
    /// hold in vain are done with before they are looked at, each of which lies elsewhere in memory.
    first: u32,
}

impl Atoms {
    pub(super) fn get(&self, id: u32) -> Option<&Atom> {
        self.all.get(id as usize)
    }

    /// The one pattern that is found when the atom holds, where nothing else follows from it; else `NONE`.
    #[inline]
    pub(super) fn front(&self, id: u32) -> u32 {
        self.fronts.get(id as usize).copied().unwrap_or(NONE)
    }

    /// Changes who waits for an atom; whether anybody did, and does.
    pub(super) fn change(&mut self, id: u32, change: impl FnOnce(&mut Atom)) -> (bool, bool) {
        let Some(atom) = self.all.get_mut(id as usize) else { return (false, false) };
        let before = atom.is_awaited();
        change(atom);
        let front = match atom.whole.as_slice() {
            [pattern] if atom.rules.is_empty() && atom.excludes.is_empty() => *pattern,
            _ => NONE,
        };
        let after = atom.is_awaited();
        if self.fronts.len() < self.all.len() {
            self.fronts.resize(self.all.len(), NONE);
        }
        if let Some(place) = self.fronts.get_mut(id as usize) {
            *place = front;
        }
        self.note_first(id);
        (before, after)
    }

    /// Notes on which test all depends that follows from an atom.
    fn note_first(&mut self, id: u32) {
        let Some(atom) = self.all.get(id as usize) else { return };
        let first = match atom.rules.as_slice() {
            [(_, first)] if atom.whole.is_empty() && atom.excludes.is_empty() => *first,
            _ => NONE,
        };
        let hash = hash_of(atom.path, atom.matcher());
        if let Some(entry) = self.table.find_mut(hash, |entry| entry.id == id) {
            entry.first = first;
        }
    }

    /// One more than the highest id in use.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// The atom of an exact value, if any pattern asks for it and a test `may` hold without which nothing follows from it.
    #[inline]
    pub(super) fn exact(&self, path: u32, key: Key<'_>, mut may: impl FnMut(u32) -> bool) -> Option<u32> {
        let hash = key.hash(path);
        let found = self.table.find(hash, |entry| {
            entry.hash == hash
                && (entry.first == NONE || may(entry.first))
                && self.get(entry.id).is_some_and(|a| a.path == path && a.asks_for(key))
        });
        found.map(|entry| entry.id)
    }

    /// Adds a use of the matcher at `place` of `list`.
    pub(super) fn take(&mut self, path: u32, list: &Arc<[Matcher]>, place: usize) -> u32 {
        let Some(matcher) = list.get(place) else { return u32::MAX };
        let hash = hash_of(path, matcher);
        if let Some(known) = self.find(path, matcher, hash) {
            if let Some(atom) = self.all.get_mut(known as usize) {
                atom.uses += 1;
            }
            return known;
        }
        let atom = Atom {
            path,
            place: place as u32,
            list: list.clone(),
            short: Short::of(Key::of_matcher(matcher)),
            uses: 1,
            whole: Ids::new(),
            rules: SmallVec::new(),
            excludes: Ids::new(),
        };
        let id = put(&mut self.all, &mut self.free, atom);
        self.table.insert_unique(hash, Bucket { hash, id, first: NONE }, |entry| entry.hash);
        id
    }

    /// The atom of a matcher.
    pub(super) fn known(&self, path: u32, matcher: &Matcher) -> Option<u32> {
        self.find(path, matcher, hash_of(path, matcher))
    }

    fn find(&self, path: u32, matcher: &Matcher, hash: u64) -> Option<u32> {
        let is = |entry: &Bucket| {
            entry.hash == hash
                && self.get(entry.id).is_some_and(|a| a.path == path && same(a.matcher(), matcher))
        };
        self.table.find(hash, is).map(|entry| entry.id)
    }

    /// Gives back a use; the last one frees the id.
    pub(super) fn give_back(&mut self, id: u32) {
        let Some(atom) = self.all.get_mut(id as usize) else { return };
        atom.uses = atom.uses.saturating_sub(1);
        if atom.uses > 0 {
            return;
        }
        let hash = hash_of(atom.path, atom.matcher());
        atom.list = Arc::new([]);
        if let Ok(entry) = self.table.find_entry(hash, |entry| entry.id == id) {
            entry.remove();
            self.free.push(id);
        }
    }

    #[cfg(test)]
    pub(super) fn live(&self) -> usize {
        self.all.len() - self.free.len()
    }
}

/// What one path must show.
#[derive(Clone, Debug)]
pub(super) struct Test {
    pub(super) path: u32,
    pub(super) matchers: Arc<[Matcher]>,
    /// One of the matchers is `exists: false`.
    pub(super) absent: bool,
    /// All of them are exact values.
    pub(super) exact: bool,
    /// The bounds of the one range it is.
    pub(super) range: Option<(f64, f64)>,
    /// In order, without `exists: false`.
    pub(super) atoms: Ids,
    pub(super) uses: u32,
}

/// All tests.
#[derive(Clone, Debug, Default)]
pub(super) struct Tests {
    all: Vec<Test>,
    free: Vec<u32>,
    table: HashTable<(u64, u32)>,
}

fn test_hash(path: u32, absent: bool, atoms: &[u32]) -> u64 {
    let start = hash_bytes(path, &[u8::from(absent)]);
    atoms.iter().fold(start, |hash, atom| hash_bytes((hash ^ (hash >> 32)) as u32, &atom.to_le_bytes()))
}

impl Tests {
    #[inline]
    pub(super) fn get(&self, id: u32) -> Option<&Test> {
        self.all.get(id as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Adds a use of a list at a path, and of its atoms when the list is new.
    pub(super) fn take(
        &mut self,
        atoms: &mut Atoms,
        path: u32,
        matchers: &Arc<[Matcher]>,
        absent: bool,
    ) -> u32 {
        let places = (0..matchers.len()).filter(|i| matchers.get(*i) != Some(&Matcher::Absent));
        let mut ids: Ids = places.map(|place| atoms.take(path, matchers, place)).collect();
        ids.sort_unstable();
        let hash = test_hash(path, absent, &ids);
        let is = |(h, id): &(u64, u32)| {
            *h == hash
                && self.get(*id).is_some_and(|t| t.path == path && t.absent == absent && t.atoms == ids)
        };
        if let Some(known) = self.table.find(hash, is).map(|(_, id)| *id) {
            if let Some(test) = self.all.get_mut(known as usize) {
                test.uses += 1;
            }
            return known;
        }
        let exact = matchers.iter().all(|m| Key::of_matcher(m).is_some());
        let range = match &**matchers {
            [Matcher::Numeric(range)] => Some(bounds(range)),
            _ => None,
        };
        let test = Test { range, path, matchers: matchers.clone(), absent, exact, atoms: ids, uses: 1 };
        let id = put(&mut self.all, &mut self.free, test);
        self.table.insert_unique(hash, (hash, id), |entry| entry.0);
        id
    }

    /// Gives back a use of a test and of its atoms.
    pub(super) fn give_back(&mut self, atoms: &mut Atoms, id: u32) {
        let Some(test) = self.all.get_mut(id as usize) else { return };
        test.atoms.iter().for_each(|atom| atoms.give_back(*atom));
        test.uses = test.uses.saturating_sub(1);
        if test.uses > 0 {
            return;
        }
        let hash = test_hash(test.path, test.absent, &test.atoms);
        test.matchers = Arc::new([]);
        test.atoms = Ids::new();
        if let Ok(entry) = self.table.find_entry(hash, |(_, known)| *known == id) {
            entry.remove();
            self.free.push(id);
        }
    }

    #[cfg(test)]
    pub(super) fn live(&self) -> usize {
        self.all.len() - self.free.len()
    }
}

/// Stores a thing under a free id.
pub(super) fn put<T>(all: &mut Vec<T>, free: &mut Vec<u32>, thing: T) -> u32 {
    if let Some(id) = free.pop()
        && let Some(place) = all.get_mut(id as usize)
    {
        *place = thing;
        return id;
    }
    all.push(thing);
    (all.len() - 1) as u32
}
