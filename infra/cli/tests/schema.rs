//! `fanin schema` as a user runs it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn fanin(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fanin")).current_dir(dir).args(args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn each_schema_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    for (name, title) in [
        ("workflow", "A workflow of fanin, version 1"),
        ("test", "Tests of a workflow of fanin, version 1"),
        ("event", "An event for fanin"),
    ] {
        let run = fanin(dir.path(), &["schema", name]);
        assert_eq!(run.status.code(), Some(0));
        let schema: Value = serde_json::from_str(&out(&run)).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["title"], title);
        let line = fanin(dir.path(), &["schema", name, "-o", "jsonl"]);
        assert_eq!(out(&line).lines().count(), 1);
        assert_eq!(serde_json::from_str::<Value>(&out(&line)).unwrap(), schema);
    }
    assert_eq!(fanin(dir.path(), &["schema"]).status.code(), Some(2));
    assert_eq!(fanin(dir.path(), &["schema", "rule"]).status.code(), Some(2));
}

#[test]
fn all_of_them_are_written_where_the_modeline_looks() {
    let dir = tempfile::tempdir().unwrap();
    let run = fanin(dir.path(), &["schema", "--write", ".fanin"]);
    assert_eq!(run.status.code(), Some(0));
    let names = ["workflow", "test", "event"].map(|name| format!(".fanin/{name}.v1.schema.json"));
    assert_eq!(out(&run).lines().collect::<Vec<_>>(), names);
    for (name, of) in names.iter().zip(["workflow", "test", "event"]) {
        let written = std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!(written, out(&fanin(dir.path(), &["schema", of])), "{name}");
    }
    let run = fanin(dir.path(), &["schema", "--write", ".fanin", "-o", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&out(&run)).unwrap()["written"].as_array().unwrap().len(), 3);
}
