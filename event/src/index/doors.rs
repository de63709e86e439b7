//! How the atoms that somebody waits for are found: a value goes through the doors of its path and comes out with all
//! atoms that hold. What that costs depends on the value and on what holds, hardly on how many atoms there are.

use std::sync::Arc;

use super::affix::{Affixes, Entry, Need};
use super::blocks::Blocks;
use super::book::Atoms;
use super::key::pieces;
use super::ranges::Ranges;
use super::windows::Windows;
use crate::json::fields::Kind;
use crate::pattern::fold::Folded;
use crate::pattern::glob::Glob;
use crate::pattern::ip::Block;
use crate::pattern::{Excluded, Matcher, Range, Seen};

/// Where an atom is filed.
enum Way<'m> {
    /// Among the exact values of a kind; they are looked up in the table of all atoms.
    Text,
    Number,
    Literal,
    /// In one of the tries.
    Affix(Side, Vec<u8>, Need),
    Range(&'m Range),
    Block(Block),
    Window(&'m [u8]),
    /// Tried on every text.
    Check,
    Present,
    But(&'m Excluded),
    Nowhere,
}

#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
    FoldStart,
    FoldEnd,
}

/// The doors of one path.
#[derive(Clone, Debug, Default)]
pub(super) struct AtPath {
    /// Exact values somebody waits for, by kind.
    texts: u32,
    numbers: u32,
    literals: u32,
    /// Somebody waits for a value here.
    pub(super) busy: bool,
    /// Nobody waits for anything but numbers in ranges.
    pub(super) ranges_only: bool,
    /// Everything else, which most paths have nothing of.
    pub(super) more: Option<Box<More>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct More {
    sides: [Affixes; 4],
    pub(super) ranges: Ranges,
    blocks: Blocks,
    windows: Windows,
    checked: Vec<u32>,
    /// `exists: true`, which any field satisfies.
    pub(super) present: Vec<u32>,
    /// `anything-but`, which any field satisfies that no excluded atom holds for.
    pub(super) but: Vec<u32>,
}

impl More {
    fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.is_but_for_ranges()
    }

    /// Whether there is nothing, or ranges alone.
    fn is_but_for_ranges(&self) -> bool {
        self.sides.iter().all(Affixes::is_empty)
            && self.blocks.is_empty()
            && self.windows.is_empty()
            && self.checked.is_empty()
            && self.present.is_empty()
            && self.but.is_empty()
    }
}

/// All doors, by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Doors {
    paths: Vec<AtPath>,
    /// Paths where nobody waits for anything but numbers in ranges.
    ranges_only: u32,
}

/// Atoms looked at for one field: a mark of an older field does not count.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    now: u32,
    of: Vec<u32>,
}

impl Stamps {
    /// Begins anew where there might be no marks left for the fields of an event; whether it did, so that room is to be made again.
    #[inline]
    pub(super) fn renew(&mut self) -> bool {
        let over = self.now > u32::MAX / 2;
        if over {
            self.of.clear();
            self.now = 0;
        }
        over
    }

    /// Makes room for so many atoms.
    pub(super) fn make_room(&mut self, atoms: usize) {
        if self.of.len() < atoms {
            self.of.resize(atoms, 0);
        }
    }

    pub(super) fn next_field(&mut self) {
        self.now += 1;
    }

    /// Marks an atom; whether it was not marked for this field.
    #[inline]
    pub(super) fn mark(&mut self, atom: u32) -> bool {
        self.of.get_mut(atom as usize).is_some_and(|s| std::mem::replace(s, self.now) != self.now)
    }

    #[inline]
    pub(super) fn has(&self, atom: u32) -> bool {
        self.of.get(atom as usize) == Some(&self.now)
    }
}

fn small(text: &str) -> impl DoubleEndedIterator<Item = u8> + '_ {
    text.bytes().map(|b| b.to_ascii_lowercase())
}

/// A text without case begins with its ASCII part up to the first other character; so does every text it accepts.
fn fold_start(folded: &Folded, need: Need) -> Way<'static> {
    let head: Vec<u8> = small(&folded.text).take_while(u8::is_ascii).collect();
    let need = if folded.is_ascii() { need } else { Need::Check };
    if head.is_empty() && !folded.is_ascii() { Way::Check } else { Way::Affix(Side::FoldStart, head, need) }
}

