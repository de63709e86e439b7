//! What holds for any text: no panic, a plan or an error, places inside the text; the same workflow in both notations
//! is the same plan, and layout does not count.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use fanin_plan::Plan;
use fanin_workflow::{Severity, Style, compile, render, testfile};
use proptest::collection::vec;
use proptest::prelude::{
    Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use serde_json::{Value, json};

const TOUR: &str = include_str!("plans/tour.yaml");

fn sound(file: &str, text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
    let compiled = compile(file, text);
    prop_assert_eq!(compiled.plan.is_some(), compiled.errors().next().is_none());
    let parsed = testfile::parse(file, text);
    prop_assert_eq!(parsed.file.is_some(), parsed.diagnostics.iter().all(|d| d.severity != Severity::Error));
    for found in compiled.diagnostics.iter().chain(&parsed.diagnostics) {
        prop_assert!(found.span.bytes.end <= text.len());
        prop_assert!(found.span.line >= 1 && found.span.column >= 1);
        prop_assert!(render(found, text, Style::Plain).contains(found.code));
    }
    Ok(())
}

/// Pieces of workflows in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("version: 1\n".to_owned()),
        Just("name: w\n".to_owned()),
        Just("events:\n".to_owned()),
        Just("conditions:\n".to_owned()),
        Just("rules:\n".to_owned()),
        Just("tests:\n".to_owned()),
        Just("  a: { s3: \"b/{k}\" }\n".to_owned()),
        Just("  c: { all: [a, c], by: k }\n".to_owned()),
        Just("  - name: n\n    given: [a, {}]\n".to_owned()),
        Just("&x [*x, ".to_owned()),
        Just("? ".to_owned()),
        Just("- ".to_owned()),
        Just("\t".to_owned()),
        Just("|\n  ".to_owned()),
        Just("{\"a\":".to_owned()),
        Just("ä: ".to_owned()),
        Just("'".to_owned()),
        Just("!!str ".to_owned()),
        Just("\r\n".to_owned()),
        "[ -~]{0,8}",
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A valid text with some bytes taken out and others put in.
fn damaged() -> impl Strategy<Value = String> {
    let cut = (0..TOUR.len(), 0..40_usize, "[ -~\\n]{0,6}");
    vec(cut, 1..4).prop_map(|cuts| {
        let mut text = TOUR.to_owned();
        for (at, length, put) in cuts {
            let end = (at + length).min(text.len());
            if text.is_char_boundary(at.min(end)) && text.is_char_boundary(end) {
                text.replace_range(at.min(end)..end, &put);
            }
        }
        text
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged(text in any::<String>()) {
        sound("w.yaml", &text)?;
        sound("w.json", &text)?;
        sound("w", &text)?;
    }

    #[test]
    fn any_pieces_are_judged(text in pieces()) {
        sound("w.yaml", &text)?;
        sound("w.json", &text)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_damage_is_judged(text in damaged()) {
        sound("w.yaml", &text)?;
    }

    #[test]
    fn both_notations_are_one_language(workflow in workflows()) {
        let json = serde_json::to_string(&workflow).unwrap();
        let pretty = serde_json::to_string_pretty(&workflow).unwrap();
        let mut yaml = String::new();
        write_yaml(&workflow, 0, &mut yaml);
        let plan = compile("w.json", &json).plan;
        prop_assert!(plan.is_some(), "{:?}", compile("w.json", &pretty).diagnostics);
        prop_assert_eq!(&plan, &compile("w.json", &pretty).plan);
        prop_assert_eq!(&plan, &compile("w.yaml", &json).plan, "JSON read as YAML");
        prop_assert_eq!(&plan, &compile("w.yaml", &yaml).plan, "{}", yaml);
    }
}

/// Workflows of varying size with odd texts and numbers.
fn workflows() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("yes".to_owned()),
        Just("007".to_owned()),
        Just("a: b # c".to_owned()),
        "[ -~äß😀]{1,10}"
    ];
    let number = prop_oneof![
        any::<i32>().prop_map(|n| json!(n)),
        any::<f64>().prop_map(|n| json!(n)),
        Just(json!(1.5e10))
    ];
    (vec((text, number), 1..5), 1..50_u32, any::<bool>()).prop_map(|(values, reach, every)| {
        let mut workflow = json!({ "version": 1, "name": "w", "events": {}, "conditions": {}, "rules": {}, "functions": { "f": { "respond": null } } });
        for (i, (text, number)) in values.into_iter().enumerate() {
            workflow["events"][format!("e{i}")] =
                json!({ "match": { "detail": { "t": [text, true, null], "n": [{ "exists": true }] } }, "capture": { "$.detail.id": "{id}" } });
            workflow["conditions"][format!("c{i}")] =
                json!({ "count": format!("e{i}"), "by": "id", "reach": reach, "fire": if every { "every" } else { "once" }, "within": "1h30m" });
            workflow["rules"][format!("r{i}")] =
                json!({ "when": [format!("c{i}"), format!("c{i}.timeout")], "invoke": "f", "input": { "t": text, "n": [number], "k.$": "$.detail.key" } });
        }
        workflow
    })
}

/// Block style, texts in double quotes.
fn write_yaml(value: &Value, depth: usize, to: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                to.push_str(&format!("\n{indent}{}: ", Value::from(key.as_str())));
                write_yaml(value, depth + 1, to);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                to.push_str(&format!("\n{indent}- "));
                write_yaml(item, depth + 1, to);
            }
        }
        other => to.push_str(&other.to_string()),
    }
}

