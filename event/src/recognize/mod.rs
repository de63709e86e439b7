//! Which named events an event is, and the captures of each.

mod explain;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use smallvec::SmallVec;

pub use explain::NearMiss;

use crate::capture::{CaptureError, Captured, Program, Span};
use crate::definition::EventDefinition;
use crate::index::{PatternId, PatternIndex};
use crate::json::JsonError;
use crate::json::fields::{Fields, Kind, Value};
use crate::pattern::{Pattern, PatternError};
use crate::scratch::Scratch;

/// Recognizes the events of a list of definitions: all patterns and captures in one pass over the text.
#[derive(Debug)]
pub struct Recognizer {
    index: PatternIndex,
    programs: Vec<Program>,
    names: Vec<Arc<str>>,
    /// The slots of `id`, `source`, `detail-type` and `time`.
    header: [u32; 4],
}

/// A definition that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event `{name}`: {cause}")]
pub struct DefinitionError {
    /// Its place in the list.
    pub definition: usize,
    /// Its name.
    pub name: Arc<str>,
    /// What is wrong.
    pub cause: DefinitionCause,
}

/// The part of a definition that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionCause {
    /// Its pattern.
    #[error("pattern: {0}")]
    Pattern(#[from] PatternError),
    /// One of its captures.
    #[error("capture: {0}")]
    Capture(#[from] CaptureError),
}

/// The members of an envelope that identify it, where they are strings. Of repeated members the last one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header<'a> {
    /// `id`
    pub id: Option<&'a str>,
    /// `source`
    pub source: Option<&'a str>,
    /// `detail-type`
    pub detail_type: Option<&'a str>,
    /// `time`
    pub time: Option<&'a str>,
}

/// What an event was recognized as. It borrows the event's text and the scratch.
#[derive(Clone, Copy, Debug)]
pub struct Recognized<'a> {
    text: &'a str,
    fields: &'a Fields,
    captured: &'a Captured,
    header: [u32; 4],
}

/// A definition whose pattern and captures the event has.
#[derive(Clone, Copy, Debug)]
pub struct Hit<'a> {
    /// The definition's place in the list the recognizer was made of.
    pub definition: usize,
    values: &'a [Value],
    text: &'a str,
    side: &'a [u8],
}

impl Recognizer {
    /// Compiles the definitions.
    ///
    /// # Errors
    /// The first definition that is not valid, with what and where.
    pub fn new(definitions: &[EventDefinition]) -> Result<Recognizer, DefinitionError> {
        let mut index = PatternIndex::new();
        let header = ["id", "source", "detail-type", "time"].map(|name| index.trie.add_slot(&[name]));
        let mut programs = Vec::with_capacity(definitions.len());
        for (i, definition) in definitions.iter().enumerate() {
            let fail = |cause| DefinitionError { definition: i, name: definition.name.clone(), cause };
            index.insert(Pattern::parse(&definition.pattern).map_err(|e| fail(e.into()))?);
            programs.push(Program::compile(definition, &mut index.trie).map_err(|e| fail(e.into()))?);
        }
        let names = definitions.iter().map(|d| d.name.clone()).collect();
        Ok(Recognizer { index, programs, names, header })
    }

    /// The names of a definition's captures: the order of the values in its hits. Empty for a definition there is not.
    #[must_use]
    pub fn capture_names(&self, definition: usize) -> &[Arc<str>] {
        self.programs.get(definition).map_or(&[], |p| &p.names)
    }

    /// The name of a definition.
    #[must_use]
    pub fn name(&self, definition: usize) -> Option<&Arc<str>> {
        self.names.get(definition)
    }

    /// Reads an envelope: its header, and every definition it is an event of, in the order of the definitions.
    ///
    /// # Errors
    /// When the text is not one JSON object or goes past a limit ([`crate::limits`]).
    pub fn recognize<'a>(
        &self,
        text: &'a str,
        scratch: &'a mut Scratch,
    ) -> Result<Recognized<'a>, JsonError> {
        self.index.find(text, scratch)?;
        let Scratch { fields, matching, captured } = scratch;
        captured.reset();
        for PatternId(definition) in &matching.found {
            let definition = *definition as usize;
            let Some(program) = self.programs.get(definition) else { continue };
            let start = captured.values.len();
            if program.run(text, fields, captured) {
                captured.hits.push(Span { definition, start, end: captured.values.len() });
            }
        }
        Ok(Recognized { text, fields, captured, header: self.header })
    }
}

impl<'a> Recognized<'a> {
    /// The members that identify the envelope.
    #[must_use]
    pub fn header(&self) -> Header<'a> {
        let [id, source, detail_type, time] = self.header.map(|slot| {
            let value = self.fields.slots.get(slot as usize).filter(|v| v.kind == Kind::Text)?;
            value.text(self.text, &self.fields.side)
        });
        Header { id, source, detail_type, time }
    }

    /// The definitions it is an event of, in their order.
    pub fn hits(&self) -> impl ExactSizeIterator<Item = Hit<'a>> + use<'a> {
        let (text, side, captured) = (self.text, self.fields.side.as_slice(), self.captured);
        captured.hits.iter().map(move |hit| Hit {
            definition: hit.definition,
            values: captured.values.get(hit.start..hit.end).unwrap_or_default(),
            text,
            side,
        })
    }
}

impl<'a> Hit<'a> {
    /// The number of captures.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the definition has no captures.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of one capture, by its place in [`Recognizer::capture_names`].
    #[must_use]
    pub fn capture(&self, place: usize) -> Option<&'a str> {
        self.values.get(place)?.text(self.text, self.side)
    }

    /// The values of all captures, in the order of [`Recognizer::capture_names`].
    pub fn captures(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let (text, side) = (self.text, self.side);
        self.values.iter().map(move |value| value.text(text, side).unwrap_or_default())
    }

    /// Puts the values of all captures into `into`, which is cleared first.
    pub fn captures_into(&self, into: &mut SmallVec<[&'a str; 8]>) {
        into.clear();
        into.extend(self.captures());
    }
}
