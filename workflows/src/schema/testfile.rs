//! A test file as types. Their documentation is what an editor shows.
#![expect(dead_code, reason = "the types are only described, never built")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, json_schema};

use super::kinds;
use super::rule::Function;
use super::words::{Allow, Scalar, Since, Subset, Text, Wait, word};
use crate::limits::{MAX_SHUFFLE, MAX_STEPS, MAX_TESTS};

/// Tests of a workflow, played in virtual time by `fanin test`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Tests {
    /// Where this schema lies, for editors.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// The workflow's file, relative to this one.
    workflow: Text,
    /// The tests, each played alone.
    #[schemars(length(max = MAX_TESTS))]
    tests: Vec<Test>,
    /// Warnings that are all right anywhere in this file: the code, and why.
    allow: Option<Allow>,
}

/// One test: what is given, and what must have happened. It expects something in `expect` or `never`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("anyOf" = [
    { "required": ["expect"], "properties": { "expect": { "minItems": 1 } } },
    { "required": ["never"], "properties": { "never": { "minItems": 1 } } },
]))]
struct Test {
    /// What it shows, in your words.
    name: Text,
    /// Functions that answer otherwise than the workflow says: `respond` and `fail` as declared, others answer `{}`.
    #[schemars(extend("propertyNames" = kinds::name(), "x-nothing" = true))]
    functions: Option<BTreeMap<String, Function>>,
    /// The events that come, in this order, each 1 ms after the one above unless it says `at`.
    #[schemars(length(max = MAX_STEPS))]
    given: Option<Vec<Given>>,
    /// How long the clock goes on after the last event. Without it the clock stops there.
    wait: Option<Wait>,
    /// What must have happened, in any order. For each name in it, neither more nor fewer.
    #[schemars(length(max = MAX_STEPS))]
    expect: Option<Vec<Expect>>,
    /// Names and calls that must not occur.
    #[schemars(length(max = MAX_STEPS))]
    never: Option<Vec<Never>>,
    /// Plays so many random orders besides, with duplicates and crashes.
    #[schemars(range(min = 0, max = MAX_SHUFFLE))]
    shuffle: Option<u32>,
    /// Warnings that are all right here: the code, and why.
    allow: Option<Allow>,
}

/// An event of the workflow: its name alone, or with its captures.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Given {
    /// An event with no captures to give.
    Bare(String),
    /// `{ part: { job: "42" } }`, with `at`, `id` and `detail` beside it if needed.
    Event(GivenEvent),
}

/// An event with its captures; beside it `at`, `id` and `detail`.
#[derive(JsonSchema)]
#[schemars(extend("allOf" = kinds::given(), "additionalProperties" = { "$ref": "#/$defs/Values" }))]
struct GivenEvent {
    /// When it comes, since the start of the test: `+5m`.
    at: Option<Since>,
    /// Its id. The same id makes a duplicate. Without one it has an id of its own.
    id: Option<Scalar>,
    /// What to add to its `detail`, or to replace there.
    #[schemars(extend("type" = "object"))]
    detail: Option<BTreeMap<String, super::words::Anything>>,
}

word! {
    /// The captures of an event with their texts: `{ job: "42", part: "1" }`.
    Values = json_schema!({ "type": ["null", "object"], "additionalProperties": { "$ref": "#/$defs/Scalar" } })
}

/// An event of the workflow, or a call.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Expect {
    /// The event happens.
    Bare(String),
    /// A function is called.
    Call(Call),
    /// The event happens, with these fields of its key or its detail.
    Event(ExpectedEvent),
}

word! {
    /// An event and what it must have: `{ parts_complete: { job: "42", count: 3 } }`.
    ExpectedEvent = json_schema!({
        "type": "object", "minProperties": 1, "maxProperties": 1, "properties": { "invoke": false },
        "additionalProperties": { "$ref": "#/$defs/Subset" },
    })
}

/// A function that is called. Every attempt is a call.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Call {
    /// The function.
    invoke: Text,
    /// What its payload must have.
    input: Option<Subset>,
}

/// An event's name, or a call.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Never {
    /// The event does not happen.
    Event(String),
    /// The function is not called.
    Call(NeverCall),
}

/// A function that is not called.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct NeverCall {
    /// The function.
    invoke: Text,
}

/// Keeps what is only referred to by name.
#[derive(JsonSchema)]
pub(super) struct Referred {
    values: Values,
    subset: Subset,
    name: super::words::Name,
}