fn fold_end(folded: &Folded) -> Way<'static> {
    let tail: Vec<u8> = small(&folded.text).rev().take_while(u8::is_ascii).collect();
    let need = if folded.is_ascii() { Need::Nothing } else { Need::Check };
    if tail.is_empty() && !folded.is_ascii() { Way::Check } else { Way::Affix(Side::FoldEnd, tail, need) }
}

fn backwards(text: &[u8]) -> Vec<u8> {
    text.iter().rev().copied().collect()
}

/// By the end that tells more, else by a literal inside.
fn glob_way(glob: &Glob) -> Way<'_> {
    let (first, last, inside) = (glob.first(), glob.last(), glob.inside());
    if first.len().max(last.len()) < inside.len().min(3) && Windows::takes(inside) {
        Way::Window(inside)
    } else if first.len() >= last.len() && !first.is_empty() {
        Way::Affix(Side::Start, first.into(), Need::Check)
    } else if !last.is_empty() {
        Way::Affix(Side::End, backwards(last), Need::Check)
    } else {
        Way::Check
    }
}

fn way(matcher: &Matcher) -> Way<'_> {
    match matcher {
        Matcher::Text(_) => Way::Text,
        Matcher::Number(..) | Matcher::NumberText(_) => Way::Number,
        Matcher::True | Matcher::False | Matcher::Null => Way::Literal,
        Matcher::Prefix(t) => Way::Affix(Side::Start, t.as_bytes().into(), Need::Nothing),
        Matcher::Suffix(t) => Way::Affix(Side::End, backwards(t.as_bytes()), Need::Nothing),
        Matcher::PrefixFold(f) => fold_start(f, Need::Nothing),
        Matcher::EqualFold(f) => fold_start(f, Need::End),
        Matcher::SuffixFold(f) => fold_end(f),
        Matcher::Wildcard(glob) => glob_way(glob),
        Matcher::Numeric(range) => Way::Range(range),
        Matcher::Address(address, _) => Way::Block(Block::of(*address)),
        Matcher::Cidr(block, _) => Way::Block(*block),
        Matcher::Exists => Way::Present,
        Matcher::AnythingBut(excluded) => Way::But(excluded),
        Matcher::Absent => Way::Nowhere,
    }
}

impl Doors {
    pub(super) fn at(&self, path: u32) -> Option<&AtPath> {
        self.paths.get(path as usize)
    }

