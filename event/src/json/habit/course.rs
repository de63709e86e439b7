//! What a gap means: it is read token by token, strictly by the grammar, from the state of the text before it to the state
//! after it. What comes out depends on that state, on its bytes and on the paths in use, and on nothing else, so it is known for
//! each text in which these bytes stand in that state.
//!
//! A state is the list of the brackets that are open, each with its place among the paths.

use super::super::fields::Fields;
use super::super::sure::is_blank;
use super::super::trie::{NONE, Trie};
use super::super::unescape::unescape;
use super::values::{Rough, Whole, long_string_end};
use crate::limits::{MAX_HABIT_DEPTH, MAX_HABIT_GAP_BYTES};

/// An object or array that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    array: bool,
    /// Its place among the paths; `NONE` where nothing in it is asked for.
    node: u32,
    /// Reached by plain member names only, so that capture slots in it count.
    exact: bool,
    /// It is a numbered element of an array itself.
    element: bool,
    /// Of an array: it has numbered elements so far.
    counted: bool,
}

impl Frame {
    /// The one name that is asked for in the object, where all others may be passed over by searching this one; it is no longer
    /// than what a gap may have.
    pub(super) fn searched<'t>(&self, trie: &'t Trie) -> Option<&'t [u8]> {
        let fits = |name: &&[u8]| !self.array && name.len() + 2 <= MAX_HABIT_GAP_BYTES;
        let name = trie.only_child(self.node).filter(fits)?;
        // What follows the end of a string is not the beginning of a name then.
        let letter =
            name.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x80..));
        letter.then_some(name)
    }
}

/// A step that keeps account of array elements, or of capture slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// The first numbered element of an array opens, or another.
    First,
    Next,
    /// The innermost element ends, or the innermost array that has elements.
    CloseElement,
    CloseArray,
    /// An element ends and the next one of its array opens.
    Row,
    /// A member occurs, perhaps again: what was captured at and below this node is gone.
    Forget(u32),
}

/// The operations of a gap.
#[derive(Clone, Copy, Debug)]
pub(super) enum Acts {
    Nothing,
    /// [`Op::Row`] alone.
    Row,
    /// Where in the list of all they are.
    Others(u32, u32),
}

/// What a gap leads to.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    pub(super) acts: Acts,
    /// What asks for the value behind it.
    pub(super) path: u32,
    pub(super) slot: u32,
    /// Whether that may be an object or array which is gone over.
    pub(super) whole: Whole,
    /// The object that is open behind it, where the rest of the text may be searched.
    pub(super) level: u32,
}

impl Effect {
    pub(super) const NOTHING: Effect = Effect {
        acts: Acts::Nothing,
        path: NONE,
        slot: NONE,
        whole: Whole { objects: false, arrays: false },
        level: NONE,
    };

    /// Whether anybody asks for the value.
    #[inline(always)]
    pub(super) fn is_asked_for(&self) -> bool {
        self.path & self.slot != NONE
    }
}

/// The place of a value.
#[derive(Clone, Copy)]
struct Spot {
    node: u32,
    exact: bool,
    /// It stands in an array itself.
    listed: bool,
}

/// What may come next.
enum Want {
    Value(Spot),
    /// A name; or the end of the object, when it is empty.
    Name {
        first: bool,
    },
    /// A value of an array; or its end, when it is empty.
    Element {
        first: bool,
    },
    CommaOrEnd,
}

/// The reading of one gap.
pub(super) struct Course<'a> {
    text: &'a [u8],
    at: usize,
    trie: &'a Trie,
    /// What nobody asks for is gone over as a whole.
    trusted: bool,
    pub(super) room: Room,
    pub(super) effect: Effect,
}

/// The state, and what was done on the way.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) frames: Vec<Frame>,
    pub(super) ops: Vec<Op>,
    /// A name without its escapes.
    name: Vec<u8>,
}

impl Room {
    /// Begins in a state: no brackets are open before a text.
    pub(super) fn begin(&mut self, frames: &[Frame]) {
        self.frames.clear();
        self.frames.extend_from_slice(frames);
        self.ops.clear();
    }
}

impl<'a> Course<'a> {
    /// The reading of the gap at `at`, where a text is in the state that `room` has.
    pub(super) fn new(
        (text, at): (&'a [u8], usize),
        trie: &'a Trie,
        trusted: bool,
        room: Room,
    ) -> Course<'a> {
        Course { text, at, trie, trusted, room, effect: Effect::NOTHING }
    }

    /// The end of the gap; none where it is not right, or longer or deeper than is kept. No frames are left when it ends the text.
    pub(super) fn read(&mut self) -> Option<usize> {
        let start = self.at;
        let root = Spot { node: 0, exact: true, listed: false };
        let mut want = if self.room.frames.is_empty() { Want::Value(root) } else { Want::CommaOrEnd };
        if let Some(top) = self.room.frames.last().filter(|top| !top.array && top.exact) {
            self.effect.level = top.node;
        }
        while self.at <= start + MAX_HABIT_GAP_BYTES {
            let byte = self.solid();
            want = match (want, byte) {
                (Want::Value(spot), _) => match self.value(spot, byte?)? {
                    Some(next) => next,
                    None => return Some(self.at),
                },
                (Want::Name { first: true }, Some(b'}')) | (Want::Element { first: true }, Some(b']')) => {
                    match self.close()? {
                        Some(next) => next,
                        None => return self.end(),
                    }
                }
                (Want::Name { .. }, Some(b'"')) => Want::Value(self.name()?),
                (Want::Element { .. }, Some(_)) => {
                    let top = self.room.frames.last()?;
                    Want::Value(Spot { node: top.node, exact: false, listed: true })
                }
                (Want::CommaOrEnd, Some(b',')) => {
                    self.at += 1;
                    if self.room.frames.last()?.array {
                        Want::Element { first: false }
                    } else {
                        Want::Name { first: false }
                    }
                }
                (Want::CommaOrEnd, Some(bracket))
                    if bracket == if self.room.frames.last()?.array { b']' } else { b'}' } =>
                {
                    match self.close()? {
                        Some(next) => next,
                        None => return self.end(),
                    }
                }
                _ => return None,
            };
        }
        None
    }

