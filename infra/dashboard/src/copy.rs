//! Copy as test: events of the stream as a test that passes now.

mod choose;
mod write;

use fanin_plan::Plan;
use fanin_simulate::{Undecided, run_case, settle};
use fanin_workflow::testfile::{self, TestCase, update};
use serde::Serialize;

pub(crate) use choose::{Anchor, Chosen, choose};

/// A test, ready to be kept.
#[derive(Debug, Serialize)]
pub(crate) struct Copied {
    name: String,
    /// A whole test file.
    file: String,
    /// Only the test.
    case: String,
    events: usize,
    left_out: usize,
    note: Option<String>,
}

/// Writes the test, and finds out what it has to expect by playing it.
///
/// # Errors
/// Why there is no such test.
pub(crate) fn copy(plan: &Plan, workflow: &str, chosen: &Chosen) -> Result<Copied, String> {
    if chosen.events.is_empty() {
        return Err(
            "none of the events that are kept belongs to it: send them again, or write the test by hand"
                .to_owned(),
        );
    }
    let given = write::given(plan, workflow, chosen);
    let text = expecting(plan, &given, chosen)?;
    let case = case(&text)?;
    let report = run_case(plan, &case, 0).map_err(|error| error.to_string())?;
    if let Some(failure) = report.failures.first() {
        return Err(format!("what came cannot be written as an expectation: {}", failure.subject));
    }
    let head = text.find("tests:\n").map_or(0, |at| at + "tests:\n".len());
    let left_out = chosen.left_out;
    Ok(Copied {
        name: case.name,
        case: text.get(head..).unwrap_or_default().to_owned(),
        file: text,
        events: chosen.events.len(),
        left_out,
        note: (left_out > 0)
            .then(|| format!("{left_out} earlier events are left out: the test begins in the middle")),
    })
}

/// The text with what it has to expect: what came, or else that nothing comes.
fn expecting(plan: &Plan, given: &str, chosen: &Chosen) -> Result<String, String> {
    let unfinished = case(given)?;
    let report = run_case(plan, &unfinished, 0).map_err(|error| error.to_string())?;
    match settle(plan, &unfinished, &report) {
        Ok(edits) => update::update(write::FILE, given, 0, &edits).map_err(|error| error.to_string()),
        Err(Undecided::Nothing) if !chosen.conditions.is_empty() => {
            Ok(format!("{given}    never: [{}]\n", chosen.conditions.join(", ")))
        }
        Err(Undecided::Nothing) => Err("nothing in the workflow listens to these events".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn case(text: &str) -> Result<TestCase, String> {
    let parsed = testfile::parse_unfinished(write::FILE, text);
    let mistake = parsed.diagnostics.first().map(|d| d.message.clone());
    let case = parsed.file.and_then(|file| file.tests.into_iter().next());
    case.ok_or_else(|| mistake.unwrap_or_else(|| "it has no form that a test can have".to_owned()))
}
