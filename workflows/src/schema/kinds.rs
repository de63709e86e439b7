//! What excludes what: exactly one kind, and the keys that go with it.

use serde_json::{Map, Value, json};

use crate::limits::MAX_NAME_BYTES;

/// One way to write a construct: keys it needs, and keys that do not go with it.
fn way(title: &str, needs: &[&str], never: &[&str]) -> Value {
    let never: Map<String, Value> = never.iter().map(|key| ((*key).to_owned(), json!(false))).collect();
    let mut way = json!({ "title": title, "required": needs });
    if let Some(way) = way.as_object_mut().filter(|_| !never.is_empty()) {
        way.insert("properties".to_owned(), Value::Object(never));
    }
    way
}

/// One of the names alone.
fn one_of(keys: &[&str]) -> Value {
    keys.iter().map(|key| way(key, &[key], &[])).collect()
}

pub(super) fn event() -> Value {
    one_of(&["s3", "match", "schedule"])
}

pub(super) fn rule() -> Value {
    one_of(&["invoke", "send"])
}

pub(super) fn function() -> Value {
    let called = ["command", "lambda", "bootstrap", "http"].map(|key| way(key, &[key], &["after"]));
    let stubs = ["respond", "fail"].map(|key| way(key, &[key], &[]));
    called.into_iter().chain(stubs).collect()
}

pub(super) fn condition() -> Value {
    const COUNT: [&str; 4] = ["distinct", "reach", "sliding", "tumbling"];
    const ABSENT: [&str; 2] = ["after", "for"];
    let never = |sets: &[&[&'static str]]| sets.concat();
    let plain = never(&[&["of"], &COUNT, &ABSENT]);
    let mut ways: Vec<Value> =
        ["all", "any", "sequence"].iter().map(|key| way(key, &[key], &plain)).collect();
    ways.push(way("at_least", &["at_least", "of"], &never(&[&COUNT, &ABSENT])));
    ways.push(count(way("count", &["count", "reach"], &never(&[&["of"], &ABSENT]))));
    let mut absent = way("absent", &["absent", "for"], &never(&[&["of", "within"], &COUNT]));
    if let Some(absent) = absent.as_object_mut() {
        let once = json!({ "properties": { "fire": { "const": "once" } } });
        absent.insert("if".to_owned(), json!({ "required": ["after"] }));
        absent.insert("then".to_owned(), once);
    }
    ways.push(absent);
    Value::Array(ways)
}

/// A window fires again and again, has no deadline beside it, and needs a number to reach.
fn count(mut way: Value) -> Value {
    let windowed = json!({
        "required": ["fire"],
        "properties": { "fire": { "const": "every" }, "within": false, "reach": { "type": "integer" } },
        "not": { "required": ["sliding", "tumbling"] },
    });
    if let Some(way) = way.as_object_mut() {
        let either = json!({ "anyOf": [{ "required": ["sliding"] }, { "required": ["tumbling"] }] });
        way.insert("if".to_owned(), either);
        way.insert("then".to_owned(), windowed);
    }
    way
}

/// An entry of `given`: `at`, `id` and `detail` are options, one other key is the event.
pub(super) fn given() -> Value {
    const OPTIONS: [&str; 3] = ["at", "id", "detail"];
    let subset = |bits: usize| {
        let taken = |i: usize| bits & (1 << i) != 0;
        let there: Vec<&str> =
            OPTIONS.iter().enumerate().filter(|(i, _)| taken(*i)).map(|(_, key)| *key).collect();
        let absent: Map<String, Value> = OPTIONS
            .iter()
            .enumerate()
            .filter(|(i, _)| !taken(*i))
            .map(|(_, key)| ((*key).to_owned(), json!(false)))
            .collect();
        let count = there.len() + 1;
        json!({
            "if": { "required": there, "properties": absent },
            "then": { "minProperties": count, "maxProperties": count },
        })
    };
    (0..1 << OPTIONS.len()).map(subset).collect()
}

/// The schema of a name that stands as a key.
pub(super) fn name() -> Value {
    json!({ "$ref": "#/$defs/Name", "maxLength": MAX_NAME_BYTES })
}

/// The schema of a path that stands as a key.
pub(super) fn path() -> Value {
    json!({ "pattern": r"^\$" })
}

/// `States.` is reserved: only names known there may begin with it.
pub(super) fn error_name() -> String {
    use fanin_rule::errors::{
        ALL, DATA_LIMIT_EXCEEDED, INTRINSIC_FAILURE, PARAMETER_PATH_FAILURE, RUNTIME, TASK_FAILED, TIMEOUT,
        TOLERANCE_EXCEEDED,
    };
    let known = [
        ALL,
        TASK_FAILED,
        TIMEOUT,
        PARAMETER_PATH_FAILURE,
        INTRINSIC_FAILURE,
        DATA_LIMIT_EXCEEDED,
        RUNTIME,
        TOLERANCE_EXCEEDED,
    ];
    format!("^(?!States\\.)|^({})$", known.join("|").replace('.', "\\."))
}
