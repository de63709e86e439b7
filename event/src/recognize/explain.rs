//! Near misses: why an event is not what a definition asks for, in words.

use std::fmt;
use std::sync::Arc;

use super::Recognizer;
use crate::index::PatternId;
use crate::scratch::Scratch;

/// A definition an event is not, and the first thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The definition's place in the list.
    pub definition: usize,
    /// The definition's name.
    pub name: Arc<str>,
    /// The field that failed: a path, or for a capture the last name of its path; empty when it is none in particular.
    pub field: String,
    /// Why, as a sentence that names the field and its value.
    pub reason: String,
    /// How many fields of the pattern were as asked for, and of how many: how near the miss is. A miss by its captures
    /// has all of them.
    pub matched: (usize, usize),
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Recognizer {
    /// Why the event is not what each of the other definitions asks for, in their order. Slow: for people, on request.
    #[must_use]
    pub fn explain(&self, text: &str) -> Vec<NearMiss> {
        let mut scratch = Scratch::new();
        let mut misses = Vec::new();
        if let Err(error) = self.index.find(text, &mut scratch) {
            for definition in 0..self.programs.len() {
                misses.push(self.miss(definition, String::new(), error.to_string(), (0, 0)));
            }
            return misses;
        }
        let found = std::mem::take(&mut scratch.matching.found);
        for (definition, program) in self.programs.iter().enumerate() {
            let id = PatternId(definition as u32);
            if found.binary_search(&id).is_err() {
                let miss = self.index.miss(id, text, &scratch.fields);
                misses.push(self.miss(definition, miss.field, miss.reason, miss.matched));
            } else if let Some((label, reason)) =
                program.misfit(text, &mut scratch.fields, &mut scratch.captured)
            {
                let fields = self.index.fields_of(id);
                misses.push(self.miss(definition, label, reason, (fields, fields)));
            }
        }
        misses
    }

    fn miss(&self, definition: usize, field: String, reason: String, matched: (usize, usize)) -> NearMiss {
        let name = self.names.get(definition).cloned().unwrap_or_else(|| Arc::from(""));
        NearMiss { definition, name, field, reason, matched }
    }
}
