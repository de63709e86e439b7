//! The compiler: one function, text to plan or diagnostics.

use fanin_plan::Plan;

use crate::diagnostic::{Diagnostic, Severity};
use crate::report::Report;
use crate::{allow, analysis, lower, resolve, syntax, tree};

/// What became of a workflow's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The plan; nothing when there is an error.
    pub plan: Option<Plan>,
    /// Errors and warnings in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
    /// Warnings that an `allow` silences, each with its reason, in the order of their places.
    pub silenced: Vec<Diagnostic>,
}

impl Compiled {
    /// The errors only.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|d| d.severity == Severity::Error)
    }
}

/// Compiles a workflow. `file_name` is used to show places, and its ending (`.json`, `.yaml`, `.yml`) says how the text
/// is read; with another ending it is read as JSON if it looks like it, else as YAML.
#[must_use]
pub fn compile(file_name: &str, text: &str) -> Compiled {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(file_name, text);
    let plan = tree::read(file_name, text, &mut report).and_then(|root| {
        allow::of_workflow(&root, &mut report);
        let draft = syntax::workflow::read(&root, &mut report);
        let linked = resolve::link(&draft, &mut report);
        if report.failed() {
            return None;
        }
        analysis::check(&draft, &linked, &mut report);
        report.unused_allows();
        lower::lower(&draft, linked)
    });
    let (diagnostics, silenced) = report.finish_both();
    Compiled { plan, diagnostics, silenced }
}
