//! Why a pattern is not valid, where, and what to write instead.

use crate::json::JsonError;

/// A text that is not an event pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at byte {offset}); {help}")]
pub struct PatternError {
    /// Byte offset into the pattern's text.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
    /// What to write instead.
    pub help: String,
    /// Whether reading `$or` as an ordinary name may help: not for a mistake in an address block.
    pub(crate) retry: bool,
}

impl PatternError {
    pub(crate) fn new(offset: usize, message: impl Into<String>, help: impl Into<String>) -> PatternError {
        PatternError { offset, message: message.into(), help: help.into(), retry: true }
    }

    pub(crate) fn of_json(error: JsonError) -> PatternError {
        PatternError::new(error.offset, error.kind.to_string(), "a pattern is one JSON object")
    }
}
