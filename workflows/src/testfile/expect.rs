//! Entries of `expect` and `never`.

use serde_json::Map;

use super::{Expect, Never};
use crate::codes;
use crate::read::{Fields, text, wrong_type};
use crate::report::{Mistake, Report};
use crate::tree::{Entry, Node, Value};

const FORM: &str = "write an event with what it must have: - parts_complete: { job: \"42\" }, or a call: - { invoke: assemble, input: { job: \"42\" } }";
const NEVER_FORM: &str = "write an event's name, or a call: { invoke: assemble }";

/// Reads an entry of `expect`; nothing when it has a mistake.
pub(super) fn read(node: &Node, report: &mut Report<'_>) -> Option<Expect> {
    match &node.value {
        Value::Text(name) => {
            Some(Expect::Event { name: name.clone(), fields: Map::new(), span: report.span(node.place) })
        }
        Value::Map(entries) if entries.iter().any(|e| e.key == "invoke") => call(node, report),
        Value::Map(entries) => match entries.as_slice() {
            [Entry { key, place, value: Node { value: Value::Text(function), .. } }]
                if matches!(key.as_str(), "call" | "calls" | "function" | "called") =>
            {
                let message = format!("a call is not expected by `{key}`");
                let help = format!("write `invoke: {function}`");
                report.add(Mistake::new(codes::TEST_STEP, *place, message).help(help));
                None
            }
            [one] => {
                let fields = subset(one, report)?;
                Some(Expect::Event { name: one.key.clone(), fields, span: report.span(one.place) })
            }
            [] => {
                report.add(
                    Mistake::new(codes::TEST_STEP, node.place, "this entry of `expect` names nothing")
                        .help(FORM),
                );
                None
            }
            [first, second, ..] => {
                let message = format!(
                    "one entry of `expect` is one event, and `{}` stands beside `{}`",
                    second.key, first.key
                );
                let help = "begin a new entry for it with `- `; what the event must have goes into braces behind its name";
                report.add(Mistake::new(codes::TEST_STEP, second.place, message).help(help));
                None
            }
        },
        _ => {
            wrong_type(node, "an entry of `expect`", "an event or a call", report, Some(FORM));
            None
        }
    }
}

fn call(node: &Node, report: &mut Report<'_>) -> Option<Expect> {
    let fields = Fields::of(node, ("an expected call", node.place), &["invoke", "input"], report)?;
    let function = text(fields.get("invoke")?, "`invoke`", report)?;
    let input = match fields.entry("input") {
        None => Map::new(),
        Some(entry) => subset(entry, report)?,
    };
    Some(Expect::Invoke { function: function.value.to_owned(), input, span: report.span(function.place) })
}

fn subset(entry: &Entry, report: &mut Report<'_>) -> Option<Map<String, serde_json::Value>> {
    match entry.value.to_json() {
        serde_json::Value::Object(fields) => Some(fields),
        serde_json::Value::Null => Some(Map::new()),
        _ => {
            wrong_type(&entry.value, &format!("`{}`", entry.key), "a mapping", report, Some(FORM));
            None
        }
    }
}

/// Reads an entry of `never`; nothing when it has a mistake.
pub(super) fn read_never(node: &Node, report: &mut Report<'_>) -> Option<Never> {
    match &node.value {
        Value::Text(name) => Some(Never::Event { name: name.clone(), span: report.span(node.place) }),
        Value::Map(entries) => match entries.as_slice() {
            [one] if one.key == "invoke" => {
                let function = text(&one.value, "`invoke`", report)?;
                Some(Never::Invoke { function: function.value.to_owned(), span: report.span(function.place) })
            }
            _ => {
                let mistake = Mistake::new(
                    codes::TEST_STEP,
                    node.place,
                    "`never` takes no conditions: the name alone must not occur",
                );
                report.add(mistake.help(NEVER_FORM));
                None
            }
        },
        _ => {
            wrong_type(node, "an entry of `never`", "a name or a call", report, Some(NEVER_FORM));
            None
        }
    }
}
