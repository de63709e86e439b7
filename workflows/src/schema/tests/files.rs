//! Every example, scenario and good page is accepted; every broken file whose mistake a schema can see is not.

use std::path::{Path, PathBuf};

use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{faults, is_test, validator, value};
use crate::{Severity, codes, compile, schema, testfile};

/// What a JSON Schema cannot see, and why.
const UNSEEN: &[(codes::Code, &str)] = &[
    (codes::DUPLICATE_KEY, "a schema sees the value, where the key stands once"),
    (codes::NAME_TAKEN, "names are unique over four maps; a schema sees one at a time"),
    (codes::UNKNOWN_EVENT, "a name that leads nowhere: a schema follows no names"),
    (codes::NO_CAPTURE, "what an event captures stands elsewhere in the file"),
    (codes::BAD_RETAIN, "durations are compared, and whether a member comes from outside stands elsewhere"),
    (codes::CONDITION_CYCLE, "a schema follows no names"),
    (codes::UNKNOWN_FUNCTION, "a schema follows no names"),
    (codes::BAD_TEMPLATE, "payload templates are any JSON; what a path means is not in its form"),
    (codes::TEST_CAPTURE, "the workflow is another file"),
];

/// Files whose code a schema sees elsewhere, but not here, and why.
const UNSEEN_HERE: &[(&str, &str)] = &[];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below some folders with one of these endings.
pub(super) fn files(folders: &[&str], endings: &[&str]) -> Vec<(String, String)> {
    let mut open: Vec<PathBuf> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.display().to_string();
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            // A file that is no text is no file for an editor.
            found.extend(std::fs::read_to_string(&path).map(|text| (name, text)));
        }
    }
    found.sort();
    found
}

/// The code blocks of a page whose opening line begins with `fence`.
fn blocks(page: &str, fence: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let inside: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            if line.starts_with(fence) {
                found.push(inside.join("\n") + "\n");
            }
        }
    }
    found
}

/// Good texts: examples, scenarios, the second block of every error page, the blocks of the language page.
fn good() -> Vec<(String, String)> {
    let mut all = files(&["examples", "tests/scenarios", "workflows/tests/plans"], &[".yaml"]);
    for (name, page) in files(&["docs/errors"], &[".md"]) {
        all.extend(blocks(&page, "```yaml").into_iter().skip(1).map(|text| (name.clone(), text)));
    }
    for (name, page) in files(&["docs"], &["language.md"]) {
        all.extend(blocks(&page, "```yaml workflow").into_iter().map(|text| (name.clone(), text)));
        all.extend(blocks(&page, "```yaml test").into_iter().map(|text| (name.clone(), text)));
    }
    all.retain(|(name, text)| is_test(text) || compile(&as_yaml(name), text).plan.is_some());
    all
}

fn as_yaml(name: &str) -> String {
    if name.ends_with(".md") { format!("{name}.yaml") } else { name.to_owned() }
}

