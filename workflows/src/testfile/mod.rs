//! The tests that users write: text to test cases, or diagnostics with places.
//!
//! [`parse`] reads a file alone, [`check`] compares it with the plan of its workflow. One runner plays the cases.

mod case;
mod check;
mod expect;
mod given;
mod reach;
#[cfg(test)]
mod tests;
pub mod update;

use fanin_event::Span;
use fanin_rule::Function;
use serde_json::{Map, Value};

use crate::allow;
use crate::codes;
use crate::diagnostic::{Diagnostic, SourceSpan};
use crate::limits::MAX_TESTS;
use crate::read::{Fields, text, wrong_type};
use crate::report::{Mistake, Report};
use crate::tree::{self, Node, Place};

pub use check::{Checked, check, check_all, without_workflow};

/// A test file.
#[derive(Clone, Debug, PartialEq)]
pub struct TestFile {
    /// The workflow's file, relative to this one.
    pub workflow: String,
    /// The cases, in their order.
    pub tests: Vec<TestCase>,
}

/// One test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCase {
    /// What it shows, in the user's words.
    pub name: String,
    /// The events that are given.
    pub given: Vec<Given>,
    /// How long the clock goes on after the last of them.
    pub wait: Option<Span>,
    /// What must have happened.
    pub expect: Vec<Expect>,
    /// What must not.
    pub never: Vec<Never>,
    /// In how many random orders it is played besides.
    pub shuffle: Option<u32>,
    /// Functions that answer otherwise than the workflow says.
    pub functions: Vec<Function>,
    /// Where its name stands.
    pub span: SourceSpan,
}

/// One event that is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The workflow's name of it.
    pub event: String,
    /// Names and texts of its captures.
    pub captures: Vec<(String, String)>,
    /// Since the start of the test; nothing: 1 ms after the one above.
    pub at: Option<Span>,
    /// Its id; the same id makes a duplicate.
    pub id: Option<String>,
    /// What to add to its `detail`, or to replace there.
    pub detail: Option<Value>,
    /// Where the event's name stands.
    pub span: SourceSpan,
}

/// One thing that must have happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// An event of the workflow.
    Event {
        /// Its name.
        name: String,
        /// Fields it must have: of its key, `count`, `round`, `reason`.
        fields: Map<String, Value>,
        /// Where it stands.
        span: SourceSpan,
    },
    /// A call.
    Invoke {
        /// The function.
        function: String,
        /// What the payload must have.
        input: Map<String, Value>,
        /// Where it stands.
        span: SourceSpan,
    },
}

/// One thing that must not have happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Never {
    /// An event of the workflow.
    Event {
        /// Its name.
        name: String,
        /// Where it stands.
        span: SourceSpan,
    },
    /// A call.
    Invoke {
        /// The function.
        function: String,
        /// Where it stands.
        span: SourceSpan,
    },
}

/// What became of a test file's text.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedTests {
    /// The file; nothing when there is an error.
    pub file: Option<TestFile>,
    /// Errors, and what is wrong with an `allow`, in the order of their places.
    pub diagnostics: Vec<Diagnostic>,
}

const KEYS: [&str; 4] = ["workflow", "tests", "allow", "$schema"];

/// Reads a test file.
#[must_use]
pub fn parse(file_name: &str, text: &str) -> ParsedTests {
    parse_as(file_name, text, false)
}

/// As [`parse`], and a test that expects nothing yet is taken: for whoever writes its expectations.
#[must_use]
pub fn parse_unfinished(file_name: &str, text: &str) -> ParsedTests {
    parse_as(file_name, text, true)
}

fn parse_as(file_name: &str, text: &str, unfinished: bool) -> ParsedTests {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(file_name, text);
    let file = tree::read(file_name, text, &mut report).and_then(|root| {
        allow::of_tests(&root, &mut report);
        read(&root, unfinished, &mut report)
    });
    let file = file.filter(|_| !report.failed());
    ParsedTests { file, diagnostics: report.finish() }
}

fn read(root: &Node, unfinished: bool, report: &mut Report<'_>) -> Option<TestFile> {
    let begin = Place { start: root.place.start, end: root.place.start };
    let fields = Fields::of(root, ("a test file", begin), &KEYS, report)?;
    let help = "name the workflow's file, relative to this one: `workflow: workflow.yaml`";
    let workflow = fields.require("workflow", ("a test file", help), report);
    let workflow = workflow.and_then(|n| text(n, "`workflow`", report)).map(|t| t.value.to_owned());
    let help = "write `tests:` and below it a list: `- name: ...`, `given: [...]`, `expect: [...]`";
    let tests = fields.require("tests", ("a test file", help), report)?;
    let tree::Value::List(nodes) = &tests.value else {
        wrong_type(tests, "`tests`", "a list", report, Some(help));
        return None;
    };
    if nodes.len() > MAX_TESTS {
        let message = format!("{} tests in one file; at most {MAX_TESTS} are read", nodes.len());
        report.add(Mistake::new(codes::LIMIT, tests.place, message).help("split the file"));
        return None;
    }
    let cases: Vec<Option<TestCase>> =
        nodes.iter().map(|node| case::read(node, unfinished, report)).collect();
    Some(TestFile { workflow: workflow?, tests: cases.into_iter().collect::<Option<_>>()? })
}
