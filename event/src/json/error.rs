//! What can be wrong with a JSON text, and where.

use crate::limits::{MAX_EVENT_BYTES, MAX_JSON_DEPTH, MAX_MATCH_STEPS};

/// A text that is not an acceptable JSON object, with the byte where reading stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} (at byte {offset})")]
pub struct JsonError {
    /// Byte offset into the text.
    pub offset: usize,
    /// What is wrong there.
    pub kind: JsonErrorKind,
}

impl JsonError {
    pub(crate) fn at(offset: usize, kind: JsonErrorKind) -> JsonError {
        JsonError { offset, kind }
    }
}

/// The ways a text can fail to be an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// The root is not an object.
    #[error("an event is a JSON object: expected `{{`")]
    NotAnObject,
    /// The text stops inside a value.
    #[error("the text ends inside a value")]
    UnexpectedEnd,
    /// No value starts with this byte.
    #[error("expected a value: a string, number, object, array, true, false or null")]
    ExpectedValue,
    /// A member name in double quotes must stand here.
    #[error("expected a member name in double quotes")]
    ExpectedName,
    /// A colon must follow a member name.
    #[error("expected `:` after the member name")]
    ExpectedColon,
    /// After a member or an element.
    #[error("expected `,` or the closing bracket")]
    ExpectedCommaOrEnd,
    /// A raw control character inside a string.
    #[error("a control character inside a string must be escaped, such as \\n or \\u0009")]
    ControlCharacter,
    /// An escape JSON does not have.
    #[error("not an escape of JSON: write one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\uXXXX")]
    BadEscape,
    /// A number outside the JSON grammar (`01`, `+1`, `.5`, `1.`).
    #[error("not a number of JSON")]
    BadNumber,
    /// Something follows the root object.
    #[error("text after the end of the event")]
    TrailingText,
    /// Nested deeper than [`MAX_JSON_DEPTH`].
    #[error("nested deeper than {MAX_JSON_DEPTH} levels")]
    TooDeep,
    /// Bytes that are no UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Longer than [`MAX_EVENT_BYTES`].
    #[error("longer than {MAX_EVENT_BYTES} bytes")]
    TooLarge,
    /// Deciding which array elements belong together takes more than [`MAX_MATCH_STEPS`] comparisons.
    #[error("matching its arrays takes more than {MAX_MATCH_STEPS} comparisons")]
    TooIntricate,
}