#[test]
fn everything_good_is_accepted() {
    let (workflow, test) = (validator(&schema::workflow()), validator(&schema::test()));
    let good = good();
    let (mut wrong, mut tests) = (Vec::new(), 0);
    for (name, text) in &good {
        let value = value(&as_yaml(name), text).unwrap_or_else(|| panic!("{name}\n{text}"));
        tests += usize::from(is_test(text));
        let found = faults(if is_test(text) { &test } else { &workflow }, &value);
        wrong.extend(found.iter().map(|fault| format!("{name}{fault}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(good.len() > 100 && tests > 30, "{} good files, {tests} of them tests", good.len());
}

#[test]
fn broken_files_are_rejected_where_a_schema_can_see_it() {
    let (workflow, test) = (validator(&schema::workflow()), validator(&schema::test()));
    let (mut wrong, mut rejected) = (Vec::new(), 0);
    for (path, text) in files(&["workflows/tests/diagnostics"], &[".yaml", ".json"]) {
        let name = path.rsplit('/').next().unwrap();
        let Some(value) = value(name, &text) else { continue };
        let diagnostics = if name.contains(".test.") {
            testfile::parse(name, &text).diagnostics
        } else {
            compile(name, &text).diagnostics
        };
        let unseen = |code: &str| UNSEEN.iter().any(|(unseen, _)| unseen.id == code);
        let seen: Vec<&str> = diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error && !unseen(d.code))
            .map(|d| d.code)
            .collect();
        let excused = UNSEEN_HERE.iter().any(|(file, _)| *file == name);
        let found = faults(if name.contains(".test.") { &test } else { &workflow }, &value);
        rejected += usize::from(!found.is_empty());
        match (seen.is_empty(), found.is_empty(), excused) {
            (false, true, false) => wrong.push(format!("{name} with {seen:?} is accepted")),
            (true, false, _) => wrong.push(format!("{name} has no mistake of form, and yet: {found:?}")),
            (_, false, true) => wrong.push(format!("{name} is rejected: take it off the list of exceptions")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rejected > 25, "only {rejected} were rejected");
}

/// Replaces, removes or adds one value somewhere.
fn mutate(value: &mut Value, at: Index, with: &Value) {
    let mut places = Vec::new();
    collect(value, String::new(), &mut places);
    let place = at.get(&places);
    let (parent, last) = place.rsplit_once('/').unwrap_or(("", ""));
    match value.pointer_mut(parent) {
        Some(Value::Object(members)) if with.is_null() => {
            members.remove(last);
        }
        Some(Value::Array(items)) if with.is_null() => {
            items.pop();
        }
        _ => {
            if let Some(target) = value.pointer_mut(place) {
                *target = with.clone();
            }
        }
    }
}

fn collect(value: &Value, path: String, to: &mut Vec<String>) {
    let step = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    match value {
        Value::Object(members) => members.iter().for_each(|(key, value)| collect(value, step(key), to)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| collect(value, step(&i.to_string()), to))
        }
        _ => {}
    }
    to.push(path);
}

fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(2.5),
        json!(-1),
        json!(""),
        json!("x"),
        json!("every"),
        json!("1h"),
        json!("0s"),
        json!("PT1H"),
        json!("a.b"),
        json!("$.detail.x"),
        json!([]),
        json!({}),
        json!(["x"]),
        json!(["x", "x"]),
        json!({ "x": "y" }),
        json!([{ "prefix": "p" }]),
        json!({ "invoke": "f" }),
        json!(["States.ALL"]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A schema that complains of what `check` accepts would be worse than none.
    #[test]
    fn nothing_that_check_accepts_is_rejected(file in select(good()), at in any::<Index>(), with in select(values())) {
        let (name, text) = file;
        let mut changed = value(&as_yaml(&name), &text).unwrap();
        mutate(&mut changed, at, &with);
        let json = changed.to_string();
        let (accepted, schema) = if is_test(&text) {
            (testfile::parse("w.json", &json).file.is_some(), schema::test())
        } else {
            (compile("w.json", &json).plan.is_some(), schema::workflow())
        };
        if accepted {
            let found = faults(&validator(&schema), &changed);
            assert!(found.is_empty(), "{found:?}\n{json}");
        }
    }
}

#[test]
fn events_are_those_that_the_decoder_takes() {
    let event = validator(&schema::event());
    let mut seen = 0;
    for (name, text) in files(&["examples"], &["events.jsonl"]) {
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            // Other forms than the envelope are told by their own members.
            if value.get("source").is_some() && value.get("specversion").is_none() {
                assert_eq!(faults(&event, &value), Vec::<String>::new(), "{name}: {line}");
                seen += 1;
            }
        }
    }
    for (name, text) in files(&["triggers/tests/fixtures"], &["eventbridge-s3.json", "eventbridge-ec2.json"])
    {
        assert_eq!(faults(&event, &serde_json::from_str(&text).unwrap()), Vec::<String>::new(), "{name}");
        seen += 1;
    }
    assert!(seen > 1, "no event was found");
    let upload = json!({ "source": "aws.s3", "detail-type": "Object Created", "detail": { "bucket": { "name": "b" } } });
    for (good, value) in [
        (true, json!({ "source": "shop", "detail-type": "Order" })),
        (
            true,
            json!({ "source": "shop", "detail-type": "Order", "id": "1", "time": "2026-01-02T03:04:05Z", "more": 1 }),
        ),
        (false, json!({ "source": "shop" })),
        (false, json!({ "detail-type": "Order" })),
        (false, json!({ "source": 1, "detail-type": "Order" })),
        (false, json!({ "source": "shop", "detail-type": "Order", "detail": "{}" })),
        (false, json!({ "source": "shop", "detail-type": "Order", "id": 7 })),
        (false, json!({ "source": "shop", "detail-type": "Order", "time": "yesterday" })),
        (false, json!([])),
    ] {
        assert_eq!(faults(&event, &value).is_empty(), good, "{value}");
        let mut fresh = || "fresh".to_owned();
        let mut context = fanin_triggers::Context::new(fanin_event::Timestamp(0), &mut fresh);
        let text = value.to_string();
        let answers = fanin_triggers::decode(&fanin_triggers::Raw::detect(text.as_bytes()), &mut context);
        assert_eq!(!answers.is_empty() && answers.iter().all(Result::is_ok), good, "the decoder: {value}");
    }
    assert_eq!(faults(&event, &upload).len(), 1, "an upload has an object");
}
