//! JSON Schemas (draft 2020-12) of the workflow file, the test file and the event, for editors and other tools.
//!
//! They are made of types that have the shape of what the readers accept; the documentation of a field is what an editor
//! shows beside it. The readers work on a tree with places, so that they can report everything at once: these types are
//! only described, never built, and tests hold the two together, key by key and file by file. A schema sees one value at
//! a time: names that lead nowhere, captures that are missing and the like are for `fanin check`.

mod event;
mod kinds;
mod pattern;
mod rule;
mod testfile;
#[cfg(test)]
mod tests;
mod words;
mod workflow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The schema of workflow files, as JSON text with a line end.
#[must_use]
pub fn workflow() -> String {
    text::<workflow::Workflow>("A workflow of fanin, version 1", |generator| {
        generator.subschema_for::<workflow::Referred>();
        generator.subschema_for::<rule::Retrier>();
    })
}

/// The schema of test files, as JSON text with a line end.
#[must_use]
pub fn test() -> String {
    text::<testfile::Tests>("Tests of a workflow of fanin, version 1", |generator| {
        generator.subschema_for::<testfile::Referred>();
    })
}

/// The schema of events, as JSON text with a line end.
#[must_use]
pub fn event() -> String {
    text::<event::Envelope>("An event for fanin", |generator| {
        generator.subschema_for::<event::Referred>();
    })
}

fn text<T: JsonSchema>(title: &str, referred: impl Fn(&mut SchemaGenerator)) -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    referred(&mut generator);
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    let mut members = match schema {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    members.insert("title".to_owned(), title.into());
    if let Some(defs) = members.get_mut("$defs").and_then(Value::as_object_mut) {
        defs.remove("Referred");
    }
    let mut ordered = Map::new();
    for key in ["$schema", "title", "description"] {
        ordered.extend(members.remove_entry(key));
    }
    let defs = members.remove_entry("$defs");
    ordered.extend(members);
    ordered.extend(defs);
    format!("{:#}\n", Value::Object(ordered))
}

/// A key that need not be there is not one that may be null, except where the language says so (`x-nothing`).
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(members) => {
            members.values_mut().for_each(tidy);
            optional(members);
            // Sizes of numbers in Rust mean nothing to others, nor do the line ends of its comments.
            members.retain(|key, value| key != "format" || value == "date-time");
            if let Some(Value::String(text)) = members.get_mut("description") {
                *text = text.replace('\n', " ");
            }
            if members.remove("x-nothing").is_some() {
                members.insert("type".to_owned(), json!(["null", "object"]));
            }
        }
        _ => {}
    }
}

/// Takes out the null that an optional field brings: the last of two types or alternatives. A null that is meant stands
/// first.
fn optional(members: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = members.get_mut("type")
        && let [only, last] = types.as_slice()
        && last == "null"
    {
        let only = only.clone();
        members.insert("type".to_owned(), only);
    }
    if let Some(Value::Array(ways)) = members.get("anyOf")
        && let [Value::Object(only), last] = ways.as_slice()
        && *last == json!({ "type": "null" })
    {
        let only = only.clone();
        members.remove("anyOf");
        members.extend(only);
    }
}
