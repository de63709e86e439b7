//! Compares what came out with what was expected: for each name one to one, neither more nor fewer.

use std::collections::BTreeMap;

use fanin_event::{Identity, Timestamp};
use fanin_runtime::Notice;
use fanin_workflow::testfile::{Expect, Never, TestCase};
use serde_json::{Map, Value};

use crate::fit::{Difference, assign, differences};
use crate::limits::MAX_FAILURES;
use crate::play::{Call, Played};

/// An entry of `expect`: its place in the list, from 0, and the fields it asks for.
pub type Entry<'a> = (usize, &'a Map<String, Value>);

/// Something that did not come out as expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What it is about.
    pub subject: Subject,
    /// What was expected and what was seen, in a few lines.
    pub message: String,
    /// The same as data.
    pub what: What,
}

/// The name a failure is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An event of the workflow.
    Event(String),
    /// Calls of a function.
    Invoke(String),
    /// The engine itself.
    Engine,
}

/// What kind of failure it is.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Expectations and what came do not match one to one.
    Unlike(Unlike),
    /// It must not have come at all.
    Never {
        /// What came.
        seen: Vec<Seen>,
    },
    /// One id had two payloads: a fault of the engine.
    Torn,
}

/// Expectations of one name that do not match what came.
#[derive(Clone, Debug, PartialEq)]
pub struct Unlike {
    /// How many were expected.
    pub expected: usize,
    /// What came, in order.
    pub seen: Vec<Seen>,
    /// The expectations that nothing fits.
    pub unmet: Vec<Unmet>,
    /// Which of `seen` nobody expected.
    pub surplus: Vec<usize>,
}

/// An expectation that nothing fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmet {
    /// Its place in `expect`, from 0.
    pub entry: usize,
    /// What it asks for.
    pub wanted: Map<String, Value>,
    /// What came nearest: its place in `seen`, and where it differs. None: nothing of this name came, or what came is
    /// somebody else's.
    pub nearest: Option<(usize, Vec<Difference>)>,
}

/// Something seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// The identity of the event, the id of the call.
    pub identity: Identity,
    /// Of a call: which attempt it was.
    pub attempt: Option<u32>,
    /// The fields a test may name: of an event its detail and its captures, of a call its payload.
    pub fields: Value,
    /// What tells it from others, for people: the captures of an event.
    pub captures: Vec<(String, String)>,
}

/// What was not as expected; empty: the case passed.
#[must_use]
pub fn check(case: &TestCase, played: &Played) -> Vec<Failure> {
    let mut failures: Vec<Failure> = Vec::new();
    for (subject, entries) in &expectations(case) {
        let seen = subject.seen(played);
        if let Some(unlike) = compare(entries, seen) {
            let message = unlike.message();
            failures.push(Failure { subject: subject.clone(), message, what: What::Unlike(unlike) });
        }
    }
    for never in &case.never {
        let subject = match never {
            Never::Event { name, .. } => Subject::Event(name.clone()),
            Never::Invoke { function, .. } => Subject::Invoke(function.clone()),
        };
        let seen = subject.seen(played);
        if !seen.is_empty() {
            let message = format!("never expected, seen{}", list(&seen));
            failures.push(Failure { subject, message, what: What::Never { seen } });
        }
    }
    for torn in &played.torn {
        failures.push(Failure { subject: Subject::Engine, message: torn.clone(), what: What::Torn });
    }
    failures.truncate(MAX_FAILURES);
    failures
}

/// The entries of `expect` by what they are about, each with its place in the list.
#[must_use]
pub fn expectations(case: &TestCase) -> BTreeMap<Subject, Vec<Entry<'_>>> {
    let mut groups: BTreeMap<Subject, Vec<Entry<'_>>> = BTreeMap::new();
    for (entry, expect) in case.expect.iter().enumerate() {
        let (subject, fields) = match expect {
            Expect::Event { name, fields, .. } => (Subject::Event(name.clone()), fields),
            Expect::Invoke { function, input, .. } => (Subject::Invoke(function.clone()), input),
        };
        groups.entry(subject).or_default().push((entry, fields));
    }
    groups
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Subject::Event(name) => f.write_str(name),
            Subject::Invoke(function) => write!(f, "invoke {function}"),
            Subject::Engine => f.write_str("one id, one payload"),
        }
    }
}

