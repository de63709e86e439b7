//! Captures that the event's own pattern rules out: such an event can never be recognized.

use fanin_event::Template;
use fanin_event::capture::simple_path;

use crate::codes;
use crate::report::{Mistake, Report};
use crate::tree::{Entry, Node, Value};

/// Reports captures that no event of the pattern has. A pattern with alternatives is not looked at.
pub(crate) fn check(what: &str, pattern: &Node, captures: &[Entry], report: &mut Report<'_>) {
    if !plain(pattern) {
        return;
    }
    for capture in captures {
        let Some(names) = simple_path(&capture.key) else { continue };
        let Value::Text(template) = &capture.value.value else { continue };
        if let Some((why, help)) = ruled_out(pattern, &names, template) {
            let message = format!("no event can be {what}: {why}, and `{}` is captured", capture.key);
            report.add(Mistake::new(codes::CAPTURE_NEVER, capture.place, message).help(help));
        }
    }
}

/// Without `$or` and without names that have dots, which may mean the same field twice.
fn plain(pattern: &Node) -> bool {
    match &pattern.value {
        Value::Map(members) => {
            members.iter().all(|e| e.key != "$or" && !e.key.contains('.') && plain(&e.value))
        }
        _ => true,
    }
}

/// Why the field has no text that fits, and what to do.
fn ruled_out(pattern: &Node, names: &[String], template: &str) -> Option<(String, String)> {
    let mut node = pattern;
    for (depth, name) in names.iter().enumerate() {
        let Value::Map(members) = &node.value else { return None };
        node = &members.iter().find(|e| e.key == *name)?.value;
        let path = names.get(..=depth).unwrap_or_default().join(".");
        if let Value::List(matchers) = &node.value
            && depth + 1 < names.len()
        {
            let may_be_absent = matchers.iter().any(|m| presence(m) == Some(false));
            let why = format!("the pattern asks for a single value at `{path}`, which has no members");
            return (!may_be_absent)
                .then(|| (why, "ask for a value one level deeper, or capture this one".into()));
        }
    }
    let path = names.join(".");
    match &node.value {
        Value::Map(_) if asks_for_a_value(node) => {
            let why = format!("the pattern asks for members of `{path}`, which therefore is no text");
            Some((why, "capture one of its members".into()))
        }
        Value::List(matchers) => of_value(&path, matchers, template),
        _ => None,
    }
}

fn of_value(path: &str, matchers: &[Node], template: &str) -> Option<(String, String)> {
    if matchers.iter().all(|m| presence(m) == Some(false)) {
        let why = format!("the pattern says that `{path}` is absent");
        return Some((why, "take out one of the two".into()));
    }
    if matchers.iter().all(|m| matches!(m.value, Value::Null)) {
        let why = format!("the pattern says that `{path}` is null, which is no text");
        return Some((why, "take out one of the two".into()));
    }
    let read = Template::parse(template).ok()?;
    let unfit = matchers.iter().all(|m| !fits(m, &read, template));
    let why = format!("no value the pattern allows at `{path}` fits the template \"{template}\"");
    unfit.then(|| (why, "change the template, or the values in the pattern".into()))
}

/// Whether some text that satisfies a matcher may fit.
fn fits(matcher: &Node, read: &Template, template: &str) -> bool {
    match &matcher.value {
        Value::Text(text) => read.read(text).is_some(),
        Value::Bool(value) => read.read(&value.to_string()).is_some(),
        Value::Null => false,
        Value::Map(operator) => match operator.as_slice() {
            [Entry { key, value: Node { value: Value::Text(text), .. }, .. }] if key == "exactly" => {
                read.read(text).is_some()
            }
            [Entry { key, value: Node { value: Value::Text(text), .. }, .. }] if key == "prefix" => {
                let head = template.split('{').next().unwrap_or_default();
                template.contains("{{") || text.starts_with(head) || head.starts_with(text.as_str())
            }
            [Entry { key, value: Node { value: Value::Text(text), .. }, .. }] if key == "suffix" => {
                let tail = template.rsplit('}').next().unwrap_or_default();
                template.contains("}}") || text.ends_with(tail) || tail.ends_with(text.as_str())
            }
            _ => presence(matcher) != Some(false),
        },
        _ => true,
    }
}

/// `exists: true` or `exists: false`.
fn presence(matcher: &Node) -> Option<bool> {
    let Value::Map(operator) = &matcher.value else { return None };
    match operator.iter().find(|e| e.key == "exists").map(|e| &e.value.value) {
        Some(Value::Bool(value)) => Some(*value),
        _ => None,
    }
}

/// Whether something below must be there.
fn asks_for_a_value(node: &Node) -> bool {
    match &node.value {
        Value::Map(members) => members.iter().any(|e| asks_for_a_value(&e.value)),
        Value::List(matchers) => !matchers.iter().any(|m| presence(m) == Some(false)),
        _ => false,
    }
}
