//! Why a capture rule is not valid, where, and what to write instead.

/// The half of a capture rule a mistake is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CapturePart {
    /// The JSONPath.
    Path,
    /// The template.
    Template,
}

/// A capture rule that is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (at byte {offset} of the {}); {help}", part_name(*part))]
pub struct CaptureError {
    /// Which of the definition's capture rules, from 0.
    pub rule: usize,
    /// Which half of it.
    pub part: CapturePart,
    /// Byte offset into that text.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
    /// What to write instead.
    pub help: String,
}

fn part_name(part: CapturePart) -> &'static str {
    match part {
        CapturePart::Path => "path",
        CapturePart::Template => "template",
    }
}

impl CaptureError {
    /// An error in rule 0; the caller that knows better sets `rule`.
    pub(super) fn new(
        part: CapturePart,
        offset: usize,
        message: impl Into<String>,
        help: &str,
    ) -> CaptureError {
        CaptureError { rule: 0, part, offset, message: message.into(), help: help.to_owned() }
    }
}

/// A text that cannot be built from a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FillError {
    /// A name has no value.
    #[error("no value for `{{{name}}}`")]
    Missing {
        /// The name.
        name: String,
    },
    /// A value the name cannot stand for.
    #[error(
        "`{{{name}}}` cannot be {value:?}: it is one or more characters other than `/`, with `...` also `/`"
    )]
    Unfit {
        /// The name.
        name: String,
        /// The value given for it.
        value: String,
    },
}
