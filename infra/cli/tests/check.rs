//! `fanin check` as a user runs it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const WORKFLOW: &str = r#"version: 1
name: shop
events:
  order: { match: { source: [shop], detail-type: [Order] }, capture: { $.detail.id: "{order}" } }
  paid: { match: { source: [shop], detail-type: [Paid] }, capture: { $.detail.order: "{order}" } }
conditions:
  pair: { all: [order, paid], by: order, within: 1h }
rules:
  pack: { when: pair, invoke: pack-order }
functions:
  pack-order: { respond: {} }
"#;
const TESTS: &str = r#"workflow: workflow.yaml
tests:
  - name: a pair is packed
    given: [ { order: { order: "7" } }, { paid: { order: "7" } } ]
    expect: [ pair, { invoke: pack-order } ]
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn fanin(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fanin")).current_dir(dir).arg("check").args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn a_directory_without_mistakes() {
    let dir = folder(&[("workflow.yaml", WORKFLOW), ("workflow.test.yaml", TESTS), ("other.yaml", "a: 1\n")]);
    let run = fanin(dir.path(), &[]);
    assert_eq!(
        (run.status.code(), out(&run).as_str(), err(&run).as_str()),
        (Some(0), "", "2 files checked: 0 errors, 0 warnings\n")
    );
    let empty = folder(&[("other.yaml", "a: 1\n")]);
    assert_eq!(fanin(empty.path(), &[]).status.code(), Some(4));
}

#[test]
fn mistakes_have_places_and_an_exit_code() {
    let dir = folder(&[("workflow.yaml", &WORKFLOW.replace("[order, paid]", "[order, piad]"))]);
    let run = fanin(dir.path(), &["workflow.yaml"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(err(&run).contains("error[F011]: there is no event `piad`"), "{}", err(&run));
    assert!(
        err(&run).contains("workflow.yaml:7:24") && err(&run).contains("did you mean `paid`?"),
        "{}",
        err(&run)
    );
    assert!(err(&run).ends_with("1 file checked: 1 error, 0 warnings\n"));
    assert_eq!(fanin(dir.path(), &["nowhere.yaml"]).status.code(), Some(2));
}

#[test]
fn warnings_are_mistakes_only_when_asked_for() {
    let dir = folder(&[("workflow.yaml", &WORKFLOW.replace(", within: 1h", ""))]);
    assert_eq!(fanin(dir.path(), &[]).status.code(), Some(0));
    assert_eq!(fanin(dir.path(), &["--strict"]).status.code(), Some(1));
}

#[test]
fn silenced_warnings_are_listed_with_their_reasons() {
    let text = WORKFLOW.replace("within: 1h", "allow: { F080: \"orders stay open\" }");
    let dir = folder(&[("workflow.yaml", &text)]);
    let quiet = fanin(dir.path(), &["--strict"]);
    assert_eq!((quiet.status.code(), err(&quiet).contains("F080")), (Some(0), false));
    assert!(err(&quiet).contains("(1 silenced)"));
    let told = fanin(dir.path(), &["--verbose"]);
    assert!(
        err(&told).contains("warning[F080]") && err(&told).contains("allowed: orders stay open"),
        "{}",
        err(&told)
    );
    let json: Value = serde_json::from_str(&out(&fanin(dir.path(), &["-o", "json"]))).unwrap();
    assert_eq!(
        (&json["warnings"], &json["diagnostics"][0]["silenced"]),
        (&0.into(), &"orders stay open".into())
    );
}

#[test]
fn the_answer_as_json() {
    let dir = folder(&[
        ("workflow.yaml", &WORKFLOW.replace("by: order", "by: oder")),
        ("a.yaml", "events:\nversion: 2\nname: a\n"),
    ]);
    let run = fanin(dir.path(), &["-o", "json"]);
    let json: Value = serde_json::from_str(&out(&run)).unwrap();
    assert_eq!((&json["files"], &json["errors"], &json["warnings"]), (&2.into(), &2.into(), &0.into()));
    let second = &json["diagnostics"][1];
    assert_eq!((&second["code"], &second["severity"]), (&"F031".into(), &"error".into()));
    assert_eq!((&second["line"], &second["column"], &second["length"]), (&7.into(), &35.into(), &4.into()));
    assert_eq!((&second["help"], &second["silenced"]), (&"did you mean `order`?".into(), &Value::Null));
    let lines = out(&fanin(dir.path(), &["-o", "jsonl"]));
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["code"].is_string()));
}

#[test]
fn tests_are_compared_with_their_workflow() {
    let dir = folder(&[
        ("workflow.yaml", WORKFLOW),
        ("a.test.yaml", &TESTS.replace("expect: [ pair", "expect: [ pair.timeout")),
        ("b.test.yaml", &TESTS.replace("workflow.yaml", "worklfow.yaml")),
    ]);
    let run = fanin(dir.path(), &["a.test.yaml", "b.test.yaml"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(err(&run).contains("warning[F064]") && err(&run).contains("wait: 1h"), "{}", err(&run));
    assert!(err(&run).contains("error[F066]: the workflow `worklfow.yaml` cannot be used"), "{}", err(&run));
    // A mistake in the workflow is shown once, where it is.
    let broken =
        folder(&[("workflow.yaml", &WORKFLOW.replace("[order, paid]", "[order]x")), ("w.test.yaml", TESTS)]);
    let all = fanin(broken.path(), &[]);
    assert!(err(&all).contains("workflow.yaml:7") && !err(&all).contains("F066"), "{}", err(&all));
    let one = fanin(broken.path(), &["w.test.yaml"]);
    assert!(err(&one).contains("F066") && err(&one).contains("fanin check workflow.yaml"), "{}", err(&one));
}

#[test]
fn standard_input_is_a_file_too() {
    let dir = tempfile::tempdir().unwrap();
    let feed = |text: &str, args: &[&str]| {
        let mut child = Command::new(env!("CARGO_BIN_EXE_fanin"))
            .current_dir(dir.path())
            .arg("check")
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    assert_eq!(feed(WORKFLOW, &["-"]).status.code(), Some(0));
    let wrong = feed("version: 3\n", &["-"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(err(&wrong).contains("<stdin>:1:10"), "{}", err(&wrong));
    assert_eq!(feed(WORKFLOW, &["-", "workflow.yaml"]).status.code(), Some(2));
}

#[test]
fn a_code_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let page = fanin(dir.path(), &["--explain", "f031"]);
    assert_eq!(page.status.code(), Some(0));
    assert!(out(&page).starts_with("# F031: an event does not have this capture\n"), "{}", out(&page));
    for code in fanin_workflow::codes::ALL {
        assert_eq!(fanin(dir.path(), &["--explain", code.id]).status.code(), Some(0), "{}", code.id);
    }
    let event = fanin(dir.path(), &["--explain", "bad-base64"]);
    assert!(out(&event).starts_with("bad-base64\n") && !out(&event).contains("too-large"), "{}", out(&event));
    let unknown = fanin(dir.path(), &["--explain", "F999"]);
    assert_eq!((unknown.status.code(), err(&unknown).contains("F097")), (Some(4), true), "{}", err(&unknown));
}
