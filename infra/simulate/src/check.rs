//! Compares what came out with what was expected: for each name one to one, neither more nor fewer.

use std::collections::BTreeMap;

use fanin_runtime::Notice;
use fanin_workflow::testfile::{Expect, Never, TestCase};
use serde_json::{Map, Value};

use crate::limits::MAX_FAILURES;
use crate::play::{Call, Played};

/// Something that did not come out as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it is about: a name, `invoke NAME`.
    pub subject: String,
    /// What was expected and what was seen.
    pub message: String,
}

/// What was not as expected; empty: the case passed.
#[must_use]
pub fn check(case: &TestCase, played: &Played) -> Vec<Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    let mut groups: BTreeMap<Subject, Vec<&Map<String, Value>>> = BTreeMap::new();
    for expect in &case.expect {
        match expect {
            Expect::Event { name, fields, .. } => {
                groups.entry(Subject::Event(name.clone())).or_default().push(fields);
            }
            Expect::Invoke { function, input, .. } => {
                groups.entry(Subject::Invoke(function.clone())).or_default().push(input);
            }
        }
    }
    for (subject, entries) in &groups {
        let seen = subject.seen(played);
        if let Some(message) = compare(entries, &seen) {
            failures.push(Failure { subject: subject.to_string(), message });
        }
    }
    for never in &case.never {
        let subject = match never {
            Never::Event { name, .. } => Subject::Event(name.clone()),
            Never::Invoke { function, .. } => Subject::Invoke(function.clone()),
        };
        let seen = subject.seen(played);
        if !seen.is_empty() {
            let list = list(&seen);
            failures.push(Failure {
                subject: subject.to_string(),
                message: format!("never expected, seen{list}"),
            });
        }
    }
    for torn in &played.torn {
        failures.push(Failure { subject: "one id, one payload".to_owned(), message: torn.clone() });
    }
    failures.truncate(MAX_FAILURES);
    failures
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Event(String),
    Invoke(String),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Subject::Event(name) => f.write_str(name),
            Subject::Invoke(function) => write!(f, "invoke {function}"),
        }
    }
}

/// Something seen: the fields a test may name, and a line for people.
struct Seen {
    fields: Value,
    line: String,
}

impl Subject {
    fn seen(&self, played: &Played) -> Vec<Seen> {
        match self {
            Subject::Event(name) => played.derived.iter().filter(|n| *n.name == **name).map(event).collect(),
            Subject::Invoke(function) => {
                let of = |c: &&Call| c.function.as_deref() == Some(function.as_str());
                played.calls.iter().filter(of).map(call).collect()
            }
        }
    }
}

/// A derived event without the nesting: the fields of its detail, then its captures by name.
fn event(notice: &Notice) -> Seen {
    let envelope: Value = serde_json::from_str(&notice.envelope).unwrap_or_default();
    let mut fields = match envelope.get("detail") {
        Some(Value::Object(detail)) => detail.clone(),
        _ => Map::new(),
    };
    let mut key = Vec::new();
    for (name, value) in &notice.captures {
        key.push(format!("{name}: {value}"));
        fields.insert(name.to_string(), Value::String(value.to_string()));
    }
    let shown = ["count", "round", "reason", "missing", "failed", "error"];
    let rest = shown.iter().filter_map(|f| fields.get(*f).map(|v| format!("{f}: {v}")));
    let line = format!("{} {{ {} }}", notice.at, key.into_iter().chain(rest).collect::<Vec<_>>().join(", "));
    Seen { fields: Value::Object(fields), line }
}

fn call(call: &Call) -> Seen {
    let fields = serde_json::from_str(&call.payload).unwrap_or_default();
    Seen { fields, line: format!("{} attempt {} with {}", call.at, call.attempt, call.payload) }
}

fn list(seen: &[Seen]) -> String {
    let mut text = format!(" {} of them", seen.len());
    for one in seen.iter().take(MAX_FAILURES) {
        text.push_str("\n    ");
        text.push_str(&one.line);
    }
    text
}

/// Matches entries and sightings one to one. None: they match.
fn compare(entries: &[&Map<String, Value>], seen: &[Seen]) -> Option<String> {
    let mut taken: Vec<Option<usize>> = vec![None; seen.len()];
    let mut unmatched = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let mut visited = vec![false; seen.len()];
        if !assign(index, entries, seen, (&mut taken, &mut visited)) {
            unmatched.push(Value::Object((*entry).clone()).to_string());
        }
    }
    if unmatched.is_empty() && entries.len() == seen.len() {
        return None;
    }
    let mut message = format!("expected {}, saw{}", entries.len(), list(seen));
    for entry in unmatched.iter().take(MAX_FAILURES) {
        message.push_str("\n    nothing fits ");
        message.push_str(entry);
    }
    Some(message)
}

/// One augmenting path of a bipartite matching: an entry may push another to a different sighting.
fn assign(
    entry: usize,
    entries: &[&Map<String, Value>],
    seen: &[Seen],
    (taken, visited): (&mut Vec<Option<usize>>, &mut Vec<bool>),
) -> bool {
    let Some(wanted) = entries.get(entry) else { return false };
    for (index, one) in seen.iter().enumerate() {
        if visited.get(index).copied().unwrap_or(true) || !has(&one.fields, wanted) {
            continue;
        }
        if let Some(mark) = visited.get_mut(index) {
            *mark = true;
        }
        let holder = taken.get(index).copied().flatten();
        if holder.is_none_or(|other| assign(other, entries, seen, (taken, visited))) {
            if let Some(place) = taken.get_mut(index) {
                *place = Some(entry);
            }
            return true;
        }
    }
    false
}

fn has(fields: &Value, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(name, value)| fields.get(name).is_some_and(|found| fits(found, value)))
}

/// Whether `found` has everything of `wanted`. A text and a number with the same spelling are the same: captures are text.
fn fits(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(_), Value::Object(wanted)) => has(found, wanted),
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| fits(f, w))
        }
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        (Value::String(text), Value::Bool(flag)) => *text == flag.to_string(),
        (Value::Number(found), Value::Number(wanted)) => found.as_f64() == wanted.as_f64(),
        _ => found == wanted,
    }
}