fn plan(text: &str) -> Plan {
    let compiled = compile("w.yaml", text);
    assert!(compiled.plan.is_some(), "{:?}", compiled.diagnostics);
    compiled.plan.unwrap()
}

#[test]
fn versions_follow_the_meaning_not_the_layout() {
    let text = "version: 1\nname: w\nevents:\n  a: { s3: \"b/{k}\" }\n  z: { s3: \"b/z/{k}\" }\nconditions:\n  c: { count: a, by: k, reach: 3, within: 1h }\n  d: { any: [c], by: k }\nrules:\n  r: { when: d, send: { log: x } }\n";
    let first = plan(text);
    let again = plan(
        &text.replace("{ count: a, by: k,", "{ by: [k],   count: a, # why\n      ").replace("1h }", "60m }"),
    );
    assert_eq!(first, again);

    // An event's definition reaches everything that comes of it, and nothing else.
    let other = plan(&text.replace("\"b/{k}\"", "\"bb/{k}\""));
    assert_ne!(first.version, other.version);
    for (old, new) in first.conditions.iter().zip(&other.conditions) {
        assert_ne!(old.version, new.version, "{}", old.name);
    }
    assert_ne!(first.rules[0].version, other.rules[0].version);

    let unrelated = plan(&text.replace("b/z/", "b/zz/").replace("name: x", "name: y"));
    assert_ne!(first.version, unrelated.version);
    assert_eq!(first.conditions, unrelated.conditions);
    assert_eq!(first.rules, unrelated.rules);

    let changed = plan(&text.replace("reach: 3", "reach: 4"));
    assert_ne!(first.conditions[0].version, changed.conditions[0].version);
    assert_eq!(first.version.len(), 32);
}

#[test]
fn captures_of_derived_events_are_found() {
    let text = r#"
version: 1
name: w
events:
  a: { match: { source: [x] }, capture: { $.detail.y: "{y}-{x}", $.detail.z: "{z}" } }
  b: { match: { source: [y] }, capture: { $.detail.x: "{x}", $.detail.y: "{y}" } }
conditions:
  c: { all: [a, b], by: [x, y], within: 1h }
  seen: { any: [first.done, second.failed, oops, c, c.timeout], by: [y] }
rules:
  first: { when: [a, b], invoke: f, catch: [ { ErrorEquals: [States.ALL], emit: oops } ] }
  second: { when: [second.done, first.done, a], invoke: f, catch: [ { ErrorEquals: [States.ALL], emit: oops } ] }
  third: { when: c, invoke: f }
functions: { f: { respond: {} } }
"#;
    let plan = plan(text);
    let captures: Vec<String> = plan.rules.iter().map(|r| r.captures.join(" ")).collect();
    assert_eq!(captures, ["y x", "y x", "x y"]);
    let members: Vec<String> = plan.conditions[1]
        .members
        .iter()
        .map(|m| format!("{}({}) at {:?}", m.name, m.captures.join(" "), m.key))
        .collect();
    assert_eq!(
        members,
        [
            "first.done(y x) at [0]",
            "second.failed(y x) at [0]",
            "oops(y x) at [0]",
            "c(x y) at [1]",
            "c.timeout(x y) at [1]"
        ]
    );
}
