//! The workflow as it is shown: the version that runs with its graph, and what became of the last edit.

use std::collections::BTreeMap;
use std::sync::Arc;

use fanin_event::{DefinitionError, Recognizer, Scratch, Timestamp};
use fanin_plan::Plan;
use fanin_workflow::graph::Graph;
use fanin_workflow::{Diagnostic, Severity, Style, render};
use serde::Serialize;

/// The version that runs.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) plan: Plan,
    pub(crate) text: String,
    pub(crate) graph: Graph,
    recognizer: Recognizer,
}

/// What an event is by the version that runs.
#[derive(Debug, Default)]
pub(crate) struct Recognized {
    pub(crate) id: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) detail_type: Option<String>,
    /// Its names, each with its captures.
    pub(crate) names: Vec<(Arc<str>, BTreeMap<String, String>)>,
}

impl Shown {
    /// A version that was compiled from `text`.
    ///
    /// # Errors
    /// When its events cannot be recognized; the host would have refused it.
    pub(crate) fn new(plan: Plan, text: String) -> Result<Shown, DefinitionError> {
        let recognizer = Recognizer::new(&plan.events)?;
        Ok(Shown { graph: Graph::of(&plan), recognizer, plan, text })
    }

    /// What a text is. `scratch` is reused from text to text.
    pub(crate) fn recognize(&self, text: &str, scratch: &mut Scratch) -> Recognized {
        let Ok(recognized) = self.recognizer.recognize(text, scratch) else { return Recognized::default() };
        let header = recognized.header();
        let names = recognized.hits().map(|hit| {
            let names = self.recognizer.capture_names(hit.definition).iter().map(ToString::to_string);
            let captures = names.zip(hit.captures().map(str::to_owned)).collect();
            (self.recognizer.name(hit.definition).cloned().unwrap_or_else(|| "".into()), captures)
        });
        Recognized {
            id: header.id.map(str::to_owned),
            source: header.source.map(str::to_owned),
            detail_type: header.detail_type.map(str::to_owned),
            names: names.collect(),
        }
    }
}

/// What became of an edit of the workflow file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reload {
    /// When.
    at: String,
    /// Whether the file was taken over.
    ok: bool,
    /// The version that runs since.
    version: String,
    /// The text that could not be taken over.
    text: Option<String>,
    /// Why not.
    reason: Option<String>,
    /// Mistakes; warnings where it was taken over.
    diagnostics: Vec<Told>,
}

/// A diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Told {
    code: String,
    severity: &'static str,
    line: usize,
    column: usize,
    length: usize,
    message: String,
    help: Option<String>,
    notes: Vec<String>,
    /// As the command line shows it.
    shown: String,
}

impl Reload {
    /// The file was taken over, perhaps with warnings.
    pub(crate) fn taken(at: Timestamp, version: &str, text: &str, diagnostics: &[Diagnostic]) -> Reload {
        Reload {
            at: at.to_string(),
            ok: true,
            version: version.to_owned(),
            text: None,
            reason: None,
            diagnostics: diagnostics.iter().filter(|d| d.silenced.is_none()).map(|d| told(d, text)).collect(),
        }
    }

    /// The file was not taken over, and `version` goes on.
    pub(crate) fn kept(
        at: Timestamp,
        version: &str,
        (text, reason): (&str, &str),
        diagnostics: &[Diagnostic],
    ) -> Reload {
        Reload {
            ok: false,
            text: Some(text.to_owned()),
            reason: Some(reason.to_owned()),
            ..Reload::taken(at, version, text, diagnostics)
        }
    }
}

fn told(diagnostic: &Diagnostic, text: &str) -> Told {
    Told {
        code: diagnostic.code.to_string(),
        severity: if diagnostic.severity == Severity::Error { "error" } else { "warning" },
        line: diagnostic.span.line,
        column: diagnostic.span.column,
        length: diagnostic.span.length,
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        notes: diagnostic.notes.clone(),
        shown: render(diagnostic, text, Style::Plain),
    }
}
