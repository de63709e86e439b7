//! Collects the mistakes of one file and turns places into lines and columns.

use std::sync::Arc;

use crate::allow::Allow;
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
    /// An error or a warning, as the code says.
    pub(crate) fn new(code: Code, place: Place, message: impl Into<String>) -> Mistake {
        Mistake {
            code: code.id,
            severity: code.severity,
            place,
            message: message.into(),
            help: None,
            notes: Vec::new(),
        }
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
    silenced: Vec<Diagnostic>,
    allows: Vec<Allow>,
    dropped: usize,
    failed: bool,
}

impl<'s> Report<'s> {
    /// An empty report on a file.
    pub(crate) fn new(file: &str, text: &'s str) -> Report<'s> {
        let starts = text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Report {
            file: file.into(),
            text,
            lines,
            found: Vec::new(),
            silenced: Vec::new(),
            allows: Vec::new(),
            dropped: 0,
            failed: false,
        }
    }

    /// Adds a mistake. The same one at the same place, which an alias may bring, is taken once. A warning for which there
    /// is an `allow` is put aside with its reason.
    pub(crate) fn add(&mut self, mistake: Mistake) {
        self.failed |= mistake.severity == Severity::Error;
        let reason = self.allowed(&mistake);
        let span = self.span(mistake.place);
        let again = |d: &Diagnostic| d.code == mistake.code && d.span == span && d.message == mistake.message;
        let list = if reason.is_some() { &self.silenced } else { &self.found };
        if list.iter().any(again) {
            return;
        }
        if list.len() >= MAX_DIAGNOSTICS {
            self.dropped += usize::from(reason.is_none());
            return;
        }
        let silent = reason.is_some();
        let found = Diagnostic { silenced: reason, ..self.one(mistake) };
        if silent { self.silenced.push(found) } else { self.found.push(found) }
    }

    /// A mistake with its line and column, without taking it.
    pub(crate) fn one(&self, mistake: Mistake) -> Diagnostic {
        Diagnostic {
            code: mistake.code,
            severity: mistake.severity,
            file: self.file.clone(),
            span: self.span(mistake.place),
            message: mistake.message,
            help: mistake.help,
            notes: mistake.notes,
            silenced: None,
        }
    }

    /// The reason of the innermost `allow` for a warning.
    fn allowed(&mut self, mistake: &Mistake) -> Option<Arc<str>> {
        let warning = mistake.severity == Severity::Warning;
        let allow = self.allows.iter_mut().find(|a| warning && a.silences(mistake.code, mistake.place))?;
        allow.used = true;
        Some(allow.reason.clone())
    }

    /// Takes what may be silenced. Inner ones come before those of the whole file.
    pub(crate) fn allow(&mut self, allows: Vec<Allow>) {
        self.allows = allows;
    }

    /// Gives what may be silenced away, for another report on the same file.
    pub(crate) fn take_allows(self) -> Vec<Allow> {
        self.allows
    }

    /// Says which `allow` silenced nothing: those of its own code last, for they may silence the others.
    pub(crate) fn unused_allows(&mut self) {
        let own = codes::SILENCES_NOTHING.id;
        for last in [false, true] {
            let unused = self.allows.iter().filter(|a| !a.used && (a.code == own) == last);
            let found: Vec<Mistake> = unused.map(Allow::unused).collect();
            found.into_iter().for_each(|mistake| self.add(mistake));
        }
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
    pub(crate) fn finish(self) -> Vec<Diagnostic> {
        self.finish_both().0
    }

    /// The diagnostics and what is silenced, both in the order of their places.
    pub(crate) fn finish_both(mut self) -> (Vec<Diagnostic>, Vec<Diagnostic>) {
        self.found.sort_by_key(|d| (d.span.bytes.start, d.severity, d.code));
        self.silenced.sort_by_key(|d| (d.span.bytes.start, d.code));
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
                silenced: None,
            });
        }
        (self.found, self.silenced)
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
