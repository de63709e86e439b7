//! A workflow file as types. Their documentation is what an editor shows.
#![expect(dead_code, reason = "the types are only described, never built")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::kinds;
use super::pattern::{Matcher, Pattern};
use super::rule::{Function, Rule};
use super::words::{
    Allow, Captures, Duration, Member, Members, Name, ObjectTemplate, Reach, Schedule, Template,
};
use crate::limits::{MAX_ENTRIES, MAX_MEMBERS};

/// A workflow of fanin: what can happen, what must have happened, what to do about it, and whom to call.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Workflow {
    /// Where this schema lies, for editors.
    #[schemars(rename = "$schema")]
    schema: Option<String>,
    /// The version of the workflow language: 1.
    #[schemars(extend("const" = 1))]
    version: u64,
    /// The workflow's name. It is part of the source of every event the workflow makes: `fanin.NAME`.
    name: Name,
    /// What can happen, and what this workflow calls it.
    #[schemars(extend("maxProperties" = MAX_ENTRIES, "propertyNames" = kinds::name(), "x-nothing" = true))]
    events: BTreeMap<String, Event>,
    /// What must have happened, per correlation key. A condition that fires is an event of its name.
    #[schemars(extend("maxProperties" = MAX_ENTRIES, "propertyNames" = kinds::name(), "x-nothing" = true))]
    conditions: Option<BTreeMap<String, Condition>>,
    /// What to do about it. A rule that ends is an event: `RULE.done` or `RULE.failed`.
    #[schemars(extend("maxProperties" = MAX_ENTRIES, "propertyNames" = kinds::name(), "x-nothing" = true))]
    rules: Option<BTreeMap<String, Rule>>,
    /// Whom to call: names used by `invoke`, and how each is called.
    #[schemars(extend("maxProperties" = MAX_ENTRIES, "propertyNames" = kinds::name(), "x-nothing" = true))]
    functions: Option<BTreeMap<String, Function>>,
    /// Warnings that are all right anywhere in this file: the code, and why.
    allow: Option<Allow>,
}

/// An event: exactly one of `s3`, `match` and `schedule` says how it is recognized.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = kinds::event()))]
pub(super) struct Event {
    /// An upload: bucket, slash and a template of the key, whose names are captured.
    s3: Option<ObjectTemplate>,
    /// An EventBridge event pattern.
    #[schemars(rename = "match")]
    pattern: Option<Pattern>,
    /// Regular moments in UTC.
    schedule: Option<Schedule>,
    /// What to remember of the event: a JSONPath into the envelope, and a template that names what is there:
    /// `{ $.detail.id: "{order}" }`. An event without it is not this event.
    #[schemars(extend("propertyNames" = kinds::path()))]
    capture: Option<BTreeMap<String, Template>>,
    /// Warnings that are all right here: the code, and why.
    allow: Option<Allow>,
}

/// A condition: exactly one kind (`all`, `any`, `at_least` with `of`, `count` with `reach`, `sequence`, `absent` with
/// `for`), and options.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = kinds::condition()))]
pub(super) struct Condition {
    /// Fires when every name was seen.
    all: Option<Members>,
    /// Fires when one of the names was seen.
    any: Option<Members>,
    /// Fires when so many different names of `of` were seen.
    #[schemars(range(min = 1, max = MAX_MEMBERS))]
    at_least: Option<u64>,
    /// The names that `at_least` counts.
    of: Option<Members>,
    /// Fires when this event came as often as `reach` says.
    count: Option<Member>,
    /// Fires when the names happened in this order, by the events' own time.
    sequence: Option<Members>,
    /// Fires when this event did not come for as long as `for` says: after the last one, or after `after`.
    absent: Option<Member>,
    /// With `absent`: the event that starts the clock. Fires at most once for a key.
    after: Option<Member>,
    /// The correlation key: one capture or a list of captures, which every member must have. Without it there is one
    /// instance for all.
    by: Option<Captures>,
    /// With `count`: counts different values of this capture in place of events.
    #[schemars(extend("minLength" = 1))]
    distinct: Option<String>,
    /// With `count`: how many. A whole number, or a capture of an event such as `manifest.parts`, which may come first, last
    /// or in between.
    reach: Option<Reach>,
    /// With `absent`: how long it must be absent.
    #[schemars(rename = "for")]
    hold: Option<Duration>,
    /// The deadline, from the first member on: `1h`. After it comes the event `NAME.timeout`. Without it there is none.
    within: Option<Duration>,
    /// With `count`: so many within the last while, for example `10m`. Needs `fire: every`.
    sliding: Option<Duration>,
    /// With `count`: so many within a window of this length, aligned to the clock in UTC. Needs `fire: every`.
    tumbling: Option<Duration>,
    /// How often a key fires: `once` (the default), or `every` time anew. For `absent` without `after` the default is
    /// `every`.
    fire: Option<Fire>,
    /// What a firing carries of its members: whole events (the default), their captures, or nothing.
    collect: Option<Collect>,
    /// How long a closed instance is remembered, so that late and repeated events do not count. Default `5d`, at least `24h`
    /// where an event from outside is a member.
    retain: Option<Duration>,
    /// Warnings that are all right here: the code, and why.
    allow: Option<Allow>,
}

/// How often a key fires.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Fire {
    /// Once for a key.
    Once,
    /// Again and again, each time anew.
    Every,
}

/// What a firing carries of its members.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
enum Collect {
    /// Whole envelopes with their captures.
    Event,
    /// Id, time and captures.
    Captures,
    /// Counts only.
    None,
}

/// Keeps what is only referred to by name.
#[derive(JsonSchema)]
pub(super) struct Referred {
    matcher: Matcher,
}
