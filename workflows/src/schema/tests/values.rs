//! Single values: the schema and the reader judge each alike.

use serde_json::{Value, json};

use super::validator;
use crate::{compile, schema, testfile};

/// A workflow in which `pointer` is replaced by each value; every other part is good.
pub(super) fn compare(document: &Value, pointer: &str, values: &[Value]) {
    let test = document.get("tests").is_some();
    let validator = validator(&if test { schema::test() } else { schema::workflow() });
    for value in values {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap() = value.clone();
        let text = document.to_string();
        let (accepted, found) = if test {
            let parsed = testfile::parse("w.json", &text);
            (parsed.file.is_some(), parsed.diagnostics)
        } else {
            let compiled = compile("w.json", &text);
            (compiled.plan.is_some(), compiled.diagnostics)
        };
        assert_eq!(validator.is_valid(&document), accepted, "{pointer}: {value}: {found:?}");
    }
}

pub(super) fn base() -> Value {
    json!({
        "version": 1, "name": "w",
        "events": {
            "a": { "s3": "b/{k}", "capture": { "$.detail.object.size": "{n}" } },
            "m": { "match": { "source": ["x"] }, "capture": { "$.detail.k": "{k}", "$.detail.n": "{n}" } },
            "t": { "schedule": "rate(5 minutes)" },
        },
        "conditions": {
            "c": { "count": "a", "by": "k", "reach": 3, "within": "1h", "fire": "every" },
            "w": { "count": "a", "by": "k", "reach": 3, "sliding": "1h", "fire": "every" },
            "l": { "at_least": 1, "of": ["a", "m"], "by": ["k"], "within": "1h" },
            "d": { "absent": "a", "by": "k", "for": "1h" },
        },
        "rules": {
            "r": {
                "when": "a", "invoke": "f", "map": { "items": "$.detail.x", "max_concurrency": 1 },
                "retry": [{ "ErrorEquals": ["X"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1 }],
                "catch": [{ "ErrorEquals": ["States.ALL"], "emit": "oops" }],
            },
            "s": { "when": ["c", "t"], "send": { "http": "http://h" } },
        },
        "functions": { "f": { "respond": {}, "after": "1s", "timeout": "1m" }, "g": { "command": "./x" } },
    })
}

fn texts(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| json!(text)).collect()
}

const DURATIONS: [&str; 30] = [
    "1h",
    "90s",
    "500ms",
    "1h30m",
    "1d2h3m4s5ms",
    "1.5h",
    "1,5h",
    "7d",
    "0s",
    "0h1m",
    "1m1ms",
    "1ms",
    "PT1H30M",
    "P7D",
    "P2W",
    "pt5m",
    "P1DT1S",
    "PT0S",
    "",
    "P",
    "PT",
    "5",
    "5 m",
    "1h 30m",
    "30m1h",
    "1h1h",
    "1y",
    "P1Y",
    "-1h",
    "soon",
];

#[test]
fn durations() {
    for pointer in ["/conditions/c/within", "/conditions/w/sliding", "/conditions/d/for"] {
        compare(&base(), pointer, &texts(&DURATIONS));
        compare(&base(), pointer, &[json!(5), json!(null), json!(["1h"]), json!(true)]);
    }
    // A stub may answer at once; 15 minutes are compared by `check` only.
    let short: Vec<&str> = DURATIONS.into_iter().filter(|d| !d.contains(['d', 'h', 'D', 'H', 'W'])).collect();
    compare(&base(), "/functions/f/after", &texts(&short));
    let tests = json!({ "workflow": "w", "tests": [{ "name": "n", "wait": "1h", "given": [{ "at": "+1h", "a": {} }], "never": ["a"] }] });
    compare(&tests, "/tests/0/wait", &texts(&DURATIONS));
    let since: Vec<String> = DURATIONS.iter().map(|d| format!("+{d}")).collect();
    compare(&tests, "/tests/0/given/0/at", &since.iter().map(|d| json!(d)).collect::<Vec<_>>());
    compare(&tests, "/tests/0/given/0/at", &texts(&DURATIONS));
}

#[test]
fn names_and_texts() {
    let long = "n".repeat(100);
    let names = [
        "w",
        "_w",
        "w-1",
        "W_2",
        "1w",
        "-w",
        "w.x",
        "w x",
        "ä",
        "",
        "at",
        "invoke",
        "inputs",
        &long,
        &format!("{long}n"),
    ];
    compare(&base(), "/name", &texts(&names));
    compare(&base(), "/name", &[json!(7), json!(null)]);
    compare(&base(), "/version", &[json!(1), json!(2), json!("1"), json!(null)]);
    compare(&base(), "/rules/r/catch/0/emit", &texts(&["oops", "o.k", "detail", "7"]));
    for (name, good) in [("part", true), ("at", false), ("p.q", false), ("2", false)] {
        let mut document = base();
        document["events"][name] = json!({ "s3": "other/{k}" });
        assert_eq!(validator(&schema::workflow()).is_valid(&document), good, "{name}");
        assert_eq!(compile("w.json", &document.to_string()).plan.is_some(), good, "{name}");
    }
}

