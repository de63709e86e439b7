//! What a play came to, without the moments and ids that the engine gave: what has to be the same in every order.

use std::collections::BTreeMap;

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_runtime::LetterKind;
use serde_json::Value;

use crate::check::Subject;
use crate::play::Played;

/// Fields of a derived event that are compared, beside its captures. What it carries of its members is compared where a
/// call's payload has it.
const FIELDS: [&str; 9] =
    ["count", "round", "reason", "missing", "failed", "error", "cause", "result", "results"];
/// Stands for a moment: when something came is no outcome.
const MOMENT: &str = "(moment)";
/// Stands for an id that the engine gave.
const ID: &str = "(id)";

/// What can come, in the order in which differences are told: what others hang on first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Thing {
    /// Firings and timeouts of a condition, by the event's name.
    Firing(String),
    /// Calls of a rule.
    Call(String),
    /// Completions of a rule, by the event's name.
    Completion(String),
    /// Dead letters with this code.
    Dead(String),
}

/// In which way a thing differs, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// More of them came, or fewer.
    Number,
    /// As many came, with other content.
    Content,
    /// The same came, with lists in another order.
    ListOrder,
}

/// A difference between two outcomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed {
    /// In which way.
    pub how: How,
    /// What.
    pub thing: Thing,
    /// How many came as written, and how many in the variation.
    pub counts: (usize, usize),
    /// What came as written only.
    pub written: Vec<Value>,
    /// What came in the variation only.
    pub varied: Vec<Value>,
}

/// Everything that came, by what it is, in an order of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Outcome(BTreeMap<Thing, Vec<Value>>);

impl Outcome {
    pub(super) fn of(plan: &Plan, played: &Played) -> Outcome {
        let mut outcome = Outcome::default();
        let names: std::collections::BTreeSet<&str> = played.derived.iter().map(|n| &*n.name).collect();
        for name in names {
            let condition = name.strip_suffix(".timeout").unwrap_or(name);
            let thing = if plan.conditions.iter().any(|c| *c.name == *condition) {
                Thing::Firing(name.to_owned())
            } else {
                Thing::Completion(name.to_owned())
            };
            for seen in Subject::Event(name.to_owned()).seen(played) {
                let mut fields: serde_json::Map<String, Value> = seen
                    .captures
                    .iter()
                    .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
                    .collect();
                for field in FIELDS {
                    if let Some(value) = seen.fields.get(field) {
                        fields.entry(field).or_insert_with(|| value.clone());
                    }
                }
                outcome.add(thing.clone(), Value::Object(fields));
            }
        }
        for call in &played.calls {
            let payload = serde_json::from_str(&call.payload).unwrap_or_default();
            outcome.add(Thing::Call(call.rule.to_string()), payload);
        }
        for letter in &played.dead {
            let of = match &letter.what {
                LetterKind::Action { rule, .. } => rule.clone(),
                LetterKind::Derived { name, .. } => name.clone(),
                _ => serde_json::from_str::<Value>(&letter.payload)
                    .ok()
                    .and_then(|event| Some(event.get("id")?.as_str()?.to_owned()))
                    .unwrap_or_default(),
            };
            outcome.add(Thing::Dead(letter.code.clone()), Value::String(of));
        }
        outcome.0.values_mut().for_each(|all| all.sort_by_key(Value::to_string));
        outcome
    }

    fn add(&mut self, thing: Thing, mut value: Value) {
        anonymous(&mut value);
        self.0.entry(thing).or_default().push(value);
    }

    /// The worst difference of `other`, a variation, to this one. None: they are the same.
    pub(super) fn changed(&self, other: &Outcome) -> Option<Changed> {
        let none = Vec::new();
        let things: std::collections::BTreeSet<&Thing> = self.0.keys().chain(other.0.keys()).collect();
        let mut worst: Option<Changed> = None;
        for thing in things {
            let (written, varied) = (self.0.get(thing).unwrap_or(&none), other.0.get(thing).unwrap_or(&none));
            let Some(how) = how(written, varied) else { continue };
            if worst.as_ref().is_none_or(|known| how < known.how) {
                worst = Some(Changed {
                    how,
                    thing: thing.clone(),
                    counts: (written.len(), varied.len()),
                    written: without(written, varied),
                    varied: without(varied, written),
                });
            }
        }
        worst
    }
}

