//! Collects the mistakes of one file and turns places into lines and columns.

use std::sync::Arc;

use crate::codes::{self, Code};
use crate::diagnostic::{Diagnostic, Severity, SourceSpan};
use crate::limits::MAX_DIAGNOSTICS;
use crate::tree::Place;

/// What is wrong, before it has a line and a column.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    code: &'static str,
    severity: Severity,
    place: Place,
    message: String,
    help: Option<String>,
    notes: Vec<String>,
}

impl Mistake {
    /// An error.
    pub(crate) fn new(code: Code, place: Place, message: impl Into<String>) -> Mistake {
        Mistake {
            code: code.id,
            severity: Severity::Error,
            place,
            message: message.into(),
            help: None,
            notes: Vec::new(),
        }
    }

    /// A warning.
    pub(crate) fn warning(code: Code, place: Place, message: impl Into<String>) -> Mistake {
        Mistake { severity: Severity::Warning, ..Mistake::new(code, place, message) }
    }

    /// What to write instead.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Mistake {
        self.help = Some(help.into());
        self
    }

    /// What to write instead, where something is known.
    pub(crate) fn maybe_help(mut self, help: Option<String>) -> Mistake {
        self.help = help.or(self.help);
        self
    }

    /// What else to know.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Mistake {
        self.notes.push(note.into());
        self
    }
}

/// The mistakes of one file.
#[derive(Debug)]
pub(crate) struct Report<'s> {
    file: Arc<str>,
    text: &'s str,
    lines: Vec<usize>,
    found: Vec<Diagnostic>,
    dropped: usize,
    failed: bool,
}

impl<'s> Report<'s> {
    /// An empty report on a file.
    pub(crate) fn new(file: &str, text: &'s str) -> Report<'s> {
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Report { file: file.into(), text, lines, found: Vec::new(), dropped: 0, failed: false }
    }

    /// Adds a mistake. The same one at the same place, which an alias may bring, is taken once.
    pub(crate) fn add(&mut self, mistake: Mistake) {
        self.failed |= mistake.severity == Severity::Error;
        let span = self.span(mistake.place);
        let again = |d: &Diagnostic| d.code == mistake.code && d.span == span && d.message == mistake.message;
        if self.found.iter().any(again) {
            return;
        }
        if self.found.len() >= MAX_DIAGNOSTICS {
            self.dropped += 1;
            return;
        }
        self.found.push(Diagnostic {
            code: mistake.code,
            severity: mistake.severity,
            file: self.file.clone(),
            span,
            message: mistake.message,
            help: mistake.help,
            notes: mistake.notes,
        });
    }

    /// Whether there is an error: then there is no plan.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// The text at a place.
    pub(crate) fn slice(&self, place: Place) -> &'s str {
        self.text.get(place.start..place.end).unwrap_or_default()
    }

    /// The place of byte `offset` of a text that stands at `place`; the whole place where the file spells it otherwise.
    pub(crate) fn within(&self, place: Place, text: &str, offset: usize) -> Place {
        let slice = self.slice(place);
        let inner = match slice.as_bytes() {
            [b'"' | b'\'', .., b'"' | b'\''] => 1,
            _ => 0,
        };
        if slice.get(inner..slice.len() - inner) != Some(text) || offset > text.len() {
            return place;
        }
        let width = text.get(offset..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
        let start = place.start + inner + offset;
        Place { start, end: (start + width).min(place.end.max(start)) }
    }

    /// The diagnostics in the order of their places.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|d| (d.span.bytes.start, d.severity, d.code));
        if self.dropped > 0 {
            let end = Place { start: self.text.len(), end: self.text.len() };
            let span = self.span(end);
            self.found.push(Diagnostic {
                code: codes::LIMIT.id,
                severity: Severity::Error,
                file: self.file.clone(),
                span,
                message: format!("{} more mistakes are not shown", self.dropped),
                help: Some("mend the first ones and check again".to_owned()),
                notes: Vec::new(),
            });
        }
        self.found
    }

    /// Line, column and length of a place.
    pub(crate) fn span(&self, place: Place) -> SourceSpan {
        let start = floor(self.text, place.start);
        let end = floor(self.text, place.end).max(start);
        let line = self.lines.partition_point(|at| *at <= start).max(1);
        let line_start = self.lines.get(line - 1).copied().unwrap_or(0);
        let chars = |from: usize, to: usize| self.text.get(from..to).map_or(0, |t| t.chars().count());
        SourceSpan {
            line,
            column: chars(line_start, start) + 1,
            length: chars(start, end),
            bytes: start..end,
        }
    }
}

/// The nearest character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
