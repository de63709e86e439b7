//! The pass over an event that keeps what the trie asks for, and validates all of it or trusts that this was done.

use super::cursor::{Body, Cursor};
use super::error::{JsonError, JsonErrorKind};
use super::fields::{Fields, Kind, Value};
use super::habit;
use super::hash::{word_in, word_of};
use super::reader::Reader;
use super::sure::{Known, what_is_sure};
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
    /// No more fields come.
    ended: bool,
}

/// After so many events in a row that were searched in vain only one in so many is.
const VAIN: u32 = 16;

/// Validates `text` and fills `fields` with what `trie` asks for.
pub(crate) fn scan(text: &str, trie: &Trie, fields: &mut Fields) -> Result<(), JsonError> {
    begin(text.len(), trie, fields)?;
    match follow(text.as_bytes(), trie, fields, false) {
        Known::Nothing => read(text, trie, fields),
        _ => Ok(()),
    }
}

/// As [`scan`], for bytes of which it is not known yet that they are a text.
pub(crate) fn scan_bytes(bytes: &[u8], trie: &Trie, fields: &mut Fields) -> Result<(), JsonError> {
    begin(bytes.len(), trie, fields)?;
    let known = follow(bytes, trie, fields, false);
    if known == Known::Ascii {
        return Ok(());
    }
    let text = simdutf8::basic::from_utf8(bytes).or_else(|_| std::str::from_utf8(bytes));
    let text = text.map_err(|e| JsonError::at(e.valid_up_to(), JsonErrorKind::NotUtf8))?;
    if known == Known::Nothing { read(text, trie, fields) } else { Ok(()) }
}

/// Prepares `fields` for a text of so many bytes.
fn begin(len: usize, trie: &Trie, fields: &mut Fields) -> Result<(), JsonError> {
    if len > MAX_EVENT_BYTES {
        return Err(JsonError::at(MAX_EVENT_BYTES, JsonErrorKind::TooLarge));
    }
    reset(trie, fields);
    Ok(())
}

fn reset(trie: &Trie, fields: &mut Fields) {
    fields.reset(trie.path_count(), trie.slot_count(), trie.node_count());
}

/// Goes through a text that is written as those before, and fills `fields`; they are empty where it is not.
fn follow(bytes: &[u8], trie: &Trie, fields: &mut Fields, trusted: bool) -> Known {
    let known = habit::follow(bytes, trie, fields, trusted);
    if known == Known::Nothing {
        reset(trie, fields);
    }
    known
}

/// Reads a text of which nothing is known.
fn read(text: &str, trie: &Trie, fields: &mut Fields) -> Result<(), JsonError> {
    // Where little is asked for it is quicker to check all of the text first; where much is, to check while reading.
    let sure = trie.few_paths().is_some() && what_is_sure(text.as_bytes()) != Known::Nothing;
    if sure {
        pass(text.as_bytes(), trie, fields)?;
    } else {
        walk(Cursor::new(text), trie, fields)?;
    }
    fields.habits().learn(text.as_bytes(), trie, false);
    Ok(())
}

/// Reads a text that is known to be JSON.
fn pass(bytes: &[u8], trie: &Trie, fields: &mut Fields) -> Result<(), JsonError> {
    begin_trusting(trie, fields);
    walk(Trusting::new(bytes), trie, fields)
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
    begin(text.len(), trie, fields)?;
    begin_trusting(trie, fields);
    if follow(text.as_bytes(), trie, fields, true) == Known::Nothing {
        pass(text.as_bytes(), trie, fields)?;
        fields.habits().learn(text.as_bytes(), trie, true);
    }
    Ok(())
}

fn walk<'a, R: Reader<'a>>(cursor: R, trie: &'a Trie, fields: &'a mut Fields) -> Result<(), JsonError> {
    let mut walk = Walk { cursor, trie, fields, ended: false };
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
                    if self.fields.missing == 0 && place.exact && (self.ended || self.has_ended(place.node)) {
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

    fn has_ended(&mut self, node: u32) -> bool {
        let rest = self.cursor.bytes().get(self.cursor.at()..).unwrap_or_default();
        self.ended = self.fields.has_ended(node, self.trie, rest);
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
            self.fields.forget(&node.slots_below);
        }
        Some(Place { node: id, depth: place.depth + 1, ..place })
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
                self.fields.forget(&node.slots_below);
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
                if node.path == NONE && !(place.exact && node.slot != NONE) {
                    return Some(());
                }
                self.fields.text(self.cursor.bytes(), body)
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
        if place.exact {
            self.fields.capture(node.slot, value);
        }
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
        let mut counted = false;
        loop {
            match self.cursor.peek() {
                b'[' => self.element(place, &mut counted)?,
                b'{' if inner => self.element(place, &mut counted)?,
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
        if counted {
            self.fields.close_array();
        }
        Some(())
    }

    fn element(&mut self, place: Place, counted: &mut bool) -> Option<()> {
        let mut element = place.element;
        if std::mem::replace(counted, true) {
            self.fields.open_element(&mut element);
        } else {
            self.fields.open_array(&mut element);
        }
        self.value(Place { element, ..place })?;
        self.fields.close_element(&mut element);
        Some(())
    }
}
