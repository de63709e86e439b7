//! `fanin match` as a user runs it: against a workflow, against a pattern, and a file of cases.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

fn fanin(dir: &Path, args: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fanin"))
        .current_dir(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const WORKFLOW: &str = r#"
version: 1
name: parts
events:
  part:     { s3: "uploads/jobs/{job}/part-{part}.csv" }
  manifest: { match: { source: [shop], detail-type: [Manifest] }, capture: { $.detail.job: "{job}", $.detail.parts: "{parts}" } }
  beat:     { match: { source: [device] }, capture: { $.detail.id: "{device}" } }
conditions:
  complete: { count: part, by: job, distinct: part, reach: manifest.parts, within: 1h }
  lost:     { absent: beat, by: device, for: 5m }
  late:     { absent: part, after: manifest, by: job, for: 30m }
rules:
  stored: { when: part, send: { log: parts } }
  done:   { when: complete, send: { log: done } }
"#;

fn upload(key: &str) -> String {
    format!(
        r#"{{"id":"e1","source":"aws.s3","detail-type":"Object Created","time":"2026-01-02T03:04:05Z","detail":{{"bucket":{{"name":"uploads"}},"object":{{"key":"{key}","size":1}}}}}}"#
    )
}

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("workflow.yaml"), WORKFLOW).unwrap();
    dir
}

#[test]
fn an_event_is_shown_with_all_that_it_touches() {
    let dir = project();
    std::fs::write(dir.path().join("event.json"), upload("jobs/42/part-3.csv")).unwrap();
    let told = fanin(dir.path(), &["match", "event.json"], "");
    assert_eq!(
        out(&told),
        r#"event e1  "Object Created" from "aws.s3", 2026-01-02T03:04:05Z
  is part  job=42 part=3
    condition complete [job=42]: counts once for part=3
    condition late [job=42]: came, so nothing is missing
    rule stored: called
  is not
    manifest  detail-type "Object Created" is none of ["Manifest"]  (0 of 2 fields fit)
    beat      source "aws.s3" is none of ["device"]  (0 of 1 fields fit)
"#
    );
    assert_eq!(told.status.code(), Some(0));
}

#[test]
fn what_is_none_comes_with_the_nearest_first() {
    let dir = project();
    let told = fanin(dir.path(), &["match", "-", "workflow.yaml"], &upload("jobs/42/part-3.CSV"));
    let text = out(&told);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "  is none of the named events; nearest first:");
    assert_eq!(
        lines[2],
        r#"    part      key "jobs/42/part-3.CSV" does not fit "jobs/{job}/part-{part}.csv" at ".CSV""#
    );
    assert_eq!(told.status.code(), Some(1));
}

