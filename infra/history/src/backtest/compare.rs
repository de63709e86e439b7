//! What differs between the two sides of a pair, field by field, in words.

use std::collections::{BTreeMap, BTreeSet};

use fanin_runtime::documents::target_name;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::happening::Happening;
use super::names::Renames;
use super::payload;
use super::report::{FieldChange, What};

/// Ids shown of members that only one side has.
const SHOWN: usize = 3;
/// Characters shown of a value.
const SHOWN_CHARS: usize = 120;

/// What names mean in both versions.
#[derive(Debug)]
pub(super) struct Words {
    /// New names by which the old version knows something else.
    pub(super) renames: Renames,
    /// Old names of events from outside: their ids do not depend on a version.
    pub(super) raw: BTreeSet<String>,
}

/// What differs; empty: nothing does.
pub(super) fn differences(old: &Happening, new: &Happening, names: &Words) -> Vec<FieldChange> {
    let mut fields = Vec::new();
    differ(&mut fields, "outcome", &old.outcome, &new.outcome);
    if old.at != new.at {
        differ(&mut fields, "at", &old.at.to_string(), &new.at.to_string());
    }
    match old.what {
        What::Ending => ending(old, new, names, &mut fields),
        What::Call => call(old, new, &mut fields),
        What::RunEnd => run_end(old, new, &mut fields),
    }
    fields
}

fn differ(fields: &mut Vec<FieldChange>, field: &str, old: &str, new: &str) {
    if old != new {
        fields.push(FieldChange { field: field.to_owned(), old: old.to_owned(), new: new.to_owned() });
    }
}

/// Whether two texts are the same but for their own ids: no parsing for what is alike.
fn alike(old: &Happening, new: &Happening) -> bool {
    if old.text == new.text {
        return old.claim == new.claim;
    }
    let (a, b) = (old.identity.to_uuid(), new.identity.to_uuid());
    old.text.split(&*a).eq(new.text.split(&*b)) && old.claim == new.claim
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    detail: Detail<'a>,
}

#[derive(Deserialize)]
struct Detail<'a> {
    round: u32,
    count: u64,
    #[serde(borrow, default)]
    members: Option<&'a RawValue>,
    #[serde(borrow, default)]
    counts: Option<&'a RawValue>,
    #[serde(borrow)]
    missing: &'a RawValue,
}

fn ending(old: &Happening, new: &Happening, names: &Words, fields: &mut Vec<FieldChange>) {
    if alike(old, new) {
        return;
    }
    let read = |h: &Happening| {
        serde_json::from_str::<Envelope<'_>>(&h.text).map(|e| Facts::of(&e.detail, &names.renames))
    };
    let (Ok(a), Ok(b)) = (read(old), read(new)) else {
        if !payload::same(&old.text, &new.text) {
            differ(fields, "envelope", &cut(&old.text), &cut(&new.text));
        }
        return;
    };
    differ(fields, "round", &a.round.to_string(), &b.round.to_string());
    differ(fields, "count", &a.count.to_string(), &b.count.to_string());
    differ(fields, "missing", &a.missing, &b.missing);
    match (&a.members, &b.members) {
        (Some(a), Some(b)) => {
            members(old.claim.as_deref().unwrap_or(a), new.claim.as_deref().unwrap_or(b), names, fields)
        }
        _ => differ(fields, "counts", &a.counts, &b.counts),
    }
}

struct Facts {
    round: u32,
    count: u64,
    missing: String,
    members: Option<String>,
    counts: String,
}

impl Facts {
    fn of(detail: &Detail<'_>, renames: &Renames) -> Facts {
        let missing = match serde_json::from_str::<Value>(detail.missing.get()) {
            Ok(Value::Array(list)) => {
                let names = list.iter().filter_map(Value::as_str).map(|name| renames.any(name));
                names.collect::<Vec<_>>().join(", ")
            }
            Ok(value) => value.to_string(),
            Err(_) => String::new(),
        };
        Facts {
            round: detail.round,
            count: detail.count,
            missing,
            members: detail.members.map(|m| m.get().to_owned()),
            counts: detail.counts.map(|c| c.get().to_owned()).unwrap_or_default(),
        }
    }
}

/// Compares which events the members are, not what a version made of them.
fn members(old: &str, new: &str, names: &Words, fields: &mut Vec<FieldChange>) {
    let (old, new) = (listed(old, names), listed(new, names));
    let only = |a: &BTreeMap<String, u64>, b: &BTreeMap<String, u64>| {
        let beyond = |(id, times): (&String, &u64)| {
            let more = times.saturating_sub(b.get(id).copied().unwrap_or(0));
            (more > 0).then(|| id.clone())
        };
        let all: Vec<String> = a.iter().filter_map(beyond).collect();
        let mut shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if all.len() > SHOWN {
            shown.push_str(&format!(" and {} more", all.len() - SHOWN));
        }
        shown
    };
    let (gone, come) = (only(&old, &new), only(&new, &old));
    differ(fields, "members", &gone, &come);
}