    /// Whether nothing is filed anywhere.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.paths.iter().all(|at| !at.busy && at.texts + at.numbers + at.literals == 0 && at.more.is_none())
    }

    /// Lets an atom be found from now on.
    pub(super) fn file(&mut self, atoms: &mut Atoms, id: u32) {
        let Some(atom) = atoms.get(id) else { return };
        let path = atom.path;
        if self.paths.len() <= path as usize {
            self.paths.resize_with(path as usize + 1, AtPath::default);
        }
        let Some(at) = self.paths.get_mut(path as usize) else { return };
        let way = way(atom.matcher());
        let AtPath { texts, numbers, literals, more, .. } = at;
        match way {
            Way::Text => *texts += 1,
            Way::Number => *numbers += 1,
            Way::Literal => *literals += 1,
            Way::Nowhere => {}
            _ => {
                let more = more.get_or_insert_default();
                match way {
                    Way::Affix(side, text, need) => {
                        if let Some(trie) = more.sides.get_mut(side as usize) {
                            trie.add(&text, Entry { atom: id, need });
                        }
                    }
                    Way::Range(range) => more.ranges.add(range, id),
                    Way::Block(block) => more.blocks.add(block, id),
                    Way::Window(literal) => more.windows.add(literal, id),
                    Way::Check => more.checked.push(id),
                    Way::Present => more.present.push(id),
                    Way::But(excluded) => {
                        more.but.push(id);
                        let list: Arc<[Matcher]> = pieces(excluded).into();
                        self.exclude(atoms, path, &list, id);
                    }
                    Way::Text | Way::Number | Way::Literal | Way::Nowhere => {}
                }
            }
        }
        self.settle(path);
    }

    /// Files what an `anything-but` excludes.
    fn exclude(&mut self, atoms: &mut Atoms, path: u32, list: &Arc<[Matcher]>, but: u32) {
        for place in 0..list.len() {
            let piece = atoms.take(path, list, place);
            if atoms.change(piece, |atom| atom.excludes.push(but)) == (false, true) {
                self.file(atoms, piece);
            }
        }
    }

    /// Lets an atom be found no more.
    pub(super) fn unfile(&mut self, atoms: &mut Atoms, id: u32) {
        let Some(atom) = atoms.get(id) else { return };
        let path = atom.path;
        let Some(at) = self.paths.get_mut(path as usize) else { return };
        let drop = |list: &mut Vec<u32>| list.retain(|a| *a != id);
        let mut excluded = None;
        match way(atom.matcher()) {
            Way::Text => at.texts = at.texts.saturating_sub(1),
            Way::Number => at.numbers = at.numbers.saturating_sub(1),
            Way::Literal => at.literals = at.literals.saturating_sub(1),
            Way::Nowhere => {}
            way => {
                let Some(more) = at.more.as_deref_mut() else { return };
                match way {
                    Way::Affix(side, text, _) => {
                        if let Some(trie) = more.sides.get_mut(side as usize) {
                            trie.remove(&text, id);
                        }
                    }
                    Way::Range(range) => more.ranges.remove(range, id),
                    Way::Block(block) => more.blocks.remove(block, id),
                    Way::Window(literal) => more.windows.remove(literal, id),
                    Way::Check => drop(&mut more.checked),
                    Way::Present => drop(&mut more.present),
                    Way::But(list) => {
                        drop(&mut more.but);
                        excluded = Some(pieces(list));
                    }
                    Way::Text | Way::Number | Way::Literal | Way::Nowhere => {}
                }
                if more.is_empty() {
                    at.more = None;
                }
            }
        }
        self.settle(path);
        if let Some(list) = excluded {
            self.include(atoms, path, &list, id);
        }
    }

    /// After the doors of a path have changed.
    fn settle(&mut self, path: u32) {
        let Some(at) = self.paths.get_mut(path as usize) else { return };
        self.ranges_only -= u32::from(at.ranges_only);
        at.settle();
        self.ranges_only += u32::from(at.ranges_only);
    }

    /// Whether there are paths where nobody waits for anything but numbers in ranges.
    #[inline]
    pub(super) fn has_ranges_only(&self) -> bool {
        self.ranges_only > 0
    }

    fn include(&mut self, atoms: &mut Atoms, path: u32, list: &[Matcher], but: u32) {
        for matcher in list {
            let Some(piece) = atoms.known(path, matcher) else { continue };
            let awaited = atoms.change(piece, |atom| {
                if let Some(place) = atom.excludes.iter().position(|b| *b == but) {
                    atom.excludes.swap_remove(place);
                }
            });
            if awaited == (true, false) {
                self.unfile(atoms, piece);
            }
            atoms.give_back(piece);
        }
    }
}

impl AtPath {
    /// After it has changed: whether anybody waits here.
    fn settle(&mut self) {
        let exact = self.texts | self.numbers | self.literals != 0;
        self.busy = exact || self.more.is_some();
        self.ranges_only = !exact && self.more.as_ref().is_some_and(|more| more.is_but_for_ranges());
    }

    /// Whether somebody waits for exact values of a kind.
    #[inline]
    pub(super) fn wants(&self, kind: Kind) -> bool {
        let awaited = match kind {
            Kind::Text => self.texts,
            Kind::Number => self.numbers,
            _ => self.literals,
        };
        awaited != 0
    }
}

impl More {
    /// Adds to `hits` the atoms that hold for a text, but for exact values, `exists` and `anything-but`.
    pub(super) fn open_text(
        &self,
        atoms: &Atoms,
        value: &Seen<'_>,
        stamps: &mut Stamps,
        hits: &mut Vec<u32>,
    ) {
        let text = value.bytes;
        let accepts = |id: u32| atoms.get(id).is_some_and(|a| a.matcher().accepts(value));
        let mut found = |entry: Entry, end: bool| {
            let holds = match entry.need {
                Need::Nothing => true,
                Need::End => end,
                Need::Check => accepts(entry.atom),
            };
            if holds {
                hits.push(entry.atom);
            }
        };
        let [start, end, fold_start, fold_end] = &self.sides;
        start.walk::<false, false>(text, &mut found);
        end.walk::<true, false>(text, &mut found);
        fold_start.walk::<false, true>(text, &mut found);
        fold_end.walk::<true, true>(text, &mut found);
        if !self.blocks.is_empty() {
            self.blocks.around(text, |atom| hits.push(atom));
        }
        if !self.windows.is_empty() {
            self.windows.offer(text, |atom| {
                if stamps.mark(atom) && accepts(atom) {
                    hits.push(atom);
                }
            });
        }
        hits.extend(self.checked.iter().filter(|atom| accepts(**atom)));
    }
}