    /// The next byte that is not blank.
    fn solid(&mut self) -> Option<u8> {
        while self.text.get(self.at).is_some_and(|byte| is_blank(*byte)) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// Behind the last bracket: only blanks may follow, at which a trusted text is not looked.
    fn end(&mut self) -> Option<usize> {
        if self.trusted || self.solid().is_none() { Some(self.at) } else { None }
    }

    /// The value here, or that it is behind the gap.
    fn value(&mut self, spot: Spot, byte: u8) -> Option<Option<Want>> {
        let node = self.trie.node(spot.node);
        let path = node.map_or(NONE, |node| node.path);
        let objects = node.is_some_and(|node| node.has_children());
        // An array inside of an array is looked at as that one is; one of which nobody knows is not.
        let arrays = node.is_some() && (spot.listed || objects || path != NONE);
        match byte {
            b'{' | b'[' => {
                let array = byte == b'[';
                let live = if array { arrays } else { objects || self.room.frames.is_empty() };
                if self.room.frames.is_empty() && array {
                    return None;
                }
                if live || !self.trusted {
                    self.open(spot, array, live)?;
                    return Some(Some(if array {
                        Want::Element { first: true }
                    } else {
                        Want::Name { first: true }
                    }));
                }
            }
            b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' if !self.room.frames.is_empty() => {}
            _ => return None,
        }
        self.effect.path = path;
        self.effect.slot = node.filter(|_| spot.exact).map_or(NONE, |node| node.slot);
        self.effect.whole = Whole { objects: self.trusted && !objects, arrays: self.trusted && !arrays };
        Some(None)
    }

    fn open(&mut self, spot: Spot, array: bool, live: bool) -> Option<()> {
        if self.room.frames.len() >= MAX_HABIT_DEPTH {
            return None;
        }
        self.at += 1;
        let element = live && spot.listed;
        if element {
            let top = self.room.frames.last_mut()?;
            let counted = std::mem::replace(&mut top.counted, true);
            let row = counted && self.room.ops.pop_if(|op| *op == Op::CloseElement).is_some();
            self.room.ops.push(match (counted, row) {
                (_, true) => Op::Row,
                (true, _) => Op::Next,
                _ => Op::First,
            });
        }
        let node = if live { spot.node } else { NONE };
        let exact = live && spot.exact && !array;
        self.room.frames.push(Frame { array, node, exact, element, counted: false });
        self.effect.level = if exact { node } else { NONE };
        Some(())
    }

    /// The bracket that closes here; whether the text goes on.
    fn close(&mut self) -> Option<Option<Want>> {
        self.at += 1;
        let closed = self.room.frames.pop()?;
        if closed.counted {
            self.room.ops.push(Op::CloseArray);
        }
        if closed.element {
            self.room.ops.push(Op::CloseElement);
        }
        let Some(top) = self.room.frames.last() else { return Some(None) };
        self.effect.level = if !top.array && top.exact { top.node } else { NONE };
        Some(Some(Want::CommaOrEnd))
    }

    /// The name here, and where it leads.
    fn name(&mut self) -> Option<Spot> {
        let start = self.at + 1;
        let mut rough = Rough::default();
        self.at = long_string_end(self.text, start, &mut rough)?;
        let raw = self.text.get(start..self.at - 1)?;
        if self.solid()? != b':' {
            return None;
        }
        self.at += 1;
        let top = *self.room.frames.last()?;
        let nowhere = Spot { node: NONE, exact: false, listed: false };
        if top.node == NONE {
            return Some(nowhere);
        }
        self.room.name.clear();
        if rough.escapes {
            unescape(raw, &mut self.room.name);
        }
        let name = if rough.escapes { self.room.name.as_slice() } else { raw };
        if let Some(node) = self.trie.step(top.node, name) {
            let captured = self.trie.node(node).is_some_and(|node| !node.slots_below.is_empty());
            if top.exact && captured {
                self.room.ops.push(Op::Forget(node));
            }
            return Some(Spot { node, exact: top.exact, listed: false });
        }
        let dotted = self.trie.takes_dots(top.node, name.len()) && name.contains(&b'.');
        let node = if dotted { self.trie.step_dotted(top.node, name) } else { None };
        Some(node.map_or(nowhere, |node| Spot { node, ..nowhere }))
    }
}

/// Does what a gap asks for; `here` is the innermost element of an array.
#[inline(never)]
pub(super) fn act(ops: &[Op], here: &mut u32, trie: &Trie, fields: &mut Fields) {
    for op in ops {
        match *op {
            Op::First => fields.open_array(here),
            Op::Next => fields.open_element(here),
            Op::CloseElement => fields.close_element(here),
            Op::CloseArray => fields.close_array(),
            Op::Row => fields.next_element(here),
            Op::Forget(node) => {
                let slots = trie.node(node).map_or(&[][..], |node| &node.slots_below);
                fields.forget(slots);
            }
        }
    }
}
