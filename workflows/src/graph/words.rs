//! What the nodes say of themselves, in short lines.

use fanin_condition::{Condition, Fire, Kind, Reach, Window};
use fanin_event::EventDefinition;
use fanin_rule::{Function, FunctionKind, Rule, SendTarget};
use serde_json::Value;

use crate::duration;
use crate::limits::MAX_GRAPH_FIELDS;

/// The path of a key in an upload's event.
const KEY: &str = "$.detail.object.key";

/// The buckets whose uploads an event is, when its pattern names them.
pub(super) fn buckets(event: &EventDefinition) -> Vec<String> {
    let pattern = pattern(event);
    let texts = |pointer: &str| -> Vec<String> {
        let list = pattern.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if texts("/source") == ["aws.s3"] { texts("/detail/bucket/name") } else { Vec::new() }
}

fn pattern(event: &EventDefinition) -> Value {
    serde_json::from_str(&event.pattern).unwrap_or_default()
}

/// How an event is recognized: the key's template of an upload, or what its pattern asks for.
pub(super) fn event(event: &EventDefinition, scheduled: bool) -> Vec<String> {
    if scheduled {
        return Vec::new();
    }
    if !buckets(event).is_empty()
        && let Some(rule) = event.captures.iter().find(|rule| rule.path == KEY)
    {
        return vec![rule.template.clone()];
    }
    let pattern = pattern(event);
    let one = |name: &str| pattern.get(name).map(wanted);
    let head: Vec<String> = [one("source"), one("detail-type")].into_iter().flatten().collect();
    let mut fields = Vec::new();
    if let Value::Object(members) = &pattern {
        for (name, value) in members.iter().filter(|(name, _)| *name != "source" && *name != "detail-type") {
            gather(name.strip_prefix("detail").unwrap_or(name), value, &mut fields);
        }
    }
    let more = fields.len() > MAX_GRAPH_FIELDS;
    fields.truncate(MAX_GRAPH_FIELDS);
    if more {
        fields.push("...".to_owned());
    }
    [head.join(": "), fields.join(", ")].into_iter().filter(|line| !line.is_empty()).collect()
}

/// The fields a pattern asks for below `path`, each with what it wants there.
fn gather(path: &str, value: &Value, fields: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                gather(&path, value, fields);
            }
        }
        _ if path.ends_with("$or") => fields.push("one of several".to_owned()),
        value => fields.push(format!("{} {}", path.trim_start_matches('.'), wanted(value))),
    }
}

/// The alternatives of one field: literals as they are, operators by their name.
fn wanted(value: &Value) -> String {
    let Value::Array(alternatives) = value else { return "...".to_owned() };
    let words: Vec<String> = alternatives
        .iter()
        .map(|one| match one {
            Value::String(text) => text.clone(),
            Value::Object(operator) => operator
                .iter()
                .map(|(name, of)| format!("{name} {}", operand(of)))
                .collect::<Vec<_>>()
                .join(" "),
            other => other.to_string(),
        })
        .collect();
    words.join(" or ")
}

fn operand(of: &Value) -> String {
    match of {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(operand).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// What a condition waits for, and for how long.
pub(super) fn condition(condition: &Condition) -> Vec<String> {
    let of = condition.members.len();
    let what = match &condition.kind {
        Kind::All => format!("all {of}"),
        Kind::Any => format!("any of {of}"),
        Kind::AtLeast { n } => format!("{n} of {of}"),
        Kind::Sequence => "in this order".to_owned(),
        Kind::Count { reach, window } => count(condition, *reach, *window),
        Kind::Absent { hold } => format!("none for {}", duration::format(*hold)),
    };
    let mut when = Vec::new();
    if let Some(within) = condition.within {
        when.push(format!("within {}", duration::format(within)));
    }
    if condition.fire == Fire::Every {
        when.push("every round".to_owned());
    }
    [what, when.join(", ")].into_iter().filter(|line| !line.is_empty()).collect()
}

fn count(condition: &Condition, reach: Reach, window: Option<Window>) -> String {
    let number = match reach {
        Reach::Number(number) => number.to_string(),
        Reach::Captured => {
            let brings = condition.members.iter().find_map(|m| {
                let capture = m.captures.get(usize::from(m.reach?))?;
                Some(format!("{}.{capture}", m.name))
            });
            brings.unwrap_or_else(|| "a number that comes".to_owned())
        }
    };
    let distinct = condition.members.first().and_then(|m| m.captures.get(usize::from(m.distinct?)));
    let what = distinct.map_or_else(|| "count".to_owned(), |name| format!("distinct {name}"));
    let window = match window {
        Some(Window::Sliding(span)) => format!(" in any {}", duration::format(span)),
        Some(Window::Tumbling(span)) => format!(" in each {}", duration::format(span)),
        None => String::new(),
    };
    format!("{what} reaches {number}{window}")
}

/// How a rule calls: fan-out and retries.
pub(super) fn rule(rule: &Rule) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(map) = &rule.map {
        lines.push(format!("for each of {}", map.items));
        lines.push(format!("at most {} at once", map.max_concurrency));
    }
    let retries: u64 = rule.retry.iter().map(|r| u64::from(r.max_attempts)).sum();
    match retries {
        0 => {}
        1 => lines.push("1 retry".to_owned()),
        many => lines.push(format!("up to {many} retries")),
    }
    lines
}

/// What stands in for a function on a host without AWS.
pub(super) fn function(function: &Function) -> Vec<String> {
    vec![match &function.kind {
        FunctionKind::Command { argv } => argv.join(" "),
        FunctionKind::Lambda { url } => format!("lambda {url}"),
        FunctionKind::Bootstrap { path } => format!("bootstrap {path}"),
        FunctionKind::Http { url } => format!("POST {url}"),
        FunctionKind::Respond { fail: Some(error), .. } => format!("stub: fails with {error}"),
        FunctionKind::Respond { .. } => "stub".to_owned(),
    }]
}

/// The service of a `send` as the language writes it, and the name there.
pub(super) fn target(send: &SendTarget) -> (&'static str, &str) {
    match send {
        SendTarget::Sqs(name) => ("sqs", name),
        SendTarget::Sns(name) => ("sns", name),
        SendTarget::Eventbridge(name) => ("eventbridge", name),
        SendTarget::StepFunctions(name) => ("step_functions", name),
        SendTarget::Http(name) => ("http", name),
        SendTarget::Log(name) => ("log", name),
    }
}