fn how(written: &[Value], varied: &[Value]) -> Option<How> {
    if written == varied {
        return None;
    }
    if written.len() != varied.len() {
        return Some(How::Number);
    }
    let unordered = |all: &[Value]| {
        let mut all: Vec<String> = all.iter().map(|value| unordered(value).to_string()).collect();
        all.sort();
        all
    };
    let same = unordered(written) == unordered(varied);
    Some(if same { How::ListOrder } else { How::Content })
}

/// What of `all` is not in `others`, each counted.
fn without(all: &[Value], others: &[Value]) -> Vec<Value> {
    let mut others: Vec<&Value> = others.iter().collect();
    let mut left = Vec::new();
    for value in all {
        if let Some(place) = others.iter().position(|other| *other == value) {
            others.swap_remove(place);
        } else {
            left.push(value.clone());
        }
    }
    left
}

/// With every list in an order of its own.
fn unordered(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(unordered).collect();
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), unordered(value))).collect()
        }
        other => other.clone(),
    }
}

/// Puts words in the place of moments and ids.
fn anonymous(value: &mut Value) {
    match value {
        Value::String(text) if Timestamp::parse(text).is_some() => MOMENT.clone_into(text),
        Value::String(text) if is_id(text) => ID.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(anonymous),
        Value::Object(fields) => fields.values_mut().for_each(anonymous),
        _ => {}
    }
}

/// A UUID, also within a longer name, as that of an action is: `UUID`, `UUID-3`.
fn is_id(text: &str) -> bool {
    let Some(head) = text.get(..36) else { return false };
    head.char_indices()
        .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::slice::from_ref;

    fn outcome(calls: &[Value]) -> Outcome {
        let mut outcome = Outcome::default();
        calls.iter().for_each(|call| outcome.add(Thing::Call("r".to_owned()), call.clone()));
        outcome.0.values_mut().for_each(|all| all.sort_by_key(Value::to_string));
        outcome
    }

    #[test]
    fn moments_and_ids_are_no_outcome() {
        let one =
            json!({ "at": "2026-01-01T00:00:00.001Z", "id": "17793124-05d4-b198-2fde-7ededc63b100", "n": 1 });
        let other =
            json!({ "at": "2026-01-02T00:00:00Z", "id": "27793124-05d4-b198-2fde-7ededc63b100-2", "n": 1 });
        assert_eq!(outcome(&[one]).changed(&outcome(&[other])), None);
        for text in ["2026-01-01", "given-1", "17793124-05d4-b198-2fde", "T", "2026-1-01T00:00:00Z"] {
            assert!(Timestamp::parse(text).is_none() && !is_id(text), "{text}");
        }
    }

    #[test]
    fn the_worst_difference_is_told_and_only_what_differs() {
        let how =
            |a: &[Value], b: &[Value]| outcome(a).changed(&outcome(b)).map(|c| (c.how, c.written, c.varied));
        let (a, b, c) = (json!({ "l": [1, 2] }), json!({ "l": [2, 1] }), json!({ "l": [3] }));
        assert_eq!(how(&[a.clone(), c.clone()], &[c.clone(), a.clone()]), None);
        let lists = Some((How::ListOrder, vec![a.clone()], vec![b.clone()]));
        assert_eq!(how(&[a.clone(), c.clone()], &[c.clone(), b.clone()]), lists);
        assert_eq!(how(from_ref(&a), from_ref(&c)), Some((How::Content, vec![a.clone()], vec![c.clone()])));
        assert_eq!(how(from_ref(&a), &[a.clone(), a.clone()]), Some((How::Number, vec![], vec![a])));
    }
}
