//! The file as a whole: version, name and the four maps.

use std::sync::Arc;

use crate::codes;
use crate::read::{At, Fields, declared, named, text, wrong_type};
use crate::report::{Mistake, Report};
use crate::syntax::condition::{self, ConditionDraft};
use crate::syntax::event::{self, EventDraft};
use crate::syntax::function::{self, FunctionDraft};
use crate::syntax::rule::{self, RuleDraft};
use crate::tree::{Node, Value};

/// The version of the language.
const LANGUAGE: &str = "1";

const KEYS: [&str; 8] = ["version", "name", "events", "conditions", "rules", "functions", "allow", "$schema"];

/// A workflow that is read but not resolved.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) events: Vec<EventDraft>,
    pub(crate) conditions: Vec<ConditionDraft>,
    pub(crate) rules: Vec<RuleDraft>,
    pub(crate) functions: Vec<FunctionDraft>,
}

/// Reads a workflow.
pub(crate) fn read(root: &Node, report: &mut Report<'_>) -> Draft {
    let mut draft = Draft::default();
    if matches!(&root.value, Value::Null) {
        let mistake = Mistake::new(codes::MISSING_KEY, root.place, "the file is empty");
        report.add(mistake.help("begin with `version: 1`, `name: ...` and `events:`"));
        return draft;
    }
    let begin = crate::tree::Place { start: root.place.start, end: root.place.start };
    let Some(fields) = Fields::of(root, ("a workflow", begin), &KEYS, report) else { return draft };
    version(&fields, report);
    let help =
        "write for example `name: uploads`; it is part of the source of every event the workflow makes";
    if let Some(node) = fields.require("name", ("a workflow", help), report)
        && let Some(name) = text(node, "the workflow's `name`", report)
    {
        draft.name = Some(declared(name.value, "the workflow", name.place, report).value);
    }
    let workflow: Arc<str> = draft.name.clone().unwrap_or_default();
    let help = "say what can happen: `events:` and below it for example `part: { s3: \"bucket/{key}\" }`";
    fields.require("events", ("a workflow", help), report);
    for (name, node) in entries(&fields, ("events", "an event"), report) {
        draft.events.push(event::read(name, node, &workflow, report));
    }
    for (name, node) in entries(&fields, ("conditions", "a condition"), report) {
        draft.conditions.push(condition::read(name, node, report));
    }
    for (name, node) in entries(&fields, ("rules", "a rule"), report) {
        draft.rules.push(rule::read(name, node, report));
    }
    for (name, node) in entries(&fields, ("functions", "a function"), report) {
        draft.functions.push(function::read(name, node, report));
    }
    draft
}

fn entries<'t>(
    fields: &Fields<'t>,
    what: (&str, &str),
    report: &mut Report<'_>,
) -> Vec<(At<Arc<str>>, &'t Node)> {
    let Some(node) = fields.get(what.0) else { return Vec::new() };
    named(node, what, report).into_iter().map(|(name, entry)| (name, &entry.value)).collect()
}

fn version(fields: &Fields<'_>, report: &mut Report<'_>) {
    let help = "write `version: 1`, the version of the workflow language";
    let Some(node) = fields.require("version", ("a workflow", help), report) else { return };
    match &node.value {
        Value::Number(number) if number == LANGUAGE => {}
        Value::Number(number) => {
            let message = format!("version {number} of the workflow language is not known here");
            report.add(
                Mistake::new(codes::VERSION, node.place, message)
                    .help("write `version: 1`, or upgrade fanin"),
            );
        }
        _ => wrong_type(node, "`version`", "the number 1", report, Some(help)),
    }
}
