//! The pass over an event that keeps what the trie asks for, and validates all of it or trusts that this was done.

use super::cursor::{Body, Cursor};
use super::error::{JsonError, JsonErrorKind};
use super::fields::{Array, Element, Fields, Kind, Value};
use super::hash::{word_in, word_of};
use super::reader::Reader;
use super::sure::is_surely_object;
use super::trie::{NONE, Node, Trie};
use super::trusting::Trusting;
use super::unescape::unescape;
use crate::limits::{MAX_EVENT_BYTES, MAX_JSON_DEPTH};

/// Where a walk stands in the trie.
#[derive(Clone, Copy)]
struct Place {
    node: u32,
    /// Reached by plain member names only, so that capture slots here count.
    exact: bool,
    /// The innermost array element around it.
    element: u32,
    depth: usize,
}

struct Walk<'a, R> {
    cursor: R,
    trie: &'a Trie,
    fields: &'a mut Fields,
    /// How often the rest was searched.
    searches: u32,
    /// No more fields come.
    ended: bool,
}

/// Searches of the rest of one text.
const SEARCHES: u32 = 3;
/// A shorter rest is read.
const SHORT: usize = 64;
/// After so many events in a row that were searched in vain only one in so many is.
const VAIN: u32 = 16;

/// Validates `text` and fills `fields` with what `trie` asks for.
pub(crate) fn scan(text: &str, trie: &Trie, fields: &mut Fields) -> Result<(), JsonError> {
    if text.len() > MAX_EVENT_BYTES {
        return Err(JsonError::at(MAX_EVENT_BYTES, JsonErrorKind::TooLarge));
    }
    fields.reset(trie.path_count(), trie.slot_count(), trie.node_count());
    // Where little is asked for it is quicker to check all of the text first; where much is, to check while reading.
    if trie.few_paths().is_some() && is_surely_object(text.as_bytes()) {
        begin_trusting(trie, fields);
        return walk(Trusting::new(text), trie, fields);
    }
    walk(Cursor::new(text), trie, fields)
}

/// Whether it is worth knowing that no more fields come.
#[inline(always)]
fn begin_trusting(trie: &Trie, fields: &mut Fields) {
    if fields.epoch.is_multiple_of(VAIN) {
        fields.vain_at = 0;
    }
    if let Some(paths) = trie.few_paths()
        && (fields.vain < VAIN || fields.epoch.is_multiple_of(VAIN))
    {
        fields.missing = paths as u32;
    }
}

/// As [`scan`], for a text that is known to be JSON: what nobody asks for is passed over, not read.
pub(crate) fn scan_trusted(text: &str, trie: &Trie, fields: &mut Fields) -> Result<(), JsonError> {
    if text.len() > MAX_EVENT_BYTES {
        return Err(JsonError::at(MAX_EVENT_BYTES, JsonErrorKind::TooLarge));
    }
    fields.reset(trie.path_count(), trie.slot_count(), trie.node_count());
    begin_trusting(trie, fields);
    walk(Trusting::new(text), trie, fields)
}

fn walk<'a, R: Reader<'a>>(cursor: R, trie: &'a Trie, fields: &'a mut Fields) -> Result<(), JsonError> {
    let mut walk = Walk { cursor, trie, fields, searches: 0, ended: false };
    walk.cursor.space();
    let read = walk.root();
    walk.cursor.result(read)
}

/// Most names nobody asks for are short: not worth a call of a vector search.
#[inline]
fn has_dot(name: &[u8]) -> bool {
    name.iter().fold(false, |found, byte| found | (*byte == b'.'))
}

/// Validates any one JSON value as a whole text; for texts that are not events.
pub(crate) fn validate(text: &str) -> Result<(), JsonError> {
    let mut cursor = Cursor::new(text);
    cursor.space();
    let read = cursor.skip(0).and_then(|()| cursor.end());
    cursor.result(read)
}

