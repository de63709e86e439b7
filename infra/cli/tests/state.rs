//! `fanin state` and its verbs as a user runs them: on files, and on a host that runs.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod state {
    pub(crate) mod host;
}

use std::path::Path;

use serde_json::Value;
use state::host::{Host, fanin, ok};

const WORKFLOW: &str = "
version: 1
name: jobs
events:
  part: { match: { source: [t], detail-type: [Part] }, capture: { $.detail.job: '{job}', $.detail.n: '{n}' } }
  manifest: { match: { source: [t], detail-type: [Manifest] }, capture: { $.detail.job: '{job}', $.detail.parts: '{parts}' } }
  go: { match: { source: [t], detail-type: [Go] }, capture: { $.detail.job: '{job}' } }
conditions:
  parts: { count: part, by: job, distinct: n, reach: manifest.parts, within: 1h }
  ready: { all: [parts, go], by: job, within: 2h }
rules:
  assemble: { when: ready, invoke: f, input: { job.$: $.detail.key.job } }
  complain: { when: [parts.timeout, ready.timeout], invoke: f }
functions:
  f: { respond: { ok: true } }
";

fn event(id: &str, kind: &str, detail: &str) -> String {
    format!(r#"{{"id":"{id}","source":"t","detail-type":"{kind}","detail":{detail}}}"#)
}

/// Two jobs: 42 has one part of an unknown number and its `go`, 7 has one part of two.
fn project(dir: &Path) {
    let events = [
        event("p1", "Part", r#"{"job":"42","n":"1"}"#),
        event("g1", "Go", r#"{"job":"42"}"#),
        event("p2", "Part", r#"{"job":"7","n":"1"}"#),
        event("m2", "Manifest", r#"{"job":"7","parts":2}"#),
        event("x", "Prat", r#"{"job":"42","n":"2"}"#),
    ];
    std::fs::write(dir.join("workflow.yaml"), WORKFLOW).unwrap();
    std::fs::write(dir.join("events.jsonl"), events.join("\n")).unwrap();
}

fn taken_in(dir: &Path) {
    project(dir);
    let ran = fanin(dir, &["run", "workflow.yaml", "--events", "events.jsonl"]);
    assert_eq!(ran.code, 3, "{ran:?}");
}

/// The rows of a table without what changes from run to run.
fn rows(text: &str) -> Vec<String> {
    let row = |line: &str| line.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    text.lines().skip(1).map(row).collect()
}

#[test]
fn the_table_says_how_everything_stands() {
    let dir = tempfile::tempdir().unwrap();
    taken_in(dir.path());
    let all = ok(dir.path(), &["state"]);
    assert_eq!(
        rows(&all),
        ["parts job=42 open 1/?", "ready job=42 open 1/2", "parts job=7 open 1/2"],
        "{all}"
    );
    assert!(all.lines().next().unwrap().starts_with("CONDITION  KEY"), "{all}");
    assert!(all.contains("how many") && all.contains("1 more") && all.contains("in 59m"), "{all}");
    assert_eq!(rows(&ok(dir.path(), &["state", "ready"])).len(), 1);
    assert_eq!(rows(&ok(dir.path(), &["state", "--key", "job=7"])).len(), 1);
    assert_eq!(rows(&ok(dir.path(), &["state", "parts", "--key", "7", "--pending"])).len(), 1);
    let closed = fanin(dir.path(), &["state", "--closed"]);
    assert_eq!((closed.code, closed.out.as_str()), (0, ""), "{closed:?}");
    let limited = fanin(dir.path(), &["state", "--limit", "1"]);
    assert!(limited.err.contains("only the first 1 are shown"), "{limited:?}");
    let document: Value = serde_json::from_str(&ok(dir.path(), &["state", "parts", "-o", "json"])).unwrap();
    assert_eq!(document["instances"][0]["key"]["job"], "42");
    assert_eq!(document["instances"][0]["needed"], Value::Null);
    let deadline = document["instances"][1]["deadline"].as_str().unwrap();
    assert!(deadline.ends_with('Z') && deadline.contains('T'), "{deadline}");
    let lines = ok(dir.path(), &["state", "-o", "jsonl"]);
    assert_eq!(lines.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok()).count(), 3);
}

#[test]
fn what_is_not_there_is_answered_with_what_is_like_it() {
    let dir = tempfile::tempdir().unwrap();
    taken_in(dir.path());
    for live in [false, true] {
        let host = live.then(|| Host::start(dir.path()));
        let absent = fanin(dir.path(), &["state", "parts", "--key", "43"]);
        assert_eq!(absent.code, 4, "{absent:?}");
        assert!(absent.err.contains("no event of parts [job=43] was seen"), "{absent:?}");
        assert!(absent.err.contains("--key job=42"), "{absent:?}");
        let misspelt = fanin(dir.path(), &["state", "prats"]);
        assert_eq!(misspelt.code, 4, "{misspelt:?}");
        assert!(misspelt.err.contains("did you mean \"parts\"?"), "{misspelt:?}");
        let part = fanin(dir.path(), &["state", "parts", "--key", "jbo=1"]);
        assert_eq!(part.code, 2, "{part:?}");
        assert!(part.err.contains("the key has no part `jbo`; its parts are job"), "{part:?}");
        let dropped = fanin(dir.path(), &["state", "drop", "parts", "--key", "43", "--why", "w", "--yes"]);
        assert_eq!(dropped.code, 4, "{dropped:?}");
        let which = fanin(dir.path(), &["state", "drop", "parts", "--why", "w", "--yes"]);
        assert_eq!(which.code, 2, "{which:?}");
        assert!(which.err.contains("give --key job=VALUE"), "{which:?}");
        drop(host);
    }
}

#[test]
fn nothing_is_done_without_a_yes() {
    let dir = tempfile::tempdir().unwrap();
    taken_in(dir.path());
    let asked = fanin(dir.path(), &["state", "drop", "parts", "--key", "42", "--why", "w"]);
    assert_eq!(asked.code, 2, "{asked:?}");
    assert!(asked.err.contains("say it with --yes"), "{asked:?}");
    assert_eq!(rows(&ok(dir.path(), &["state", "parts"])).len(), 2);
    let why = fanin(dir.path(), &["state", "drop", "parts", "--key", "42", "--yes"]);
    assert_eq!(why.code, 2, "{why:?}");
}

/// Waives what is missing for job 42, ends job 7, drops what is left: the same on files and on a running host.
fn intervene(dir: &Path) {
    let waive =
        ["state", "waive", "parts", "manifest", "--key", "42", "--why", "paper", "--yes", "--by", "ann"];
    let needs = fanin(dir, &waive);
    assert_eq!(needs.code, 1, "{needs:?}");
    assert!(needs.err.contains("give it with --set parts=VALUE"), "{needs:?}");
    let done = ok(dir, &[&waive[..], &["--set", "parts=2"]].concat());
    assert_eq!(done, "took `manifest` as given for parts [job=42]\n  nothing followed at once\n");
    let part =
        ["state", "waive", "parts", "part", "--key", "job=42", "--why", "lost", "--yes", "--set", "n=2"];
    let done = ok(dir, &part);
    assert_eq!(
        done,
        "took `part` as given for parts [job=42]\n  then parts [job=42]\n  then ready [job=42]\n  then rule assemble calls f\n"
    );
    let again = fanin(dir, &part);
    assert_eq!(again.code, 1, "{again:?}");
    assert!(again.err.contains("nothing is open for key \"42\" of parts: it is closed"), "{again:?}");
    let expired = ok(dir, &["state", "expire", "parts", "--key", "7", "--why", "no more", "--yes"]);
    assert!(expired.contains("then parts.timeout [job=7]\n  then rule complain calls f"), "{expired}");
    let dropped = ok(dir, &["state", "drop", "parts", "--key", "7", "--why", "test", "--yes", "-o", "json"]);
    let document: Value = serde_json::from_str(&dropped).unwrap();
    assert_eq!((&document["operated"], &document["followed"]["more"]), (&Value::Bool(true), &Value::from(0)));
    let left: Vec<String> = rows(&ok(dir, &["state"]));
    assert_eq!(left, ["parts job=42 fired 2/2", "ready job=42 fired 2/2"]);
}

#[test]
fn people_intervene_in_files_and_the_next_host_makes_the_calls() {
    let dir = tempfile::tempdir().unwrap();
    taken_in(dir.path());
    intervene(dir.path());
    let pending = ok(dir.path(), &["state", "--pending"]);
    assert!(pending.contains("assemble") && pending.contains("complain"), "{pending}");
    std::fs::write(dir.path().join("none.jsonl"), "").unwrap();
    let ran = fanin(dir.path(), &["run", "workflow.yaml", "--events", "none.jsonl"]);
    assert!(ran.out.contains("assemble called f") && ran.out.contains("complain called f"), "{ran:?}");
    assert!(!ok(dir.path(), &["state", "--pending"]).contains("assemble"));
}

#[test]
fn people_intervene_at_a_running_host() {
    let dir = tempfile::tempdir().unwrap();
    taken_in(dir.path());
    let host = Host::start(dir.path());
    intervene(dir.path());
    drop(host);
    // The log has it: who and why survive the restart, as does what followed.
    let told = ok(dir.path(), &["explain", "parts", "--key", "42"]);
    assert!(told.contains("taken as given") && told.contains("by ann: paper"), "{told}");
}

#[test]
fn a_watch_tells_each_change_in_a_line() {
    let dir = tempfile::tempdir().unwrap();
    project(dir.path());
    let host = Host::start(dir.path());
    let mut watch = host.watch(dir.path(), &["state", "parts", "--watch"]);
    ok(dir.path(), &["emit", "events.jsonl"]);
    let line = watch.line_with("job=7");
    assert!(line.contains("open") && line.contains("1/2"), "{line}");
    ok(dir.path(), &["state", "expire", "parts", "--key", "7", "--why", "w", "--yes"]);
    let line = watch.line_with("timed out");
    assert!(line.contains("job=7"), "{line}");
    ok(dir.path(), &["state", "drop", "parts", "--key", "7", "--why", "w", "--yes"]);
    watch.line_with("gone");
}
