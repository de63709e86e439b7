//! `fanin graph` as a user runs it: every format, to standard output and to a file.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fanin(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fanin")).current_dir(dir).args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// The golden files of the library.
fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows/tests/graph").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn each_format_is_what_the_library_draws() {
    let dir = example("uploads");
    for (args, file) in [
        (&["graph"][..], "uploads.mmd"),
        (&["graph", "workflow.yaml", "--format", "dot"], "uploads.dot"),
        (&["graph", "--format", "svg"], "uploads.svg"),
        (&["graph", "--format", "json"], "uploads.json"),
        (&["graph", "-o", "json"], "uploads.json"),
    ] {
        let shown = fanin(&dir, args);
        assert_eq!(shown.status.code(), Some(0), "{args:?}");
        assert_eq!(out(&shown), golden(file), "{args:?}");
    }
    let line = out(&fanin(&dir, &["graph", "-o", "jsonl"]));
    assert_eq!(line.lines().count(), 1);
    assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok());
}

#[test]
fn a_picture_goes_to_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let workflow = example("quorum").join("workflow.yaml");
    let args = ["graph", workflow.to_str().unwrap(), "--format", "svg", "--to", "quorum.svg"];
    let written = fanin(dir.path(), &args);
    assert_eq!((written.status.code(), out(&written)), (Some(0), String::new()));
    assert_eq!(std::fs::read_to_string(dir.path().join("quorum.svg")).unwrap(), golden("quorum.svg"));
}

#[test]
fn a_broken_workflow_is_no_picture() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(
        dir.path().join("workflow.yaml"),
        "version: 1\nname: w\nrules: { r: { when: nothing } }\n",
    )
    .unwrap();
    let refused = fanin(dir.path(), &["graph"]);
    assert_eq!((refused.status.code(), out(&refused)), (Some(1), String::new()));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing"));
    assert_eq!(fanin(dir.path(), &["graph", "missing.yaml"]).status.code(), Some(2));
}
