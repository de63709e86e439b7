//! What differs when something in a workflow does.

use crate::asking::{Told, ask_all};
use crate::recorder::Recorder;
use fanin_history::backtest::report::{Change, DefinitionChange};

const UPLOADS: &str = r#"
version: 1
name: uploads
events:
  part:     { match: { source: [t], detail-type: [part] }, capture: { $.detail.job: "{job}", $.detail.part: "{part}" } }
  manifest: { match: { source: [t], detail-type: [manifest] }, capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" } }
conditions:
  parts_complete: { count: part, by: job, distinct: part, reach: manifest.parts, within: 1h }
  both:  { all: [parts_complete, manifest], by: job }
"#;

const MINUTE: i64 = 60_000;

/// Job 1 completes with 3 parts in ten minutes, job 2 in 50, job 3 never.
fn record(workflow: &str, dir: &std::path::Path) {
    let mut host = Recorder::new(dir, workflow);
    for (job, pace, parts) in [(1, 5, 3), (2, 25, 3), (3, 5, 2)] {
        let begin = i64::from(job) * 120 * MINUTE;
        host.event(begin, "manifest", &format!("m{job}"), &format!(r#"{{"job":"{job}","parts":"3"}}"#));
        for part in 1..=parts {
            let at = begin + i64::from(part - 1) * pace * MINUTE + 1;
            host.event(
                at,
                "part",
                &format!("p{job}-{part}"),
                &format!(r#"{{"job":"{job}","part":"{part}"}}"#),
            );
        }
    }
    host.wait(600 * MINUTE);
    host.close();
}

fn told(new: &str) -> Told {
    let dir = tempfile::tempdir().unwrap();
    record(UPLOADS, dir.path());
    ask_all(dir.path(), new)
}

#[test]
fn an_unchanged_workflow_makes_no_difference() {
    let told = told(UPLOADS);
    assert!(told.report.same, "{:?}", told.report);
    assert!(told.report.definitions.is_empty() && told.differences.is_empty());
    let row = told.condition("parts_complete");
    assert_eq!((row.old.fired, row.old.timed_out, row.endings.same), (2, 1, 3));
    assert_eq!(row.old, row.new);
    assert_eq!(told.report.events, 11);
    assert_eq!(told.report.old.state_bytes, told.report.new.state_bytes);
    assert!(told.report.old.state_bytes > 0);
}

#[test]
fn the_name_of_the_workflow_alone_makes_no_difference() {
    let told = told(&UPLOADS.replace("name: uploads", "name: other"));
    assert!(told.report.same, "{:?}", told.differences);
}

#[test]
fn a_shorter_deadline_makes_timeouts_of_firings() {
    let told = told(&UPLOADS.replace("within: 1h", "within: 20m"));
    let row = told.condition("parts_complete");
    assert_eq!((row.new.fired, row.new.timed_out), (1, 2));
    assert_eq!((row.endings.same, row.endings.changed), (1, 2));
    assert_eq!(row.endings.fields["outcome"], 1, "job 2 alone; job 3 only times out earlier");
    let fields = told.fields("parts_complete");
    assert!(fields.contains(&"outcome: fired -> timed out".to_owned()), "{fields:?}");
    assert!(fields.contains(&"count: 3 -> 1".to_owned()), "{fields:?}");
    // What listens to it fires no more.
    let both = told.condition("both");
    assert_eq!((both.endings.same, both.endings.only_old), (1, 1));
    assert_eq!(told.report.first_difference.as_deref(), Some("2026-01-01T04:20:00Z"));
    assert_eq!(told.report.definitions[0].fields, ["within"]);
    assert!(!told.report.same);
}

#[test]
fn a_fixed_number_instead_of_a_captured_one() {
    let told = told(&UPLOADS.replace("reach: manifest.parts", "reach: 2"));
    let row = told.condition("parts_complete");
    assert_eq!((row.new.fired, row.new.timed_out, row.endings.changed), (3, 0, 3));
    let fields = told.fields("parts_complete");
    for field in ["count: 3 -> 2", "outcome: timed out -> fired", "missing: 1 -> 0"] {
        assert!(fields.contains(&field.to_owned()), "{field} in {fields:?}");
    }
    assert!(fields.iter().any(|f| f.starts_with("members: ") && f.contains("part p1-3")), "{fields:?}");
    assert_eq!(told.report.definitions[0].fields, ["its members", "reach"]);
}

#[test]
fn without_distinct_an_event_more_counts() {
    let with = UPLOADS.replace("reach: manifest.parts", "reach: 2");
    let without = with.replace("distinct: part, ", "");
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(dir.path(), &without);
    for n in 0..2 {
        host.event(n, "part", &format!("p{n}"), r#"{"job":"1","part":"1"}"#);
    }
    host.close();
    let told = ask_all(dir.path(), &with);
    let row = told.condition("parts_complete");
    assert_eq!((row.old.fired, row.new.fired, row.endings.only_old), (1, 0, 1));
    assert_eq!(told.report.definitions[0].fields, ["distinct"]);
    assert_eq!((row.open.old, row.open.new, row.open.only_new), (0, 1, 1));
    assert_eq!(row.open.only_new_keys, ["1"]);
}

#[test]
fn what_is_added_removed_or_renamed_is_said() {
    let renamed = told(&UPLOADS.replace("parts_complete", "all_there"));
    assert!(renamed.report.same, "{:?}", renamed.differences);
    let changes: Vec<_> =
        renamed.report.definitions.iter().map(|d| (d.name.as_str(), d.change, d.was.as_deref())).collect();
    assert_eq!(changes, [("all_there", DefinitionChange::Renamed, Some("parts_complete"))]);
    assert_eq!(renamed.condition("parts_complete").renamed_to.as_deref(), Some("all_there"));

    let removed = told(&UPLOADS.lines().filter(|l| !l.contains("both:")).collect::<Vec<_>>().join("\n"));
    let both = removed.condition("both");
    assert_eq!((both.old.fired, both.new.fired, both.endings.only_old), (2, 0, 2));
    assert_eq!(removed.report.definitions[0].change, DefinitionChange::Removed);

    let added = told(&format!("{UPLOADS}  lonely: {{ any: [manifest], by: job }}\n"));
    assert_eq!(added.condition("lonely").endings.only_new, 3);
    assert!(added.differences.iter().all(|d| d.change == Change::OnlyNew && d.name == "lonely"));
    assert_eq!(added.report.definitions[0].change, DefinitionChange::Added);
}

#[test]
fn examples_are_few_and_the_visitor_hears_all() {
    let workflow = "
version: 1
name: w
events: { e: { match: { source: [t] }, capture: { $.detail.k: \"{k}\" } } }
conditions: { c: { any: [e], by: k } }
";
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(dir.path(), workflow);
    for n in 0..20 {
        host.event(n, "e", &format!("e{n}"), &format!(r#"{{"k":"{n:02}"}}"#));
    }
    host.close();
    let told = ask_all(dir.path(), &workflow.replace("any: [e], by: k", "count: e, reach: 2, by: k"));
    let endings = &told.condition("c").endings;
    assert_eq!((endings.only_old, endings.examples.len(), told.differences.len()), (20, 5, 20));
    assert_eq!(told.differences[0].key["k"], "00");
    assert_eq!(told.condition("c").open.only_new_keys, ["00", "01", "02", "03", "04"]);
}
