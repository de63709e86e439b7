//! The small words of the language: names, durations, paths, templates. Each is a text or a number with a form.

use schemars::json_schema;

use crate::limits::{MAX_ALLOWS, MAX_KEY_CAPTURES, MAX_MEMBERS, MAX_NAME_BYTES};

/// A type that stands for a schema written by hand.
macro_rules! word {
    ($(#[doc = $doc:literal])* $name:ident = $schema:expr) => {
        $(#[doc = $doc])*
        pub(super) struct $name;

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut schema: schemars::Schema = $schema;
                let lines: &[&str] = &[$($doc),*];
                let text = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
                schema.insert("description".to_owned(), text.into());
                schema
            }
        }
    };
}

pub(super) use word;

/// Letters, digits, `_` and `-`; none of the words that test files use for something else.
const NAME: &str = "^(?!(at|id|detail|wait|invoke|input)$)[A-Za-z_][A-Za-z0-9_-]*$";
/// A number with the unit `$u`.
macro_rules! part {
    ($u:literal) => {
        concat!("([0-9]+([.,][0-9]+)?", $u, ")?")
    };
}
/// `1d2h30m5s500ms`
const SHORT: &str = concat!(part!("d"), part!("h"), part!("m"), part!("s"), part!("ms"));
/// `P1DT2H30M`
const ISO: &str = concat!(
    "[Pp](?=[0-9Tt])",
    part!("[Ww]"),
    part!("[Dd]"),
    "([Tt](?=[0-9])",
    part!("[Hh]"),
    part!("[Mm]"),
    part!("[Ss]"),
    ")?"
);
/// `{name}` and `{name...}` between any text; `{{` and `}}` are braces.
macro_rules! template {
    () => {
        r"([^{}]|\{\{|\}\}|\{[A-Za-z_][A-Za-z0-9_-]*(\.\.\.)?\})+"
    };
}

word! {
    /// A name: letters, digits, `_` and `-`, a letter or `_` first, without dots. Unique over the whole file.
    Name = json_schema!({ "type": "string", "pattern": NAME, "maxLength": MAX_NAME_BYTES })
}

word! {
    /// How long: `90s`, `10m`, `1h30m`, `7d`, `500ms`, the largest unit first; or ISO 8601 such as `PT1H30M`. More than
    /// nothing, at most ten years (`3653d`).
    Duration = json_schema!({
        "type": "string", "minLength": 2, "pattern": format!(r"^(?=.*[1-9])\s*({SHORT}|{ISO})\s*$"),
    })
}

word! {
    /// How long, which may be nothing (`0s`): `90s`, `10m`, `1h30m`, `7d`, `500ms`, or ISO 8601 such as `PT1H30M`.
    Wait = json_schema!({ "type": "string", "minLength": 2, "pattern": format!(r"^\s*({SHORT}|{ISO})\s*$") })
}

word! {
    /// Since the start of the test: `+5m`, `+1h30m`.
    Since = json_schema!({ "type": "string", "minLength": 2, "pattern": format!(r"^\+?\s*({SHORT}|{ISO})\s*$") })
}

word! {
    /// A text that is not empty.
    Text = json_schema!({ "type": "string", "minLength": 1 })
}

word! {
    /// The name of an event, a condition, `CONDITION.timeout`, `RULE.done`, `RULE.failed`, or of what a `catch` emits.
    Member = json_schema!({ "type": "string", "minLength": 1 })
}

word! {
    /// One name or a list of different names: events, conditions, `CONDITION.timeout`, `RULE.done`, `RULE.failed`, or what
    /// a `catch` emits.
    Members = json_schema!({
        "type": ["string", "array"], "minLength": 1,
        "items": { "type": "string", "minLength": 1 }, "minItems": 1, "maxItems": MAX_MEMBERS, "uniqueItems": true,
    })
}

word! {
    /// One capture or a list of different captures.
    Captures = json_schema!({
        "type": ["string", "array"], "minLength": 1,
        "items": { "type": "string", "minLength": 1 }, "minItems": 1, "maxItems": MAX_KEY_CAPTURES, "uniqueItems": true,
    })
}

word! {
    /// Bucket, slash and a template of the key: `uploads/jobs/{job}/part-{part}.csv`. `{name}` is one or more characters
    /// other than `/`; `{name...}` may contain `/`; `{{` and `}}` are braces.
    ObjectTemplate = json_schema!({
        "type": "string", "pattern": concat!("^[a-z0-9._-]+/", template!(), "$"),
        "examples": ["uploads/jobs/{job}/part-{part}.csv"],
    })
}

word! {
    /// Names what is found: `{order}`, `room-{room}/{shelf...}`. `{name}` is one or more characters other than `/`;
    /// `{name...}` may contain `/`. Put it in quotes.
    Template = json_schema!({ "type": "string", "pattern": concat!("^", template!(), "$"), "examples": ["{order}"] })
}

word! {
    /// `rate(5 minutes)`, or `cron(minutes hours day-of-month month day-of-week year)` such as `cron(0 3 * * ? *)`. UTC.
    Schedule = json_schema!({
        "type": "string", "maxLength": 256,
        "pattern": r"^\s*(rate\s*\(\s*(1\s+(minute|hour|day)|(?!1\s)0*[1-9][0-9]*\s+(minutes|hours|days))\s*\)|cron\s*\((\s*[^\s()]+){6}\s*\))\s*$",
        "examples": ["rate(5 minutes)", "cron(0 3 * * ? *)"],
    })
}

word! {
    /// Where a value stands in the event that triggered the rule: `$.detail.lines`.
    EventPath = json_schema!({ "type": "string", "pattern": r"^\$(?!\$)", "examples": ["$.detail.lines"] })
}

word! {
    /// The address of a server: `http://127.0.0.1:9000`.
    Url = json_schema!({ "type": "string", "pattern": r"^https?://[^\s:/?#][^\s]*$", "examples": ["http://127.0.0.1:9000"] })
}

word! {
    /// A whole number from 1 to 10,000,000, or a capture of an event: `manifest.parts`.
    Reach = json_schema!({
        "type": ["integer", "string"], "minimum": 1, "maximum": fanin_condition::limits::MAX_REACH, "pattern": r"^.+\..+$",
        "examples": [3, "manifest.parts"],
    })
}

word! {
    /// A text, or a number or truth value that stands for its text.
    Scalar = json_schema!({ "type": ["string", "number", "boolean"] })
}

word! {
    /// Warnings that are all right here: the code that stands in the warning's brackets, and why.
    /// `{ F080: "these orders stay open on purpose" }`
    Allow = json_schema!({
        "type": "object", "maxProperties": MAX_ALLOWS,
        "additionalProperties": { "type": "string", "pattern": r"\S" },
    })
}

word! {
    /// Any value.
    Anything = json_schema!({})
}

word! {
    /// What it must have: any members with their values, `{ job: "42", count: 3 }`. Nothing: it only has to happen.
    Subset = json_schema!({ "type": ["null", "object"] })
}