#[test]
fn templates_schedules_and_addresses() {
    let s3 = [
        "b/{k}",
        "my-b.x_1/a/{k...}",
        "b/{k}/{{x}}",
        "b",
        "b/",
        "/k",
        "B/{k}",
        "s3://b/{k}",
        "b/{k",
        "b/k}",
        "b/{1}",
        "b/{k k}",
        "b/{}",
    ];
    let s3: Vec<Value> = texts(&s3);
    let mut document = base();
    document["conditions"] = json!({});
    document["rules"] = json!({});
    document["functions"] = json!({});
    compare(&document, "/events/a/s3", &s3);
    compare(
        &document,
        "/events/m/capture/$.detail.n",
        &texts(&["{x}", "a{x}b", "{x...}", "{x", "x}", "{{{x}}}", "", "{a b}"]),
    );
    compare(
        &document,
        "/events/t/schedule",
        &texts(&[
            "rate(1 minute)",
            "rate(2 hours)",
            " rate( 10 days ) ",
            "rate(1 minutes)",
            "rate(2 hour)",
            "rate(0 minutes)",
            "rate(5)",
            "rate(5 weeks)",
            "cron(0 3 * * ? *)",
            "cron(0 3 * *)",
            "every day",
            "",
            "rate(5 minutes",
            "cron()",
        ]),
    );
    compare(
        &base(),
        "/rules/s/send/http",
        &texts(&[
            "http://h",
            "https://h:1/p?q",
            "ftp://h",
            "http://",
            "http://:80",
            "http:///p",
            "http://h h",
            "h",
            "",
        ]),
    );
    compare(&base(), "/rules/r/map/items", &texts(&["$.detail.x", "$", "detail.x", "$$.x", ""]));
}

#[test]
fn numbers_are_held_to_the_limits() {
    let numbers = |numbers: &[u64]| numbers.iter().map(|n| json!(n)).collect::<Vec<_>>();
    compare(&base(), "/conditions/c/reach", &numbers(&[0, 1, 10_000_000, 10_000_001]));
    compare(
        &base(),
        "/conditions/c/reach",
        &[json!("m.n"), json!("3"), json!("m"), json!(1.5), json!(-1), json!(null), json!([1])],
    );
    compare(&base(), "/conditions/w/reach", &[json!(3), json!("m.n")]);
    compare(&base(), "/conditions/l/at_least", &numbers(&[0, 1, 2]));
    compare(&base(), "/rules/r/map/max_concurrency", &numbers(&[0, 1, 10_000, 10_001]));
    compare(&base(), "/rules/r/retry", &numbers(&[0, 3, 99_999_999, 100_000_000]));
    compare(&base(), "/rules/r/retry", &[json!([]), json!("3"), json!({}), json!(-1), json!(1.5)]);
    compare(&base(), "/rules/r/retry/0/IntervalSeconds", &numbers(&[0, 1, 99_999_999, 100_000_000]));
    compare(&base(), "/rules/r/retry/0/MaxAttempts", &numbers(&[0, 99_999_999, 100_000_000]));
    compare(&base(), "/rules/r/retry/0/BackoffRate", &[json!(1), json!(1.5), json!(0.9), json!("2")]);
    let tests = json!({ "workflow": "w", "tests": [{ "name": "n", "shuffle": 1, "never": ["a"] }] });
    compare(&tests, "/tests/0/shuffle", &numbers(&[0, 10_000, 10_001]));
}

#[test]
fn words_and_lists() {
    compare(&base(), "/conditions/c/fire", &texts(&["once", "every", "Every", ""]));
    let mut document = base();
    document["conditions"]["c"]["collect"] = json!("event");
    compare(&document, "/conditions/c/collect", &texts(&["event", "captures", "none", "all"]));
    compare(&base(), "/conditions/c/collect", &[]);
    compare(
        &base(),
        "/conditions/l/of",
        &[json!("a"), json!(["a"]), json!(["a", "a"]), json!([]), json!({}), json!([1])],
    );
    compare(&base(), "/conditions/l/by", &[json!("k"), json!(["k"]), json!(["k", "k"]), json!([]), json!(1)]);
    compare(
        &base(),
        "/rules/s/when",
        &[json!("a"), json!(["a", "c"]), json!(["a", "a"]), json!([]), json!(null)],
    );
    compare(
        &base(),
        "/rules/r/retry/0/ErrorEquals",
        &[
            json!("X"),
            json!(["X", "Y"]),
            json!("States.ALL"),
            json!(["States.ALL"]),
            json!(["States.ALL", "X"]),
            json!(["States.Timeout"]),
            json!("States.Nothing"),
            json!(["States.Nothing"]),
            json!([]),
            json!(""),
        ],
    );
    compare(
        &base(),
        "/functions/g",
        &[
            json!({ "command": "./x" }),
            json!({ "command": ["python3", 1, true] }),
            json!({ "command": [] }),
            json!({ "command": "" }),
            json!({ "command": " " }),
            json!({ "command": {} }),
            json!({ "command": "x", "http": "http://h" }),
            json!({}),
            json!({ "command": "x", "after": "1s" }),
            json!({ "fail": "X", "after": "1s" }),
            json!({ "fail": "" }),
            json!({ "lambda": "x" }),
            json!({ "respond": null }),
            json!({ "timeout": "1m" }),
            json!(null),
            json!([]),
        ],
    );
    compare(
        &base(),
        "/rules/s/send",
        &[
            json!({ "sqs": "q" }),
            json!({ "sqs": "" }),
            json!({ "sqs": "q", "sns": "t" }),
            json!({}),
            json!({ "kafka": "t" }),
            json!("q"),
        ],
    );
}
