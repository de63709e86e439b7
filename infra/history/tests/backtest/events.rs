//! Events that one version knows and the other does not.

use crate::asking::ask_all;
use crate::recorder::Recorder;

const WORKFLOW: &str = r#"
version: 1
name: w
events:
  big:   { match: { source: [t], detail-type: [file], detail: { size: [{ numeric: [">", 10] }] } }, capture: { $.detail.k: "{k}" } }
  other: { match: { source: [t], detail-type: [other] }, capture: { $.detail.k: "{k}" } }
conditions:
  two: { count: big, by: k, reach: 2 }
"#;

fn recorded() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(dir.path(), WORKFLOW);
    for n in 0..30_i64 {
        host.event(n, "file", &format!("f{n}"), &format!(r#"{{"k":"{}","size":{n}}}"#, n % 2));
    }
    host.event(40, "other", "o1", r#"{"k":"1"}"#);
    host.close();
    dir
}

#[test]
fn a_narrower_pattern_loses_events_and_says_which_field() {
    let dir = recorded();
    let told = ask_all(dir.path(), &WORKFLOW.replace("10]", "20]"));
    let row = &told.report.named[0];
    assert_eq!((row.name.as_str(), row.old, row.new, row.lost, row.gained), ("big", 19, 9, 10, 0));
    assert_eq!(row.lost_examples.len(), 5);
    let first = &row.lost_examples[0];
    assert_eq!((first.id.as_str(), first.field.as_str(), first.unmatched), ("f11", "detail.size", true));
    assert!(first.reason.contains("detail.size 11 is not a number > 20"), "{}", first.reason);
    assert_eq!((told.report.old.unmatched, told.report.new.unmatched), (11, 21));
    assert_eq!(told.report.named.len(), 1, "an event that is the same has no row");
    assert!(!told.report.same);
    let two = told.condition("two");
    assert_eq!((two.endings.changed, two.endings.same), (2, 0), "other events fill it, later");
    assert!(told.report.definitions.iter().any(|d| d.name == "two"), "its events changed");
}

#[test]
fn a_wider_pattern_gains_them() {
    let dir = recorded();
    let told = ask_all(dir.path(), &WORKFLOW.replace("10]", "-1]"));
    let row = &told.report.named[0];
    assert_eq!((row.lost, row.gained, row.gained_examples.len()), (0, 11, 5));
    assert!(row.gained_examples[0].reason.contains("number > 10"), "{:?}", row.gained_examples);
}

#[test]
fn a_removed_and_a_renamed_event_are_told_apart() {
    let dir = recorded();
    let renamed = ask_all(dir.path(), &WORKFLOW.replace("big", "large"));
    assert!(renamed.report.same, "{:?}", renamed.report);
    let without: Vec<&str> = WORKFLOW.lines().filter(|l| !l.contains("other:")).collect();
    let removed = ask_all(dir.path(), &without.join("\n"));
    let row = &removed.report.named[0];
    assert_eq!((row.name.as_str(), row.lost), ("other", 1));
    assert_eq!(row.lost_examples[0].reason, "there is no event `other` in that version");
}
