//! `fanin fmt` as a user runs it: in place, as a check, and from standard input.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const UGLY: &str = "name:   w\nversion: 1\nevents: {a: {s3: \"b/{k}\"}}   # what comes\n";
const NEAT: &str = "version: 1\nname: w\n\nevents: { a: { s3: \"b/{k}\" } }  # what comes\n";

fn fanin(dir: &Path, args: &[&str], stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fanin"))
        .current_dir(dir)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn files_are_rewritten_in_place_with_their_permissions() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("workflow.yaml");
    std::fs::write(&path, UGLY).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("workflow.yaml", dir.path().join("link.yaml")).unwrap();
    std::fs::write(dir.path().join("compose.yaml"), "version:   3\nservices: {}\n").unwrap();

    let run = fanin(dir.path(), &["fmt", "link.yaml"], "");
    assert_eq!(run.status.code(), Some(0), "{}", err(&run));
    assert_eq!((out(&run).as_str(), err(&run).as_str()), ("link.yaml\n", "1 file, 1 changed\n"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), NEAT);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(dir.path().join("link.yaml").is_symlink());

    let run = fanin(dir.path(), &["fmt"], "");
    assert_eq!((out(&run).as_str(), run.status.code()), ("", Some(0)));
    assert!(std::fs::read_to_string(dir.path().join("compose.yaml")).unwrap().contains("   3"), "not ours");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "nothing is left behind");
}

#[test]
fn check_shows_the_difference_and_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("workflow.yaml");
    std::fs::write(&path, UGLY).unwrap();
    let run = fanin(dir.path(), &["fmt", "--check"], "");
    assert_eq!(run.status.code(), Some(1));
    let text = out(&run);
    for line in ["--- ./workflow.yaml", "+++ ./workflow.yaml (formatted)", "-name:   w", "+name: w"] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), UGLY);

    let run = fanin(dir.path(), &["fmt", "--check", "-o", "json"], "");
    let found: serde_json::Value = serde_json::from_str(&out(&run)).unwrap();
    assert_eq!(found, serde_json::json!({ "files": 1, "changed": ["./workflow.yaml"], "refused": [] }));
    let run = fanin(dir.path(), &["fmt", "-o", "jsonl"], "");
    let found: serde_json::Value = serde_json::from_str(&out(&run)).unwrap();
    assert_eq!(found, serde_json::json!({ "file": "./workflow.yaml", "status": "changed", "diff": null }));
    assert_eq!(fanin(dir.path(), &["fmt", "--check"], "").status.code(), Some(0));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let dir = tempfile::tempdir().unwrap();
    let run = fanin(dir.path(), &["fmt", "-"], UGLY);
    assert_eq!((out(&run).as_str(), run.status.code()), (NEAT, Some(0)));
    assert_eq!(fanin(dir.path(), &["fmt", "-", "--check"], UGLY).status.code(), Some(1));
    assert_eq!(fanin(dir.path(), &["fmt", "-", "--check"], NEAT).status.code(), Some(0));
    assert_eq!(out(&fanin(dir.path(), &["fmt", "-"], "")), "");
    assert_eq!(fanin(dir.path(), &["fmt", "-", "x.yaml"], "").status.code(), Some(2));
}

#[test]
fn what_cannot_be_read_is_shown_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let broken = "version: 1\nevents: { a: [ }\n";
    std::fs::write(dir.path().join("broken.yaml"), broken).unwrap();
    std::fs::write(dir.path().join("workflow.yaml"), UGLY).unwrap();
    let run = fanin(dir.path(), &["fmt"], "");
    assert_eq!(run.status.code(), Some(1));
    assert_eq!(out(&run), "./workflow.yaml\n");
    let text = err(&run);
    assert!(text.contains("error[F001]") && text.contains("broken.yaml:2:"), "{text}");
    assert!(text.ends_with("2 files, 1 changed, 1 cannot be read\n"), "{text}");
    assert_eq!(std::fs::read_to_string(dir.path().join("broken.yaml")).unwrap(), broken);

    let empty = tempfile::tempdir().unwrap();
    assert_eq!(fanin(empty.path(), &["fmt"], "").status.code(), Some(4));
    assert_eq!(fanin(empty.path(), &["fmt", "absent.yaml"], "").status.code(), Some(2));
}