impl<'a, R: Reader<'a>> Walk<'a, R> {
    fn root(&mut self) -> Option<()> {
        if self.cursor.peek() != b'{' {
            return self.cursor.fail(JsonErrorKind::NotAnObject);
        }
        self.object(Place { node: 0, exact: true, element: NONE, depth: 0 })?;
        self.cursor.end()
    }

    /// Reads the object here. Recursion is bounded by [`MAX_JSON_DEPTH`].
    fn object(&mut self, place: Place) -> Option<()> {
        if place.depth >= MAX_JSON_DEPTH {
            return self.cursor.fail(JsonErrorKind::TooDeep);
        }
        let trie = self.trie;
        let Some(node) = trie.node(place.node) else { return self.cursor.skip(place.depth) };
        self.cursor.step();
        self.cursor.space();
        if self.cursor.peek() == b'}' {
            self.cursor.step();
            return Some(());
        }
        let mut before = (place.node, false);
        loop {
            let inner = match self.guessed(place, before) {
                Some(inner) => Some(inner),
                None => {
                    let name = self.cursor.name()?;
                    let inner = if node.may_lead(&name) { self.step(place, name) } else { None };
                    self.fields.learn(before, inner.map_or(NONE, |inner| inner.node));
                    inner
                }
            };
            match inner {
                Some(inner) => {
                    before = (inner.node, true);
                    self.value(inner)?;
                    if self.fields.missing == 0
                        && place.exact
                        && (self.ended || self.has_ended(place.node, node))
                    {
                        return Some(());
                    }
                }
                None => {
                    before = (NONE, true);
                    self.cursor.skip(place.depth + 1)?;
                }
            }
            match self.cursor.peek_solid() {
                b',' => {
                    self.cursor.comma();
                    if inner.is_none() {
                        // Where one member is of no interest, more may follow.
                        self.cursor.pass(node);
                    }
                }
                b'}' => {
                    self.cursor.step();
                    return Some(());
                }
                _ => return self.cursor.fail(JsonErrorKind::ExpectedCommaOrEnd),
            }
        }
    }

    /// Whether every path has a field and the rest of the text surely has no other.
    #[inline(never)]
    fn has_ended(&mut self, id: u32, node: &Node) -> bool {
        let vain = self.fields.vain_at & 1_u64.checked_shl(id).unwrap_or(0) != 0;
        let Some(search) = node.rest.as_deref().filter(|_| self.searches < SEARCHES && !vain) else {
            return false;
        };
        let rest = self.cursor.bytes().get(self.cursor.at()..).unwrap_or_default();
        if rest.len() < SHORT {
            return false;
        }
        self.searches += 1;
        self.ended = search.is_without(rest);
        if self.ended {
            self.fields.vain = 0;
        } else {
            self.fields.vain = self.fields.vain.saturating_add(1);
            self.fields.vain_at |= 1_u64.checked_shl(id).unwrap_or(0);
        }
        self.ended
    }

    /// The place of the member here when it is the one that is likely to come; the reader then stands on its value.
    #[inline(always)]
    fn guessed(&mut self, place: Place, before: (u32, bool)) -> Option<Place> {
        let id = self.fields.guess(before);
        // The scratch may have met another index.
        let node = self.trie.node(id).filter(|node| node.parent == place.node)?;
        let end = node.heading.end(self.cursor.bytes(), self.cursor.at())?;
        self.cursor.go(end);
        self.cursor.space();
        if place.exact {
            self.forget(node);
        }
        Some(Place { node: id, depth: place.depth + 1, ..place })
    }

    /// A member occurs, perhaps again: the last one counts for captures, with all that is in it.
    #[inline(always)]
    fn forget(&mut self, node: &Node) {
        for slot in &node.slots_below {
            if let Some(slot) = self.fields.slots.get_mut(*slot as usize) {
                *slot = Value::MISSING;
            }
        }
    }

    /// The place of a member, if anything is asked for there.
    #[inline]
    fn step(&mut self, place: Place, name: Body) -> Option<Place> {
        let (bytes, raw) = (self.cursor.bytes(), name.of(self.cursor.bytes()));
        let mut word = word_in(bytes, name.start as usize, name.end as usize);
        let name = if name.escaped {
            self.fields.name.clear();
            unescape(raw, &mut self.fields.name);
            word = word_of(&self.fields.name);
            self.fields.name.as_slice()
        } else {
            raw
        };
        let depth = place.depth + 1;
        if let Some(id) = self.trie.step_by_word(place.node, name, word) {
            if place.exact
                && let Some(node) = self.trie.node(id)
            {
                self.forget(node);
            }
            return Some(Place { node: id, depth, ..place });
        }
        if !self.trie.takes_dots(place.node, name.len()) || !has_dot(name) {
            return None;
        }
        let node = self.trie.step_dotted(place.node, name)?;
        Some(Place { node, depth, exact: false, ..place })
    }

    fn value(&mut self, place: Place) -> Option<()> {
        let Some(node) = self.trie.node(place.node) else { return self.cursor.skip(place.depth) };
        let value = match self.cursor.peek() {
            b'"' => {
                let body = self.cursor.string()?;
                self.text(body)
            }
            b'-' | b'0'..=b'9' => {
                let start = self.cursor.number()?;
                Value { kind: Kind::Number, side: false, start: start as u32, end: self.cursor.at() as u32 }
            }
            b'{' if node.has_children() => return self.object(place),
            b'[' if node.has_children() || node.path != NONE => {
                return self.array(place, node.has_children());
            }
            b'{' | b'[' => return self.cursor.skip(place.depth),
            _ => {
                let start = self.cursor.at();
                let kind = match self.cursor.literal()? {
                    b't' => Kind::True,
                    b'f' => Kind::False,
                    _ => Kind::Null,
                };
                Value { kind, side: false, start: start as u32, end: self.cursor.at() as u32 }
            }
        };
        self.leaf(place, node, value);
        Some(())
    }

    #[inline]
    fn leaf(&mut self, place: Place, node: &Node, value: Value) {
        if node.path != NONE {
            self.fields.push(node.path, value, place.element);
        }
        if place.exact
            && let Some(slot) = self.fields.slots.get_mut(node.slot as usize)
        {
            *slot = value;
        }
    }

    fn text(&mut self, body: Body) -> Value {
        if !body.escaped {
            return Value { kind: Kind::Text, side: false, start: body.start, end: body.end };
        }
        let start = self.fields.side.len() as u32;
        unescape(body.of(self.cursor.bytes()), &mut self.fields.side);
        Value { kind: Kind::Text, side: true, start, end: self.fields.side.len() as u32 }
    }

    /// Reads the array here. Only elements that are objects or arrays are numbered: patterns see scalars in an array
    /// as several values of one field.
    fn array(&mut self, place: Place, inner: bool) -> Option<()> {
        if place.depth >= MAX_JSON_DEPTH {
            return self.cursor.fail(JsonErrorKind::TooDeep);
        }
        self.cursor.step();
        self.cursor.space();
        if self.cursor.peek() == b']' {
            self.cursor.step();
            return Some(());
        }
        let place = Place { exact: false, depth: place.depth + 1, ..place };
        let mut array = NONE;
        loop {
            match self.cursor.peek() {
                b'[' => self.element(place, &mut array)?,
                b'{' if inner => self.element(place, &mut array)?,
                _ => self.value(place)?,
            }
            match self.cursor.peek_solid() {
                b',' => self.cursor.step(),
                b']' => break,
                _ => return self.cursor.fail(JsonErrorKind::ExpectedCommaOrEnd),
            }
            self.cursor.space();
        }
        self.cursor.step();
        let last = self.fields.elements.len() as u32;
        if let Some(array) = self.fields.arrays.get_mut(array as usize) {
            array.last = last.saturating_sub(1);
        }
        Some(())
    }

    fn element(&mut self, place: Place, array: &mut u32) -> Option<()> {
        let id = self.fields.elements.len() as u32;
        if *array == NONE {
            *array = self.fields.arrays.len() as u32;
            self.fields.arrays.push(Array { first: id, last: id });
        }
        self.fields.elements.push(Element { parent: place.element, array: *array, end: id });
        self.value(Place { element: id, ..place })?;
        let last = self.fields.elements.len() as u32 - 1;
        if let Some(element) = self.fields.elements.get_mut(id as usize) {
            element.end = last;
        }
        Some(())
    }
}
