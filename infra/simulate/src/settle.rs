//! Makes a case expect what happened: the edits of its `expect`, or why a person has to decide.

use fanin_plan::Plan;
use fanin_workflow::testfile::TestCase;
use fanin_workflow::testfile::update::{Edit, Expected};
use serde_json::{Map, Value};

use crate::check::{Failure, Seen, Subject, Unlike, What, expectations};
use crate::play::Played;
use crate::report::CaseReport;

/// Why a case is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// It fails in another order only.
    #[error(
        "it passes as written and fails in another order: what is meant there has to be decided by a person"
    )]
    Order,
    /// Something came that must never come.
    #[error("`{0}` came and stands in `never`: which of the two is right has to be decided by a person")]
    Never(String),
    /// The engine itself.
    #[error("the engine gave one id two payloads: this is a fault of fanin, not of the test")]
    Engine,
    /// Nothing came, and nothing would be left to expect.
    #[error("nothing came, so nothing would be left to expect: write what must come, or `never: [...]`")]
    Nothing,
}

/// The edits after which `case` expects what came in `report`, which failed, or is of a case that expects nothing yet.
///
/// # Errors
/// [`Undecided`]: no edit is right.
pub fn settle(plan: &Plan, case: &TestCase, report: &CaseReport) -> Result<Vec<Edit>, Undecided> {
    if report.variation.is_some() {
        return Err(Undecided::Order);
    }
    if is_unfinished(case) {
        let everything = everything(plan, &report.played);
        return if everything.is_empty() { Err(Undecided::Nothing) } else { Ok(everything) };
    }
    let mut edits = Vec::new();
    for failure in &report.failures {
        match &failure.what {
            What::Torn => return Err(Undecided::Engine),
            What::Never { .. } => return Err(Undecided::Never(failure.subject.to_string())),
            What::Unlike(unlike) => edits.extend(group(case, failure, unlike)),
        }
    }
    let gone = edits.iter().filter(|edit| matches!(edit, Edit::Remove { .. })).count();
    let new = edits.iter().any(|edit| matches!(edit, Edit::Add(_)));
    if gone >= case.expect.len() && !new && case.never.is_empty() {
        return Err(Undecided::Nothing);
    }
    Ok(edits)
}

/// Whether a case says nothing yet about what should come.
#[must_use]
pub fn is_unfinished(case: &TestCase) -> bool {
    case.expect.is_empty() && case.never.is_empty()
}

/// The edits for one name.
fn group(case: &TestCase, failure: &Failure, unlike: &Unlike) -> Vec<Edit> {
    let mut edits = Vec::new();
    for unmet in &unlike.unmet {
        let seen = unmet.nearest.as_ref().and_then(|(index, _)| unlike.seen.get(*index));
        edits.push(match seen {
            Some(seen) => Edit::Replace { entry: unmet.entry, fields: members(&unmet.wanted, &seen.fields) },
            None => Edit::Remove { entry: unmet.entry },
        });
    }
    let groups = expectations(case);
    let entries = groups.get(&failure.subject).map_or(&[][..], Vec::as_slice);
    // A new entry says as much as the one that says most.
    let model = entries.iter().max_by_key(|(_, fields)| fields.len()).map(|(_, fields)| *fields);
    for seen in unlike.surplus.iter().filter_map(|index| unlike.seen.get(*index)) {
        let fields = model.map(|model| members(model, &seen.fields)).unwrap_or_default();
        edits.extend(expected(&failure.subject, fields).map(Edit::Add));
    }
    edits
}

fn expected(subject: &Subject, fields: Map<String, Value>) -> Option<Expected> {
    match subject {
        Subject::Event(name) => Some(Expected::Event(name.clone(), fields)),
        Subject::Invoke(function) => Some(Expected::Invoke(function.clone(), fields)),
        Subject::Engine => None,
    }
}

/// What was found of the fields that were asked for.
fn members(wanted: &Map<String, Value>, found: &Value) -> Map<String, Value> {
    let each =
        wanted.iter().filter_map(|(name, wanted)| Some((name.clone(), value(wanted, found.get(name)?))));
    each.collect()
}

fn value(wanted: &Value, found: &Value) -> Value {
    match (wanted, found) {
        (Value::Object(wanted), Value::Object(_)) => Value::Object(members(wanted, found)),
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => {
            wanted.iter().zip(found).map(|(wanted, found)| value(wanted, found)).collect()
        }
        // A capture is text; who wrote a number goes on writing numbers.
        (Value::Number(number), Value::String(text)) => {
            if *text == number.to_string() {
                return wanted.clone();
            }
            let other: Option<serde_json::Number> = text.parse().ok();
            other.filter(|n| n.to_string() == *text).map_or_else(|| found.clone(), Value::Number)
        }
        (Value::Bool(flag), Value::String(text)) if *text == flag.to_string() => wanted.clone(),
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => wanted.clone(),
        _ => found.clone(),
    }
}

/// Everything that came, in order: each firing with its captures and its count, each call with its payload.
fn everything(plan: &Plan, played: &Played) -> Vec<Edit> {
    let mut came: Vec<(i64, Expected)> = Vec::new();
    for notice in &played.derived {
        if came.iter().any(|(_, e)| matches!(e, Expected::Event(name, _) if **name == *notice.name)) {
            continue;
        }
        let name = notice.name.to_string();
        let counts =
            plan.conditions.iter().any(|c| *c.name == *name.strip_suffix(".timeout").unwrap_or(&name));
        let fields = |seen: Seen| {
            let mut fields: Map<String, Value> = seen
                .captures
                .iter()
                .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                .collect();
            if let Some(count) = seen.fields.get("count").filter(|_| counts) {
                fields.insert("count".to_owned(), count.clone());
            }
            fields
        };
        let all = Subject::Event(name.clone()).seen(played).into_iter();
        came.extend(all.map(|seen| (seen.at.0, Expected::Event(name.clone(), fields(seen)))));
    }
    for call in &played.calls {
        let Some(function) = &call.function else { continue };
        let payload: Value = serde_json::from_str(&call.payload).unwrap_or_default();
        let fields = payload.as_object().cloned().unwrap_or_default();
        came.push((call.at.0, Expected::Invoke(function.to_string(), fields)));
    }
    came.sort_by_key(|(at, _)| *at);
    came.into_iter().map(|(_, expected)| Edit::Add(expected)).collect()
}
