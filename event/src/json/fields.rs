//! What one scan found: the fields at the paths in use, the values in the capture slots, and which elements of which
//! arrays they stand in. All of it is reused from event to event, so a scan allocates nothing once warm.

use std::cell::Cell;

use super::cursor::Body;
use super::habit::Habits;
use super::hash::word_in;
use super::trie::{NONE, Trie};
use super::unescape::unescape;
use crate::pattern::Number;

/// The type of a leaf value, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Missing,
    Text,
    Number,
    True,
    False,
    Null,
}

/// A leaf value: its type and where its bytes are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    /// In the side buffer (a string with escapes) instead of the event's text.
    pub(crate) side: bool,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Value {
    pub(crate) const MISSING: Value = Value { kind: Kind::Missing, side: false, start: 0, end: 0 };

    pub(crate) fn bytes<'a>(&self, text: &'a [u8], side: &'a [u8]) -> &'a [u8] {
        let from = if self.side { side } else { text };
        from.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// How many bytes it has.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.end.wrapping_sub(self.start) as usize
    }

    /// The value as text; `None` for a string with a lone surrogate, which is no text.
    pub(crate) fn text<'a>(&self, text: &'a str, side: &'a [u8]) -> Option<&'a str> {
        let range = self.start as usize..self.end as usize;
        if self.side { std::str::from_utf8(side.get(range)?).ok() } else { text.get(range) }
    }
}

/// A leaf at a pattern path.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) value: Value,
    /// The innermost array element around it that is an object or an array; `NONE` outside of arrays.
    pub(crate) element: u32,
    /// The next field of the same path.
    pub(crate) next: u32,
    /// The number it is, worked out when first asked for.
    pub(crate) number: Cell<Number>,
}

/// An object or array that is an element of an array. Elements are numbered in the order they open, so everything
/// inside one is the range from its own number to `end`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element {
    /// The element around its array.
    pub(crate) parent: u32,
    /// Its array.
    pub(crate) array: u32,
    /// The last element inside it (itself, when there is none).
    pub(crate) end: u32,
}

/// The range of elements one array instance spans, nested ones included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Array {
    pub(crate) first: u32,
    pub(crate) last: u32,
}

/// Searches of the rest of one text.
const SEARCHES: u32 = 3;
/// A shorter rest is read.
const SHORT: usize = 64;

/// First field of a path, valid in one scan only: `epoch` tells which.
#[derive(Clone, Copy, Debug)]
struct Head {
    epoch: u32,
    first: u32,
}

/// The result of one scan.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// Pairs of path and field, in the order of the text.
    pub(crate) list: Vec<(u32, Field)>,
    heads: Vec<Head>,
    /// Grows by one with every scan; marks of an older scan count as absent.
    pub(crate) epoch: u32,
    pub(crate) side: Vec<u8>,
    pub(crate) slots: Vec<Value>,
    pub(crate) elements: Vec<Element>,
    pub(crate) arrays: Vec<Array>,
    /// Room for a member name with escapes.
    pub(super) name: Vec<u8>,
    /// Paths in use that have no field yet; `NONE` where nobody wants to know.
    pub(super) missing: u32,
    /// Events in a row whose rest was searched in vain.
    pub(super) vain: u32,
    /// Nodes inside which the rest was searched in vain, one bit for each, as far as they go.
    pub(super) vain_at: u64,
    /// The node of the member that came next the last time: as the first in an object at a node, and after a member that
    /// leads to a node. From event to event, and only a guess.
    follow: Vec<u32>,
    /// How the texts before were written.
    pub(super) habits: Option<Box<Habits>>,
    /// How often the rest of this text was searched.
    searches: u32,
    /// The arrays that have elements and are open, the innermost last.
    open: Vec<u32>,
}

impl Fields {
    /// Forgets the scan before. `paths`, `slots` and `nodes` are the numbers of ids in use.
    pub(crate) fn reset(&mut self, paths: usize, slots: usize, nodes: usize) {
        if self.follow.len() < 2 * nodes {
            self.follow.resize(2 * nodes, NONE);
        }
        self.list.clear();
        self.side.clear();
        self.elements.clear();
        self.arrays.clear();
        self.slots.clear();
        self.slots.resize(slots, Value::MISSING);
        self.missing = NONE;
        self.searches = 0;
        self.open.clear();
        if self.epoch == u32::MAX {
            self.heads.clear();
            self.epoch = 0;
        }
        self.epoch += 1;
        if self.heads.len() < paths {
            self.heads.resize(paths, Head { epoch: 0, first: NONE });
        }
    }

    /// How the texts before were written.
    pub(super) fn habits(&mut self) -> &mut Habits {
        self.habits.get_or_insert_default()
    }

    pub(crate) fn push(&mut self, path: u32, value: Value, element: u32) {
        let id = self.list.len() as u32;
        let mut next = NONE;
        if let Some(head) = self.heads.get_mut(path as usize) {
            if head.epoch == self.epoch {
                next = head.first;
            } else {
                self.missing = self.missing.wrapping_sub(1);
            }
            *head = Head { epoch: self.epoch, first: id };
        }
        self.list.push((path, Field { value, element, next, number: Cell::new(Number::Unread) }));
    }

