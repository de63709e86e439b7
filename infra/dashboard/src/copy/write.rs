//! The text of a test, as far as it is given.

use std::fmt::Write as _;

use fanin_event::Span;
use fanin_plan::Plan;
use fanin_simulate::START;
use fanin_simulate::build::build;
use fanin_workflow::duration;
use fanin_workflow::testfile::update::{Notation, flow};
use serde_json::{Map, Value};

use super::choose::{Chosen, Given};
use crate::forms::given as entry_of;

/// What messages call the test's file.
pub(super) const FILE: &str = "copied.test.yaml";
/// Milliseconds. Events closer than this need no moments of their own: their order says enough.
const CLOSE: i64 = 1_000;

/// The file without what it expects.
pub(super) fn given(plan: &Plan, workflow: &str, chosen: &Chosen) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut text =
        format!("workflow: {}\ntests:\n  - name: {}\n    given:\n", plain(workflow), quoted(&name(chosen)));
    let begin = chosen.events.first().map_or(0, |event| event.at.0);
    let mut last = begin;
    for event in &chosen.events {
        // A moment counts from the start of the test, at which the first one comes.
        let at = (event.at.0 - last >= CLOSE).then(|| since(begin, event.at.0));
        last = if at.is_some() { event.at.0 } else { last };
        let _ = writeln!(text, "      - {}", entry(plan, event, at));
    }
    let waited = chosen.anchor.until.map_or(0, |until| until.0 - last);
    let late = chosen.anchor.names.iter().any(|name| name.ends_with(".timeout"));
    if waited >= CLOSE || (late && waited > 0) {
        let _ =
            writeln!(text, "    wait: {}", duration::format(Span(u64::try_from(waited + 1).unwrap_or(0))));
    }
    text
}

/// From the first event on, in whole seconds: what is between them is how long it took to send, not what is meant.
fn since(begin: i64, at: i64) -> Span {
    Span(u64::try_from((at - begin) / CLOSE * CLOSE).unwrap_or(0))
}

/// A file name without quotes where it needs none.
fn plain(name: &str) -> String {
    let simple = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if simple && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

fn name(chosen: &Chosen) -> String {
    let anchor = &chosen.anchor;
    let name = anchor.names.first().map_or("copied", String::as_str);
    let key = anchor.captures.iter().map(|(name, value)| format!(" {name}={value}"));
    let text = format!("{name}{}", key.collect::<String>());
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

fn entry(plan: &Plan, event: &Given, at: Option<Span>) -> String {
    let captures: Vec<(String, String)> =
        event.captures.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let mut fields = Map::new();
    if let Some(at) = at {
        fields.insert("at".to_owned(), Value::from(format!("+{}", duration::format(at))));
    }
    let written = captures.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    fields.insert(event.name.clone(), Value::Object(written.collect()));
    if let Some(id) = &event.id {
        fields.insert("id".to_owned(), Value::from(id.as_str()));
    }
    // Only what the captures alone do not give.
    let made = build(plan, &entry_of(&event.name, captures, (None, None)), 0, START).ok();
    let made: Option<Value> = made.and_then(|built| serde_json::from_str(&built.text).ok());
    let made = made.as_ref().and_then(|made| made.get("detail"));
    if let Some(detail) = event.detail.as_ref().and_then(|detail| beyond(detail, made)) {
        fields.insert("detail".to_owned(), detail);
    }
    flow(&Value::Object(fields), Notation::Yaml)
}

/// What of a detail is not in the one that was made up.
fn beyond(detail: &Value, made: Option<&Value>) -> Option<Value> {
    match (detail, made) {
        (detail, Some(made)) if detail == made => None,
        (Value::Object(fields), Some(Value::Object(made))) => {
            let more: Map<String, Value> = fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), beyond(value, made.get(name))?)))
                .collect();
            (!more.is_empty()).then_some(Value::Object(more))
        }
        (detail, _) => Some(detail.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_the_captures_do_not_give() {
        let made = json!({ "job": "42", "a": { "b": 1, "c": 2 } });
        assert_eq!(beyond(&made, Some(&made)), None);
        let more = json!({ "job": "42", "a": { "b": 1, "c": 3 }, "total": 1.5 });
        assert_eq!(beyond(&more, Some(&made)), Some(json!({ "a": { "c": 3 }, "total": 1.5 })));
        assert_eq!(beyond(&json!({}), None), Some(json!({})));
    }
}
