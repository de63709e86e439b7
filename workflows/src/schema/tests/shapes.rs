//! Whole constructs: what excludes what, patterns, entries of tests. The schema and the reader judge each alike.

use serde_json::{Value, json};

use super::values::{base, compare};

#[test]
fn kinds_and_what_goes_with_them() {
    let condition = |more: &Value| {
        let mut all = json!({ "by": "k" });
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let conditions = [
        json!({ "all": ["a", "m"] }),
        json!({ "any": "a" }),
        json!({ "sequence": ["a", "m"] }),
        json!({ "at_least": 1, "of": ["a"] }),
        json!({ "at_least": 1 }),
        json!({ "of": ["a"] }),
        json!({ "count": "a", "reach": 1 }),
        json!({ "count": "a" }),
        json!({ "count": ["a"], "reach": 1 }),
        json!({ "absent": "a", "for": "1m" }),
        json!({ "absent": "a" }),
        json!({ "absent": "a", "for": "1m", "within": "1h" }),
        json!({ "all": ["a"], "any": ["m"] }),
        json!({}),
        json!({ "all": ["a"], "reach": 1 }),
        json!({ "all": ["a"], "distinct": "k" }),
        json!({ "any": ["a"], "for": "1m" }),
        json!({ "all": ["a"], "of": ["m"] }),
        json!({ "any": ["a"], "sliding": "1m" }),
        json!({ "count": "a", "reach": "m.n" }),
        json!({ "count": "a", "reach": 1, "distinct": "n" }),
        json!({ "absent": "a", "for": "1m", "fire": "every" }),
    ];
    compare(&base(), "/conditions/c", &conditions.iter().map(condition).collect::<Vec<_>>());
    let timed = [
        json!({ "absent": "a", "after": "m", "for": "1m" }),
        json!({ "absent": "a", "after": "m", "for": "1m", "fire": "every" }),
        json!({ "absent": "a", "after": "m", "for": "1m", "fire": "once" }),
        json!({ "count": "a", "reach": 1, "sliding": "1m" }),
        json!({ "count": "a", "reach": 1, "sliding": "1m", "fire": "every" }),
        json!({ "count": "a", "reach": 1, "sliding": "1m", "tumbling": "1m", "fire": "every" }),
        json!({ "count": "a", "reach": 1, "sliding": "1m", "within": "1m", "fire": "every" }),
        json!({ "count": "a", "reach": "m.n", "tumbling": "1m", "fire": "every" }),
    ];
    compare(&base(), "/conditions/c", &timed.iter().map(condition).collect::<Vec<_>>());
}

#[test]
fn patterns() {
    let leaf = |leaf: Value| json!({ "n": [leaf] });
    compare(
        &base(),
        "/events/m/match",
        &[
            json!({ "source": ["x"] }),
            json!({ "source": "x" }),
            json!({ "source": [] }),
            json!({}),
            json!({ "detail": {} }),
            json!(["x"]),
            json!({ "source": [["x"]] }),
            json!({ "source": [{ "prefix": "x" }, null, true, 1.5] }),
            json!({ "$or": [{ "a": [1] }, { "b": [2] }] }),
            json!({ "$or": [{ "a": 1 }, { "b": [2] }] }),
            json!({ "$or": {} }),
            json!({ "$or": [] }),
        ],
    );
    let leaves = [
        json!({ "prefix": 1 }),
        json!({ "prefix": { "equals-ignore-case": "x" } }),
        json!({ "prefx": "x" }),
        json!({}),
        json!({ "prefix": "x", "suffix": "y" }),
        json!({ "numeric": [">", 1] }),
        json!({ "numeric": [">", 1, "<", 2] }),
        json!({ "numeric": ["<", 1, ">", 2] }),
        json!({ "numeric": [">"] }),
        json!({ "exists": "true" }),
        json!({ "exists": false }),
        json!({ "anything-but": ["x", "y"] }),
        json!({ "anything-but": ["x", 1] }),
        json!({ "anything-but": { "prefix": "x" } }),
        json!({ "anything-but": { "prefix": "" } }),
        json!({ "anything-but": { "suffix": ["x"] } }),
        json!({ "anything-but": null }),
        json!({ "anything-but": [] }),
        json!({ "cidr": "10.0.0.0/8" }),
        json!({ "cidr": "ten" }),
        json!({ "wildcard": "a*b" }),
        json!({ "wildcard": "a**b" }),
    ];
    compare(&base(), "/events/m/match", &leaves.into_iter().map(leaf).collect::<Vec<_>>());
}

#[test]
fn entries_of_tests() {
    let tests =
        json!({ "workflow": "w", "tests": [{ "name": "n", "given": [{}], "expect": [{}], "never": ["a"] }] });
    let mut given = tests.clone();
    given["tests"][0]["expect"] = json!([]);
    compare(
        &given,
        "/tests/0/given/0",
        &[
            json!({ "a": { "k": "1" } }),
            json!({ "a": null }),
            json!("a"),
            json!({ "a": { "k": 1, "b": true } }),
            json!({}),
            json!({ "at": "1m" }),
            json!({ "a": {}, "b": {} }),
            json!({ "a": {}, "b": {}, "at": "1m" }),
            json!({ "a": {}, "id": [] }),
            json!({ "a": {}, "at": "1m", "id": 7, "detail": {} }),
            json!({ "id": "x", "detail": {} }),
            json!({ "a": {}, "detail": [] }),
            json!({ "a": 7 }),
            json!({ "a": { "k": [1] } }),
            json!(7),
            json!(null),
        ],
    );
    let mut expect = tests;
    expect["tests"][0]["given"] = json!([]);
    compare(
        &expect,
        "/tests/0/expect/0",
        &[
            json!("c"),
            json!({ "c": { "k": "1" } }),
            json!({ "c": null }),
            json!({ "c": 7 }),
            json!({ "a": {}, "b": {} }),
            json!({}),
            json!(7),
            json!({ "invoke": "f" }),
            json!({ "invoke": "f", "input": { "x": 1 } }),
            json!({ "invoke": "f", "inputs": {} }),
            json!({ "invoke": 7 }),
            json!({ "invoke": "f", "input": null }),
            json!({ "invoke": "f", "input": 7 }),
        ],
    );
    compare(
        &expect,
        "/tests/0/never/0",
        &[
            json!("c"),
            json!({ "invoke": "f" }),
            json!({ "c": {} }),
            json!(7),
            json!({}),
            json!({ "invoke": "f", "input": {} }),
        ],
    );
    // A test that expects nothing cannot fail.
    compare(&expect, "/tests/0/never", &[json!([]), json!(["a"])]);
}
