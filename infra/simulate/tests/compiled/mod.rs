//! A workflow and a test case from their texts.

use fanin_plan::Plan;
use fanin_workflow::testfile::{TestCase, parse_unfinished};

pub(crate) fn plan(workflow: &str) -> Plan {
    let compiled = fanin_workflow::compile("w.yaml", workflow);
    compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// The one case of a test file, given what stands below its name.
pub(crate) fn case(text: &str) -> TestCase {
    let text = format!("workflow: w.yaml\ntests:\n  - name: n\n{text}");
    let parsed = parse_unfinished("t.yaml", &text);
    let Some(mut file) = parsed.file else { panic!("{:?}", parsed.diagnostics) };
    file.tests.remove(0)
}
