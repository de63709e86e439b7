//! Projects of the examples.

use std::path::Path;

use fanin_deploy::{Names, Project, Settings};
use fanin_plan::Plan;

/// The examples.
pub(crate) const EXAMPLES: [&str; 7] =
    ["absence", "counter", "map", "quorum", "sequence", "uploads", "video"];

/// The plan of a workflow's text.
pub(crate) fn compiled(text: &str) -> Plan {
    let compiled = fanin_workflow::compile("workflow.yaml", text);
    compiled.plan.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics))
}

/// A plan with the settings nobody changed.
pub(crate) fn project(plan: Plan) -> Project {
    let names = Names::of_workflow(&plan.workflow).unwrap();
    Project { plan, names, settings: Settings::default() }
}

/// An example.
pub(crate) fn example(name: &str) -> Project {
    let file = if name == "video" { "video.yaml" } else { "workflow.yaml" };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join(file);
    project(compiled(&std::fs::read_to_string(path).unwrap()))
}