#[test]
fn roles_are_told_in_words() {
    let dir = project();
    let manifest = |parts: &str| {
        format!(r#"{{"source":"shop","detail-type":"Manifest","detail":{{"job":"7","parts":{parts}}}}}"#)
    };
    let text = out(&fanin(dir.path(), &["match", "-"], &manifest("4")));
    assert!(text.contains("condition complete [job=7]: says that 4 must be reached\n"), "{text}");
    assert!(text.contains("condition late [job=7]: starts the wait of 30m\n"), "{text}");
    for wrong in ["0", "2.5", "10000001", "\"many\""] {
        let text = out(&fanin(dir.path(), &["match", "-"], &manifest(wrong)));
        assert!(text.contains("no whole number from 1 to 10,000,000"), "{wrong}: {text}");
    }
    assert!(!out(&fanin(dir.path(), &["match", "-"], &manifest("10000000"))).contains("no whole number"));
    let beat = r#"{"source":"device","detail-type":"Beat","detail":{"id":"d"}}"#;
    let text = out(&fanin(dir.path(), &["match", "-"], beat));
    assert!(text.contains("condition lost [device=d]: starts the wait of 5m again\n"), "{text}");
}

#[test]
fn json_has_everything_and_every_form_is_taken() {
    let dir = project();
    let args = ["match", "-", "--workflow", "workflow.yaml", "-o", "json"];
    let told: Value =
        serde_json::from_str(&out(&fanin(dir.path(), &args, &upload("jobs/42/part-3.csv")))).unwrap();
    assert_eq!(told["workflow"], "parts");
    let event = &told["events"][0];
    assert_eq!((&event["id"], &event["source"]), (&"e1".into(), &"aws.s3".into()));
    assert_eq!(event["named"][0]["captures"], serde_json::json!({ "job": "42", "part": "3" }));
    assert_eq!(event["named"][0]["conditions"][0]["key"], serde_json::json!({ "job": "42" }));
    assert_eq!(event["named"][0]["rules"], serde_json::json!(["stored"]));
    assert_eq!(event["misses"][0]["field"], "detail-type");
    // How many events each form holds, and how many of them are refused.
    for (fixture, events, refused) in [
        ("s3-put.json", 1, 0),
        ("sqs.json", 3, 1),
        ("sns-in-sqs.json", 1, 0),
        ("cloudevent.json", 1, 0),
        ("put-events.json", 2, 1),
        ("kinesis.json", 1, 1),
        ("s3-test-event.json", 0, 0),
    ] {
        let path = root().join("triggers/tests/fixtures").join(fixture);
        let told = fanin(dir.path(), &["match", path.to_str().unwrap(), "-o", "json"], "");
        assert_eq!(told.status.code(), Some(1), "{fixture}");
        let told: Value = serde_json::from_str(&out(&told)).unwrap();
        let count = |name: &str| told[name].as_array().unwrap().len();
        assert_eq!((count("events"), count("refused")), (events, refused), "{fixture}");
    }
}

#[test]
fn lines_are_shown_one_after_the_other() {
    let dir = project();
    let lines = format!("{}\n\nnot json\n{}\n", upload("jobs/1/part-1.csv"), upload("jobs/1/part-2.csv"));
    let told = fanin(dir.path(), &["match", "-"], &lines);
    let text = out(&told);
    assert!(text.starts_with("line 1: event e1"), "{text}");
    assert!(text.contains("\nline 3: refused: not JSON"), "{text}");
    assert!(text.contains("\nline 4: event e1"), "{text}");
    assert_eq!(told.status.code(), Some(1), "one was refused");
    let told = fanin(dir.path(), &["match", "-", "-o", "jsonl"], &lines);
    assert!(out(&told).lines().all(|line| serde_json::from_str::<Value>(line).is_ok()));
    assert_eq!(out(&told).lines().count(), 3);
}

#[test]
fn a_pattern_alone() {
    let dir = project();
    let run = |pattern: &str, event: &str| {
        let told = fanin(dir.path(), &["match", "-", "--pattern", pattern], event);
        (told.status.code(), out(&told).trim_end().to_owned())
    };
    assert_eq!(run(r#"{"a":["x"]}"#, r#"{"a":"x"}"#), (Some(0), "matches".to_owned()));
    let (code, text) = run(r#"{"a":["x"],"b":[1]}"#, r#"{"a":"y","id":"e"}"#);
    assert_eq!((code, text.as_str()), (Some(1), r#"event e: does not match: a "y" is none of ["x"]"#));
    std::fs::write(dir.path().join("p.json"), r#"{"detail":{"object":{"size":[{"numeric":["<",5]}]}}}"#)
        .unwrap();
    assert_eq!(run("@p.json", &upload("k")).0, Some(0));
    let refused = fanin(dir.path(), &["match", "-", "--pattern", r#"{"a":"x"}"#], "{}");
    assert_eq!(refused.status.code(), Some(2));
    let text = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(text.contains("this is no event pattern") && text.contains("at byte 5"), "{text}");
    assert_eq!(run(r#"{"a":["x"]}"#, "{").0, Some(1));
}

#[test]
fn cases_are_counted() {
    let dir = project();
    // The project's own copy of the conformance cases, and the whole file where it is at hand.
    let own = root().join("event/tests/data/patterns.jsonl");
    let whole = root().join("../shared/conformance/patterns.jsonl");
    for path in [own, whole].iter().filter(|path| path.exists()) {
        let lines = std::fs::read_to_string(path).unwrap().lines().count();
        let told = fanin(dir.path(), &["match", "--cases", path.to_str().unwrap()], "");
        assert_eq!(out(&told), format!("{lines} agreed, 0 disagreed\n"));
        assert_eq!(told.status.code(), Some(0));
    }
}

#[test]
fn disagreements_are_shown_up_to_ten() {
    let dir = project();
    let case = |event: &str, valid: bool, matches: bool| {
        serde_json::json!({ "pattern": "{\"a\":[1]}", "event": event, "valid": valid, "matches": matches })
            .to_string()
    };
    let broken = r#"{"pattern":"{\"a\":1}","event":null,"valid":true,"matches":null,"id":9}"#;
    let mut lines = vec![case("{\"a\":1}", true, true), case("{\"a\":2}", true, true), broken.to_owned()];
    lines.push(case("{\"a\":1}", false, false));
    lines.extend((0..20).map(|_| case("{\"a\":1}", true, false)));
    let told = fanin(dir.path(), &["match", "--cases", "-"], &(lines.join("\n") + "\n"));
    let text = out(&told);
    assert_eq!(told.status.code(), Some(1));
    assert_eq!(text.lines().last(), Some("1 agreed, 23 disagreed"));
    assert_eq!(text.matches("\nline ").count() + 1, 10, "{text}");
    assert!(text.starts_with("line 2: expected: a match; found: no match\n  pattern  {\"a\":[1]}\n  event    {\"a\":2}\n  because  a 2 is none of [1]\n"), "{text}");
    assert!(
        text.contains("line 3 (id 9): expected: the pattern is valid; found: the pattern is refused"),
        "{text}"
    );
    assert!(text.contains("line 4: expected: the pattern is refused; found: the pattern is valid"), "{text}");
    let told = fanin(dir.path(), &["match", "--cases", "-", "-o", "json"], &lines.join("\n"));
    let told: Value = serde_json::from_str(&out(&told)).unwrap();
    assert_eq!((&told["agreed"], &told["disagreed"]), (&1.into(), &23.into()));
    let bad = fanin(dir.path(), &["match", "--cases", "-"], "{\"pattern\":1}\n");
    assert_eq!(bad.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&bad.stderr).contains("line 1: write"));
}

#[test]
fn wrong_usage_says_what_to_name() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("e.json"), "{}").unwrap();
    let told = fanin(dir.path(), &["match", "e.json"], "");
    assert_eq!(told.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&told.stderr).contains("name the workflow"));
    for args in [
        &["match"][..],
        &["match", "e.json", "w.yaml", "--pattern", "{}"],
        &["match", "e.json", "--cases", "c"],
    ] {
        assert_eq!(fanin(dir.path(), args, "").status.code(), Some(2), "{args:?}");
    }
}
