//! Event patterns: objects of lists of matchers, as EventBridge writes them.

use schemars::json_schema;
use serde_json::{Value, json};

use super::words::word;

/// One operator's object: nothing stands beside the operator.
fn operator(name: &str, description: &str, value: Value) -> Value {
    let mut value = value;
    if let Some(value) = value.as_object_mut() {
        value.insert("description".to_owned(), description.into());
    }
    json!({
        "type": "object", "title": name, "required": [name], "properties": { name: value },
        "additionalProperties": false,
    })
}

fn one_or_more(item: &Value) -> Value {
    json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
}

/// A prefix or a suffix: a text, or one whatever the case.
fn affix() -> Value {
    json!({ "anyOf": [
        { "type": "string" },
        { "type": "object", "required": ["equals-ignore-case"], "additionalProperties": false,
          "properties": { "equals-ignore-case": { "type": "string" } } },
    ] })
}

fn excluded() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let by = |name: &str, item: &Value| {
        json!({ "type": "object", "required": [name], "properties": { name: one_or_more(item) },
                "additionalProperties": false })
    };
    json!({ "anyOf": [
        { "type": ["string", "number"] },
        { "type": "array", "minItems": 1, "items": { "type": "string" } },
        { "type": "array", "minItems": 1, "items": { "type": "number" } },
        by("prefix", &text), by("suffix", &text),
        by("equals-ignore-case", &json!({ "type": "string" })), by("wildcard", &json!({ "type": "string" })),
    ] })
}

fn numeric() -> Value {
    let comparison = |words: &[&str]| json!({ "enum": words });
    let number = json!({ "type": "number" });
    json!({ "anyOf": [
        { "type": "array", "minItems": 2, "maxItems": 2,
          "prefixItems": [comparison(&["=", "<", "<=", ">", ">="]), number] },
        { "type": "array", "minItems": 4, "maxItems": 4,
          "prefixItems": [comparison(&[">", ">="]), number, comparison(&["<", "<="]), number] },
    ] })
}

/// Every operator.
fn matchers() -> Vec<Value> {
    let text = json!({ "type": "string" });
    vec![
        json!({ "type": ["string", "number", "boolean", "null"], "description": "That value." }),
        operator("exactly", "That text, never as an address.", text.clone()),
        operator("prefix", "The beginning of a text.", affix()),
        operator("suffix", "The end of a text.", affix()),
        operator("equals-ignore-case", "The text, whatever the case.", text.clone()),
        operator(
            "wildcard",
            "`*` is any text, also none; `\\*` is a star. Never two stars side by side.",
            json!({ "type": "string", "not": { "pattern": r"(^|[^\\])\*\*" } }),
        ),
        operator(
            "numeric",
            "A comparison, or a range with the lower bound first: `[\">\", 0, \"<=\", 5]`.",
            numeric(),
        ),
        operator(
            "cidr",
            "An address in the block: `10.0.0.0/24`.",
            json!({ "type": "string", "pattern": "^[0-9A-Fa-f.:]+/[0-9]+$" }),
        ),
        operator(
            "exists",
            "`true`: a value is there, whatever it is; `false`: none is.",
            json!({ "type": "boolean" }),
        ),
        operator("anything-but", "Any value but these.", excluded()),
    ]
}

word! {
    /// An EventBridge event pattern. Members are combined with and, the entries of one list with or: `{ source: [shop],
    /// detail: { total: [ { numeric: [">=", 100] } ] } }`.
    Pattern = json_schema!({
        "type": "object",
        "minProperties": 1,
        "properties": {
            "$or": {
                "description": "One of the alternatives: at least two patterns.",
                "type": "array",
                "anyOf": [
                    { "items": { "$ref": "#/$defs/Pattern" }, "minItems": 2 },
                    { "items": { "$ref": "#/$defs/Matcher" }, "minItems": 1 },
                ],
            },
        },
        "additionalProperties": {
            "type": ["object", "array"],
            "if": { "type": "object" },
            "then": { "$ref": "#/$defs/Pattern" },
            "else": { "items": { "$ref": "#/$defs/Matcher" }, "minItems": 1 },
        },
    })
}

word! {
    /// One entry of a list in a pattern: a value, or an object with one operator.
    Matcher = json_schema!({ "anyOf": matchers() })
}
