//! A diagnostic: one mistake or doubt, with its place and what to write instead.

use std::sync::Arc;

/// Whether a plan can be made in spite of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// No plan is made.
    Error,
    /// The plan is made; something in it is probably not meant.
    Warning,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpan {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Length in characters; it may go past the line's end.
    pub length: usize,
    /// The same as bytes of the text.
    pub bytes: std::ops::Range<usize>,
}

/// One mistake or doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code with a page in docs/errors.
    pub code: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// The file as the caller named it.
    pub file: Arc<str>,
    /// Where.
    pub span: SourceSpan,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// What else to know.
    pub notes: Vec<String>,
    /// The reason of the `allow` that silences it.
    pub silenced: Option<Arc<str>>,
}

impl Diagnostic {
    /// `file:line:column`
    #[must_use]
    pub fn position(&self) -> String {
        format!("{}:{}:{}", self.file, self.span.line, self.span.column)
    }
}

impl std::fmt::Display for Diagnostic {
    /// One line: `file:line:column: error[F011]: message; help`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{}: {word}[{}]: {}", self.position(), self.code, self.message)?;
        match &self.help {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}
