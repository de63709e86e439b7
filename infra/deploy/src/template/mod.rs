//! The CloudFormation template of a workflow, whole or in its three parts.

mod alarms;
mod draft;
mod functions;
mod iam;
mod roles;
mod state;
mod wiring;

use anyhow::ensure;
use serde_json::{Value, json};

use crate::limits::{MAX_RESOURCES, MAX_TEMPLATE_BYTES};
use crate::settings::Project;
use draft::Draft;

/// A part of the template, or the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Everything in one template.
    Whole,
    /// What must survive: table, queues, buckets, bus.
    State,
    /// The three functions with their roles and logs.
    Functions,
    /// What brings events to the functions, and the alarms.
    Wiring,
}

impl Part {
    /// Whether this part has what stands in `other`.
    #[must_use]
    pub fn has(self, other: Part) -> bool {
        self == Part::Whole || self == other
    }

    fn describes(self) -> &'static str {
        match self {
            Part::Whole => "state, functions and wiring",
            Part::State => "table, queues, buckets, bus",
            Part::Functions => "the three functions with their roles and logs",
            Part::Wiring => "rules, event sources, alarms",
        }
    }
}

/// Makes the template of `part`.
///
/// # Errors
/// A workflow that is larger than AWS's limits.
pub fn template(project: &Project, part: Part) -> anyhow::Result<Value> {
    let mut draft = Draft::new(project, part);
    if part.has(Part::State) {
        state::add(&mut draft)?;
    }
    if part.has(Part::Functions) {
        functions::add(&mut draft)?;
    }
    if part.has(Part::Wiring) {
        wiring::add(&mut draft)?;
        alarms::add(&mut draft);
    }
    let count = draft.resources.len();
    ensure!(
        count <= MAX_RESOURCES,
        "the template would have {count} resources and CloudFormation takes {MAX_RESOURCES}: split the workflow, or use --observe, which makes one rule for each source"
    );
    let document = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": format!("The workflow {} on fanin: {}", project.plan.workflow, part.describes()),
        "Metadata": { "Fanin": {
            "Workflow": &*project.plan.workflow, "Stack": project.names.stack(), "Version": env!("CARGO_PKG_VERSION"),
        } },
        "Parameters": draft.parameters,
        "Conditions": draft.conditions,
        "Resources": draft.resources,
        "Outputs": draft.outputs,
    });
    let document = without_empty(document);
    let bytes = document.to_string().len();
    ensure!(
        bytes <= MAX_TEMPLATE_BYTES,
        "the template would have {bytes} bytes and CloudFormation takes {MAX_TEMPLATE_BYTES}: split the workflow, or use --observe"
    );
    Ok(document)
}

/// CloudFormation takes no empty sections.
fn without_empty(document: Value) -> Value {
    match document {
        Value::Object(map) => map.into_iter().filter(|(_, value)| *value != json!({})).collect(),
        other => other,
    }
}
