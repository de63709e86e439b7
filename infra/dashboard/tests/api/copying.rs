//! Copy as test: the text is one that `fanin test` takes, and it passes.

use fanin_dashboard::limits::MAX_COPIED;
use fanin_simulate::run_case;
use fanin_workflow::testfile;
use serde_json::{Value, json};

use crate::world::{WORKFLOW, World, compile, envelope};

/// Plays a copied file as `fanin test` does.
fn play(copied: &Value) -> testfile::TestCase {
    let text = copied["file"].as_str().unwrap();
    let plan = compile(WORKFLOW);
    let parsed = testfile::parse("copied.test.yaml", text);
    assert_eq!(parsed.diagnostics, [], "{text}");
    let file = parsed.file.unwrap();
    assert_eq!(file.workflow, "jobs.yaml");
    let case = file.tests.into_iter().next().unwrap();
    let report = run_case(&plan, &case, 1).unwrap();
    assert!(report.failures.is_empty(), "{text}");
    case
}

#[test]
fn an_instance_that_fired() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    world.event("Part", "x", r#"{"job":"43","n":"1"}"#);
    world.later(90);
    world.event("Part", "b", r#"{"job":"42","n":"2","weight":1.5}"#);
    world.event("Part", "b", r#"{"job":"42","n":"2","weight":1.5}"#);
    let copied = world.get("/api/test?condition=parts&key.job=42");
    let case = play(&copied);
    assert_eq!((case.given.len(), case.name.as_str(), case.expect.len()), (3, "parts job=42", 3));
    assert_eq!(case.given[1].at.unwrap().0, 90_000);
    assert_eq!(case.given[1].detail, Some(json!({ "weight": 1.5 })));
    assert_eq!((&case.given[0].id, &case.given[1].id), (&None, &Some("b".to_owned())));
    let text = copied["file"].as_str().unwrap();
    assert!(text.ends_with(copied["case"].as_str().unwrap()), "{text}");
}

#[test]
fn an_event_that_waits_expects_that_nothing_comes() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    let case = play(&world.get("/api/test?seq=1"));
    assert_eq!((case.given.len(), case.expect.len(), case.never.len()), (1, 0, 1));
}

#[test]
fn a_timeout_waits_until_it_is_due() {
    let world = World::new();
    world.event("Part", "a", r#"{"job":"42","n":"1"}"#);
    world.later(3_600);
    let rows = world.until("/api/stream?kind=derived", |told| told["rows"].as_array().unwrap().len() == 1);
    let copied = world.get(&format!("/api/test?seq={}", rows["rows"][0]["seq"]));
    let case = play(&copied);
    assert!(case.wait.is_some() && copied["file"].as_str().unwrap().contains("parts.timeout"), "{copied}");
}

#[test]
fn hostile_captures_stay_texts() {
    let world = World::new();
    let job = "x\\\" }, #: [*&!|>'%@`\\n - {{";
    world.events(vec![envelope("Part", "a", &format!(r#"{{"job":"{job}","n":"- 1"}}"#))]);
    let case = play(&world.get("/api/test?seq=1"));
    let given: Value = json!(case.given[0].captures);
    let wanted: Value = serde_json::from_str(&format!(r#"[["job","{job}"],["n","- 1"]]"#)).unwrap();
    assert_eq!(given, wanted);
}

#[test]
fn so_many_events_and_the_earlier_ones_are_counted() {
    let world = World::new();
    let part = |n: usize| envelope("Part", &format!("e{n}"), r#"{"job":"42","n":"1"}"#);
    world.events((0..MAX_COPIED).map(part).collect());
    let copied = world.get("/api/test?condition=parts&key.job=42");
    assert_eq!(
        (&copied["events"], &copied["left_out"], &copied["note"]),
        (&json!(100), &json!(0), &Value::Null)
    );
    world.events((MAX_COPIED..MAX_COPIED + 2).map(part).collect());
    let copied = world.get("/api/test?condition=parts&key.job=42");
    assert_eq!((&copied["events"], &copied["left_out"]), (&json!(100), &json!(2)));
    play(&copied);
}

#[test]
fn of_what_is_nothing_there_is_no_test() {
    let world = World::new();
    world.event("Else", "a", "{}");
    assert_eq!(world.refused("/api/test?seq=1"), (409, "no-test".to_owned()));
    assert_eq!(world.refused("/api/test?condition=parts&key.job=1"), (409, "no-test".to_owned()));
    assert_eq!(world.refused("/api/test?seq=2"), (404, "gone".to_owned()));
    assert_eq!(world.refused("/api/test"), (400, "malformed".to_owned()));
}