/// Each member by a text that is the same in every version, with how often it is there.
fn listed(members: &str, names: &Words) -> BTreeMap<String, u64> {
    let Ok(Value::Object(groups)) = serde_json::from_str::<Value>(members) else { return BTreeMap::new() };
    let mut list = BTreeMap::new();
    for (name, members) in groups {
        let name = names.renames.any(&name);
        let raw = names.raw.contains(&name);
        for member in members.as_array().into_iter().flatten() {
            *list.entry(known_as(&name, raw, member)).or_insert(0) += 1;
        }
    }
    list
}

/// `part 018f...` for an event from outside; a derived one is known by its captures and its moment.
fn known_as(name: &str, raw: bool, member: &Value) -> String {
    let text = |field: &str| member.get(field).and_then(Value::as_str).unwrap_or_default();
    let derived = text("source").starts_with("fanin.") && text("source") != "fanin.operator";
    if raw && !derived {
        return format!("{name} {}", text("id"));
    }
    let captures = member.get("captures").map(Value::to_string).unwrap_or_default();
    format!("{name} {captures} of {}", text("time"))
}

fn call(old: &Happening, new: &Happening, fields: &mut Vec<FieldChange>) {
    let whom = |h: &Happening| h.call.as_ref().map(|c| target_name(&c.target)).unwrap_or_default();
    differ(fields, "target", &whom(old), &whom(new));
    if !payload::same(&old.text, &new.text) {
        let (path, a, b) = first_difference(&old.text, &new.text);
        fields.push(FieldChange {
            field: "input".to_owned(),
            old: at_path(&path, &a),
            new: at_path(&path, &b),
        });
    }
}

fn run_end(old: &Happening, new: &Happening, fields: &mut Vec<FieldChange>) {
    if alike(old, new) || payload::same(&old.text, &new.text) && old.claim == new.claim {
        return;
    }
    let read = |h: &Happening| serde_json::from_str::<Value>(&h.text).unwrap_or_default();
    let (old, new) = (read(old), read(new));
    for field in ["result", "results", "failed", "error", "cause", "attempts"] {
        let of = |v: &Value| v.pointer("/detail").and_then(|d| d.get(field)).map(Value::to_string);
        let (a, b) = (of(&old).unwrap_or_default(), of(&new).unwrap_or_default());
        if !payload::same(&a, &b) {
            let (path, a, b) = first_difference(&a, &b);
            differ(fields, field, &at_path(&path, &a), &at_path(&path, &b));
        }
    }
}

/// The first place where two JSON texts differ: its path, and both values.
fn first_difference(old: &str, new: &str) -> (String, String, String) {
    match (serde_json::from_str::<Value>(old), serde_json::from_str::<Value>(new)) {
        (Ok(a), Ok(b)) => {
            let mut path = "$".to_owned();
            let (a, b) = descend(&a, &b, &mut path);
            (path, a.map_or("nothing".to_owned(), show), b.map_or("nothing".to_owned(), show))
        }
        _ => ("$".to_owned(), cut(old), cut(new)),
    }
}

fn descend<'a>(a: &'a Value, b: &'a Value, path: &mut String) -> (Option<&'a Value>, Option<&'a Value>) {
    let unlike = |a: Option<&Value>, b: Option<&Value>| match (a, b) {
        (Some(a), Some(b)) => !payload::same(&a.to_string(), &b.to_string()),
        _ => true,
    };
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let found = x.keys().chain(y.keys()).find(|k| unlike(x.get(*k), y.get(*k)));
            let Some(name) = found else { return (Some(a), Some(b)) };
            path.push('.');
            path.push_str(name);
            match (x.get(name), y.get(name)) {
                (Some(a), Some(b)) => descend(a, b, path),
                (a, b) => (a, b),
            }
        }
        (Value::Array(x), Value::Array(y)) => {
            let found = (0..x.len().max(y.len())).find(|i| unlike(x.get(*i), y.get(*i)));
            let Some(place) = found else { return (Some(a), Some(b)) };
            path.push_str(&format!("[{place}]"));
            match (x.get(place), y.get(place)) {
                (Some(a), Some(b)) => descend(a, b, path),
                (a, b) => (a, b),
            }
        }
        _ => (Some(a), Some(b)),
    }
}

fn at_path(path: &str, value: &str) -> String {
    if path == "$" { value.to_owned() } else { format!("{path} = {value}") }
}

fn show(value: &Value) -> String {
    cut(&value.to_string())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= SHOWN_CHARS {
        return text.to_owned();
    }
    text.chars().take(SHOWN_CHARS).chain("...".chars()).collect()
}
