//! The event-pattern language: the pattern language of EventBridge, with the semantics of its open implementation
//! where that is sane.
//!
//! A pattern is compiled to a list of sub-rules, one per combination of its `$or`s; it matches an event when one of
//! them does. A sub-rule is a list of paths, each with the matchers of which one must hold.
//!
//! Known quirks of that implementation are not copied: strings do not keep their quotes, numbers round by the shortest
//! decimal everywhere, an empty last name is a name, lone surrogates equal only themselves, case folding reaches all of
//! Unicode, address blocks match addresses of their own family only, and patterns never influence each other. Patterns
//! and events with anything after the root object are refused.

mod compile;
mod error;
mod example;
pub(crate) mod fold;
pub(crate) mod glob;
pub(crate) mod ip;
pub(crate) mod matcher;
mod matchers;
mod number;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use error::PatternError;
pub(crate) use matcher::{Excluded, Matcher, Range, Seen};
pub(crate) use number::Number;

/// A compiled event pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    pub(crate) rules: Vec<SubRule>,
    or_is_a_field: bool,
}

/// One alternative of a pattern: all of its tests must hold, for array elements that agree.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SubRule {
    /// In the order of their paths by UTF-16 code units, which decides what `exists: false` looks at.
    pub(crate) tests: Vec<PathTest>,
    /// Whether a test asks for `exists: false`.
    pub(crate) absent: bool,
}

/// What one path must show.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PathTest {
    /// Member names joined with dots.
    pub(crate) path: Arc<str>,
    /// The member names as they were written.
    pub(crate) names: Arc<[Arc<str>]>,
    /// One of these must hold.
    pub(crate) matchers: Arc<[Matcher]>,
    /// Whether one of them is `exists: false`.
    pub(crate) absent: bool,
}

impl Pattern {
    /// Compiles the exact JSON text of a pattern.
    ///
    /// # Errors
    /// When the text is no JSON object or not a valid pattern, or goes past a limit ([`crate::limits`]): with the byte
    /// where, and what to write instead.
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        compile::compile(text)
    }

    /// Whether the text is valid only with `$or` read as the name of a field, not as an alternative: hardly ever what
    /// its author meant.
    #[must_use]
    pub fn or_is_a_field(&self) -> bool {
        self.or_is_a_field
    }

    /// An event that matches this pattern, for tests: the first literal of each list, for an operator a value inside.
    ///
    /// # Errors
    /// Names the field for which no value was found.
    pub fn example(&self) -> Result<serde_json::Value, String> {
        example::example(self)
    }
}
