//! Which part of the log is played: since, until, versions in between, snapshots in the middle.

use fanin_event::Timestamp;
use fanin_history::History;
use fanin_history::backtest::{BacktestError, Question, Watch, backtest};
use fanin_store_embedded::{FileStore, Options};

use crate::asking::{ask, ask_all};
use crate::recorder::{Recorder, START, plan};

const WORKFLOW: &str = r#"
version: 1
name: w
events: { e: { match: { source: [t], detail-type: [e] }, capture: { $.detail.k: "{k}" } } }
conditions: { c: { count: e, by: k, reach: 2, fire: every, within: 30s } }
"#;

fn at(ms: i64) -> Option<Timestamp> {
    Some(Timestamp(START + ms))
}

/// An event a second, 60 of them; keys 0 to 4 in turn; a snapshot after the 30th.
fn record() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(dir.path(), WORKFLOW);
    for n in 0..60 {
        host.event(n * 1_000, "e", &format!("e{n}"), &format!(r#"{{"k":"{}"}}"#, n % 5));
        if n == 29 {
            host.snapshot();
        }
    }
    host.wait(120_000);
    host.close();
    dir
}

#[test]
fn since_and_until_bound_the_events_and_the_time() {
    let dir = record();
    let all = ask_all(dir.path(), WORKFLOW);
    assert_eq!((all.report.events, all.condition("c").old.fired), (60, 30));
    assert_eq!(all.report.until.as_deref(), Some("2026-01-01T00:02:00Z"));
    assert_eq!(all.report.known_from, None);
    let part =
        ask(dir.path(), WORKFLOW, &Question { since: at(40_000), until: at(49_000), ..Question::default() });
    assert_eq!((part.report.events, part.condition("c").old.fired), (10, 5));
    assert!(part.report.same);
    assert_eq!(part.report.since.as_deref(), Some("2026-01-01T00:00:40Z"));
    // Half a pair of each key is left; half a minute later it has timed out.
    let open = ask(dir.path(), WORKFLOW, &Question { until: at(44_000), ..Question::default() });
    assert_eq!((open.report.old.open_instances, open.condition("c").old.timed_out), (5, 0));
    let question = Question { since: at(55_000), until: at(500_000), ..Question::default() };
    let late = ask(dir.path(), WORKFLOW, &question);
    assert_eq!((late.report.old.open_instances, late.condition("c").old.timed_out), (0, 5));
    assert_eq!(late.report.until.as_deref(), Some("2026-01-01T00:08:20Z"));
}

#[test]
fn the_recorded_versions_are_in_force_when_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let mut host = Recorder::new(dir.path(), WORKFLOW);
    let three = WORKFLOW.replace("reach: 2", "reach: 3");
    for n in 0..12 {
        if n == 6 {
            host.activate(n * 1_000, &three);
        }
        host.event(n * 1_000, "e", &format!("e{n}"), &format!(r#"{{"k":"{}"}}"#, n / 6));
    }
    host.close();
    // Two at a time of the first key, then three at a time of the second.
    let told = ask_all(dir.path(), &three);
    let row = told.condition("c");
    assert_eq!(told.report.old.versions, 2);
    assert_eq!((row.old.fired, row.new.fired), (5, 4));
    let question = Question { since: at(6_000), ..Question::default() };
    let told = ask(dir.path(), &three, &question);
    assert!(told.report.same, "{:#?}", told.differences);
    let question = Question { against: Some(plan(WORKFLOW)), ..Question::default() };
    let told = ask(dir.path(), &three, &question);
    assert_eq!((told.condition("c").old.fired, told.report.old.versions), (6, 1));
}

#[test]
fn a_history_that_begins_at_a_snapshot_says_from_when() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::new(fanin_runtime::SEMANTICS);
    options.segment_bytes = 64 * 1024;
    (options.retain_bytes, options.retain_segments) = (0, 0);
    let mut host = Recorder::with(dir.path(), WORKFLOW, options);
    // Large enough that a segment is full before each snapshot, so that the log before it can go.
    let padding = "x".repeat(8_000);
    for n in 0..40 {
        host.event(n * 1_000, "e", &format!("e{n}"), &format!(r#"{{"k":"1","x":"{padding}"}}"#));
        if n % 10 == 9 {
            host.snapshot();
        }
    }
    host.close();
    let bases = History::open(dir.path()).unwrap().inspection().bases();
    assert!(!bases.contains(&0) && !bases.is_empty(), "{bases:?}");
    let told = ask(dir.path(), WORKFLOW, &Question { since: at(0), ..Question::default() });
    let known: i64 = 40_000 - 1_000 * i64::try_from(told.report.events).unwrap() - 1_000;
    assert_eq!(told.report.known_from, at(known).map(|at| at.to_string()));
    assert!(told.report.same && told.report.events < 40 && told.report.events >= 10);
    let told = ask(dir.path(), WORKFLOW, &Question { since: at(38_000), ..Question::default() });
    assert_eq!((told.report.known_from.as_deref(), told.report.events), (None, 2));
}

#[test]
fn an_empty_stretch_has_no_difference_and_an_empty_store_no_old_version() {
    let dir = record();
    let told = ask(dir.path(), WORKFLOW, &Question { since: at(1_000_000), ..Question::default() });
    assert!(told.report.same);
    assert_eq!((told.report.events, told.report.since), (0, None));
    let empty = tempfile::tempdir().unwrap();
    drop(FileStore::open(empty.path(), Options::new(fanin_runtime::SEMANTICS)).unwrap());
    let history = History::open(empty.path()).unwrap();
    let mut watch = Watch { progress: &mut |_, _| {}, each: None };
    let refused = backtest(&history, &plan(WORKFLOW), &Question::default(), &mut watch);
    assert!(matches!(refused, Err(BacktestError::NoOldVersion)), "{refused:?}");
}
