//! The keys of the schemas are the keys of the readers, neither more nor fewer.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{codes, compile, schema, testfile};

/// A construct: where its schema is, a file that holds it, and where in the file it stands.
struct Construct {
    name: &'static str,
    test: bool,
    pointer: &'static str,
    document: Value,
}

fn workflow(more: &Value) -> Value {
    let mut document = json!({ "version": 1, "name": "w", "events": { "e": {} } });
    let (Some(to), Some(from)) = (document.as_object_mut(), more.as_object()) else { return document };
    to.extend(from.clone());
    document
}

fn constructs() -> Vec<Construct> {
    let rule = |rule: Value| workflow(&json!({ "rules": { "r": rule } }));
    let tests = |test: Value| json!({ "workflow": "w.yaml", "tests": [test] });
    let construct = |name, test, pointer, document| Construct { name, test, pointer, document };
    vec![
        construct("", false, "", workflow(&json!({}))),
        construct("Event", false, "/events/e", workflow(&json!({}))),
        construct("Condition", false, "/conditions/c", workflow(&json!({ "conditions": { "c": {} } }))),
        construct("Rule", false, "/rules/r", rule(json!({}))),
        construct("Map", false, "/rules/r/map", rule(json!({ "map": {} }))),
        construct("Send", false, "/rules/r/send", rule(json!({ "send": {} }))),
        construct("Retrier", false, "/rules/r/retry/0", rule(json!({ "retry": [{}] }))),
        construct("Catcher", false, "/rules/r/catch/0", rule(json!({ "catch": [{}] }))),
        construct("Function", false, "/functions/f", workflow(&json!({ "functions": { "f": {} } }))),
        construct("", true, "", tests(json!({}))),
        construct("Test", true, "/tests/0", tests(json!({}))),
        construct("Function", true, "/tests/0/functions/f", tests(json!({ "functions": { "f": {} } }))),
        construct("Call", true, "/tests/0/expect/0", tests(json!({ "expect": [{ "invoke": "f" }] }))),
    ]
}

/// The keys that a schema gives a construct.
fn keys(construct: &Construct) -> BTreeSet<String> {
    let schema: Value =
        serde_json::from_str(&if construct.test { schema::test() } else { schema::workflow() }).unwrap();
    let at = if construct.name.is_empty() { &schema } else { &schema["$defs"][construct.name] };
    assert_eq!(at["additionalProperties"], json!(false), "{} is closed", construct.name);
    at["properties"].as_object().unwrap().keys().cloned().collect()
}

/// Whether the reader knows a key there.
fn knows(construct: &Construct, key: &str) -> bool {
    let mut document = construct.document.clone();
    let target = document.pointer_mut(construct.pointer).and_then(Value::as_object_mut).unwrap();
    if !target.contains_key(key) {
        target.insert(key.to_owned(), json!("x"));
    }
    let text = document.to_string();
    let found = if construct.test {
        testfile::parse("w.json", &text).diagnostics
    } else {
        compile("w.json", &text).diagnostics
    };
    let message = format!("has no key `{key}`");
    !found.iter().any(|d| d.code == codes::UNKNOWN_KEY.id && d.message.contains(&message))
}

#[test]
fn schemas_and_readers_have_the_same_keys() {
    let constructs = constructs();
    let mut universe: BTreeSet<String> = constructs.iter().flat_map(keys).collect();
    // Keys that the readers may know and no schema says.
    universe.extend(
        [
            "allow",
            "description",
            "comment",
            "title",
            "of",
            "for",
            "Comment",
            "ResultPath",
            "Next",
            "default",
            "as",
            "once",
        ]
        .map(str::to_owned),
    );
    let mut wrong = Vec::new();
    for construct in &constructs {
        let keys = keys(construct);
        for key in &universe {
            match (knows(construct, key), keys.contains(key)) {
                (true, false) => wrong
                    .push(format!("the reader knows `{key}` in {}, the schema does not", construct.pointer)),
                (false, true) => wrong
                    .push(format!("the schema has `{key}` in {}, the reader does not", construct.pointer)),
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(universe.len() > 60, "{} keys", universe.len());
}

#[test]
fn every_key_is_described() {
    for schema in [schema::workflow(), schema::test(), schema::event()] {
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let definitions = schema["$defs"].as_object().unwrap().values().chain([&schema]);
        for definition in definitions.filter(|d| d.get("properties").is_some()) {
            for (key, property) in definition["properties"].as_object().unwrap() {
                assert!(
                    property == &json!(false) || property["description"].is_string(),
                    "`{key}` has no description"
                );
            }
        }
    }
}