impl Subject {
    /// What of it came in a play, in order.
    #[must_use]
    pub fn seen(&self, played: &Played) -> Vec<Seen> {
        match self {
            Subject::Event(name) => played.derived.iter().filter(|n| *n.name == **name).map(event).collect(),
            Subject::Invoke(function) => {
                let of = |c: &&Call| c.function.as_deref() == Some(function.as_str());
                played.calls.iter().filter(of).map(call).collect()
            }
            Subject::Engine => Vec::new(),
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
    let captures: Vec<(String, String)> =
        notice.captures.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    for (name, value) in &captures {
        fields.insert(name.clone(), Value::String(value.clone()));
    }
    let (at, identity) = (notice.at, notice.identity);
    Seen { at, identity, attempt: None, fields: Value::Object(fields), captures }
}

fn call(call: &Call) -> Seen {
    let fields = serde_json::from_str(&call.payload).unwrap_or_default();
    Seen { at: call.at, identity: call.id, attempt: Some(call.attempt), fields, captures: Vec::new() }
}

impl Seen {
    /// One line for people: the captures and what tells most, or the payload.
    fn line(&self) -> String {
        if let Some(attempt) = self.attempt {
            return format!("{} attempt {attempt} with {}", self.at, self.fields);
        }
        let key = self.captures.iter().map(|(name, value)| format!("{name}: {value}"));
        let shown = ["count", "round", "reason", "missing", "failed", "error"];
        let rest = shown.iter().filter_map(|f| self.fields.get(*f).map(|v| format!("{f}: {v}")));
        format!("{} {{ {} }}", self.at, key.chain(rest).collect::<Vec<_>>().join(", "))
    }
}

fn list(seen: &[Seen]) -> String {
    let mut text = format!(" {} of them", seen.len());
    for one in seen.iter().take(MAX_FAILURES) {
        text.push_str("\n    ");
        text.push_str(&one.line());
    }
    text
}

impl Unlike {
    fn message(&self) -> String {
        let mut message = format!("expected {}, saw{}", self.expected, list(&self.seen));
        for unmet in self.unmet.iter().take(MAX_FAILURES) {
            message.push_str("\n    nothing fits ");
            message.push_str(&Value::Object(unmet.wanted.clone()).to_string());
        }
        message
    }
}

/// Matches entries and sightings one to one. None: they match.
fn compare(entries: &[Entry<'_>], seen: Vec<Seen>) -> Option<Unlike> {
    let wanted: Vec<&Map<String, Value>> = entries.iter().map(|(_, fields)| *fields).collect();
    let fields: Vec<&Value> = seen.iter().map(|s| &s.fields).collect();
    let taken = assign(&wanted, &fields);
    let mut surplus: Vec<usize> =
        taken.iter().enumerate().filter(|(_, entry)| entry.is_none()).map(|(index, _)| index).collect();
    let mut unmet: Vec<Unmet> = Vec::new();
    let open = entries.iter().enumerate().filter(|(index, _)| !taken.contains(&Some(*index)));
    for (_, (entry, wanted)) in open {
        unmet.push(Unmet { entry: *entry, wanted: (*wanted).clone(), nearest: None });
    }
    if unmet.is_empty() && surplus.is_empty() {
        return None;
    }
    let expected = entries.len();
    // Each is compared with the one left over that is nearest to it, and no two with the same.
    let mut left = surplus.clone();
    for one in &mut unmet {
        let near = left.iter().enumerate().filter_map(|(place, index)| {
            let differences = differences(&seen.get(*index)?.fields, &one.wanted);
            Some((differences.len(), place, *index, differences))
        });
        if let Some((_, place, index, differences)) = near.min_by_key(|(count, place, ..)| (*count, *place)) {
            left.remove(place);
            one.nearest = Some((index, differences));
        }
    }
    surplus.retain(|index| left.contains(index));
    Some(Unlike { expected, seen, unmet, surplus })
}