    /// Whether the field before it at its path has the same value, a short one; false does not say that it has not.
    #[inline(always)]
    pub(crate) fn is_repeated(&self, field: &Field, text: &[u8]) -> bool {
        let Some((_, before)) = self.list.get(field.next as usize) else { return false };
        let (value, before) = (&field.value, &before.value);
        let len = value.len();
        let word = |value: &Value| word_in(text, value.start as usize, value.end as usize);
        value.kind == before.kind
            && len == before.len()
            && len <= 8
            && !(value.side | before.side)
            && word(value) == word(before)
    }

    /// The node that is likely to come next: at the beginning of an object at `node`, or after a member that leads there.
    #[inline(always)]
    pub(super) fn guess(&self, (node, after): (u32, bool)) -> u32 {
        self.follow.get(2 * node as usize + usize::from(after)).copied().unwrap_or(NONE)
    }

    /// What came next.
    #[inline(always)]
    pub(super) fn learn(&mut self, (node, after): (u32, bool), next: u32) {
        if let Some(place) = self.follow.get_mut(2 * node as usize + usize::from(after)) {
            *place = next;
        }
    }

    /// A string, without its escapes.
    #[inline(always)]
    pub(super) fn text(&mut self, text: &[u8], body: Body) -> Value {
        // Places, not a value: what a call gives back through memory would be written and read askew.
        let (start, end) = if body.escaped { self.unescaped(text, body) } else { (body.start, body.end) };
        Value { kind: Kind::Text, side: body.escaped, start, end }
    }

    /// Where in the side buffer a string is then.
    #[inline(never)]
    fn unescaped(&mut self, text: &[u8], body: Body) -> (u32, u32) {
        let start = self.side.len() as u32;
        unescape(body.of(text), &mut self.side);
        (start, self.side.len() as u32)
    }

    /// The last value counts for a capture.
    #[inline(always)]
    pub(super) fn capture(&mut self, slot: u32, value: Value) {
        if let Some(slot) = self.slots.get_mut(slot as usize) {
            *slot = value;
        }
    }

    /// A member occurs, perhaps again: what was captured of it is gone, with all that is in it.
    #[inline(always)]
    pub(super) fn forget(&mut self, slots: &[u32]) {
        for slot in slots {
            self.capture(*slot, Value::MISSING);
        }
    }

    /// The first numbered element of an array opens; `here` is the innermost one.
    #[inline]
    pub(super) fn open_array(&mut self, here: &mut u32) {
        let (id, array) = (self.elements.len() as u32, self.arrays.len() as u32);
        self.arrays.push(Array { first: id, last: id });
        self.open.push(array);
        self.open_element(here);
    }

    /// Another one opens.
    #[inline]
    pub(super) fn open_element(&mut self, here: &mut u32) {
        let id = self.elements.len() as u32;
        let array = self.open.last().copied().unwrap_or(NONE);
        self.elements.push(Element { parent: *here, array, end: id });
        *here = id;
    }

    /// The innermost one ends.
    #[inline]
    pub(super) fn close_element(&mut self, here: &mut u32) {
        let last = self.elements.len() as u32;
        if let Some(element) = self.elements.get_mut(*here as usize) {
            element.end = last.saturating_sub(1);
            *here = element.parent;
        }
    }

    /// The innermost one ends, and the next one of its array opens.
    #[inline]
    pub(super) fn next_element(&mut self, here: &mut u32) {
        self.close_element(here);
        self.open_element(here);
    }

    /// The innermost array that has elements ends.
    #[inline]
    pub(super) fn close_array(&mut self) {
        let last = self.elements.len() as u32;
        let array = self.open.pop().unwrap_or(NONE);
        if let Some(array) = self.arrays.get_mut(array as usize) {
            array.last = last.saturating_sub(1);
        }
    }

    /// Whether `rest`, from inside the object at a node, surely has no other field; every path has one.
    #[inline(always)]
    pub(super) fn has_ended(&mut self, node: u32, trie: &Trie, rest: &[u8]) -> bool {
        let bit = 1_u64.checked_shl(node).unwrap_or(0);
        self.vain_at & bit == 0 && self.searches < SEARCHES && self.is_without((node, bit), trie, rest)
    }

    #[inline(never)]
    fn is_without(&mut self, (node, bit): (u32, u64), trie: &Trie, rest: &[u8]) -> bool {
        if rest.len() < SHORT {
            return false;
        }
        let Some(search) = trie.node(node).and_then(|node| node.rest.as_deref()) else { return false };
        self.searches += 1;
        let ended = search.is_without(rest);
        if ended {
            self.vain = 0;
        } else {
            self.vain = self.vain.saturating_add(1);
            self.vain_at |= bit;
        }
        ended
    }

    /// The fields at a path, the last one first.
    pub(crate) fn at(&self, path: u32) -> FieldsAt<'_> {
        let first = self.heads.get(path as usize).filter(|h| h.epoch == self.epoch).map_or(NONE, |h| h.first);
        FieldsAt { fields: self, next: first }
    }
}

/// The fields of one path.
#[derive(Clone)]
pub(crate) struct FieldsAt<'a> {
    fields: &'a Fields,
    next: u32,
}

impl<'a> Iterator for FieldsAt<'a> {
    type Item = &'a Field;

    #[inline]
    fn next(&mut self) -> Option<&'a Field> {
        let (_, field) = self.fields.list.get(self.next as usize)?;
        self.next = field.next;
        Some(field)
    }
}
