//! The verbs for AWS as a user runs them where there is no AWS: what they print, and what they say is missing.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn fanin(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fanin"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .current_dir(dir)
        .args(args)
        .env_remove("FANIN_LOG")
        // Nobody answers there; whoever asks is told so at once.
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
        .env("HOME", dir)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// The golden files of the library.
fn golden(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/tests/templates").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_template_is_the_librarys() {
    let dir = tempfile::tempdir().unwrap();
    let workflow = example("uploads").join("workflow.yaml");
    let workflow = workflow.to_str().unwrap();
    let shown = fanin(dir.path(), &["template", workflow]);
    assert_eq!((shown.status.code(), out(&shown)), (Some(0), golden("uploads.yaml")));
    let json = fanin(dir.path(), &["template", workflow, "-o", "json"]);
    let whole: Value = serde_json::from_str(&out(&json)).unwrap();
    assert_eq!(whole["Resources"]["Table"]["Properties"]["TableName"], "uploads-state");
    let written =
        fanin(dir.path(), &["template", workflow, "--to", "t.json", "--stack", "shop", "--part", "wiring"]);
    assert_eq!((written.status.code(), out(&written)), (Some(0), String::new()));
    let wiring = std::fs::read_to_string(dir.path().join("t.json")).unwrap();
    let wiring: Value = serde_json::from_str(&wiring).unwrap();
    assert_eq!(wiring["Resources"]["Sweep"]["Properties"]["Name"], "shop-sweep");
    assert!(wiring["Resources"].get("Table").is_none());
}

#[test]
fn choices_that_cannot_be_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let workflow = example("uploads").join("workflow.yaml");
    let workflow = workflow.to_str().unwrap();
    for (args, said) in [
        (&["--stack", "Shop"][..], "--stack NAME"),
        (&["--own-bucket", "other"], "names: uploads"),
        (&["--async", "other"], "there are: `assemble`"),
        (&["--function", "assemble"], "NAME=LAMBDA"),
        (&["--batch", "10001"], "10000"),
        (&["--concurrency", "1"], "2..="),
    ] {
        let refused = fanin(dir.path(), &[&["template", workflow][..], args].concat());
        assert_eq!((refused.status.code(), out(&refused)), (Some(2), String::new()), "{args:?}");
        assert!(err(&refused).contains(said), "{args:?}: {}", err(&refused));
    }
}

#[test]
fn the_steps_are_shown_without_an_account() {
    let dir = tempfile::tempdir().unwrap();
    let workflow = example("uploads").join("workflow.yaml");
    let workflow = workflow.to_str().unwrap();
    let shown = fanin(dir.path(), &["deploy", workflow, "--offline", "--functions", "zips"]);
    assert_eq!(shown.status.code(), Some(0), "{}", err(&shown));
    let lines = out(&shown);
    let heads: Vec<&str> = lines.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        heads[..9],
        [
            "code",
            "stack uploads",
            "stack uploads-functions",
            "code of uploads-condition-engine",
            "code of uploads-rule-engine",
            "code of uploads-timers",
            "function assemble",
            "bucket uploads",
            heads[8],
        ]
    );
    assert!(
        heads[8].starts_with("plan ") && heads[9..] == ["stack uploads-wiring", "smoke event"],
        "{heads:?}"
    );
}

#[test]
fn what_is_missing_is_said_with_what_mends_it() {
    let dir = tempfile::tempdir().unwrap();
    let workflow = example("uploads").join("workflow.yaml");
    let workflow = workflow.to_str().unwrap();
    let no_code = fanin(dir.path(), &["deploy", workflow, "--plan"]);
    assert_eq!(no_code.status.code(), Some(2));
    assert!(
        err(&no_code).contains("--functions DIR") && err(&no_code).contains("--source DIR"),
        "{}",
        err(&no_code)
    );
    let no_region = fanin(dir.path(), &["deploy", workflow, "--plan", "--functions", "zips"]);
    assert_eq!(no_region.status.code(), Some(2));
    assert!(err(&no_region).contains("AWS_REGION"), "{}", err(&no_region));
    let destroy = fanin(dir.path(), &["destroy", "--stack", "shop", "--yes"]);
    assert_eq!(destroy.status.code(), Some(2));
    assert!(err(&destroy).contains("AWS_REGION"), "{}", err(&destroy));
}

#[test]
fn what_is_missing_is_all_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    for verb in ["status", "logs"] {
        let refused = fanin(dir.path(), &[verb, "--stack", "shop"]);
        let said = err(&refused);
        assert_eq!((refused.status.code(), out(&refused), said.lines().count()), (Some(2), String::new(), 1));
        assert!(said.starts_with("fanin: no region is set: export AWS_REGION="), "{said}");
    }
}

#[test]
fn a_cost_has_its_parts() {
    let dir = tempfile::tempdir().unwrap();
    let workflow = example("uploads").join("workflow.yaml");
    let workflow = workflow.to_str().unwrap();
    let shown = fanin(dir.path(), &["cost", workflow, "--events", "1000", "--members", "4", "-o", "json"]);
    let cost: Value = serde_json::from_str(&out(&shown)).unwrap();
    let parts = ["table", "queues", "bus", "functions"].map(|part| cost["dollars"][part].as_f64().unwrap());
    assert!((parts.iter().sum::<f64>() - cost["dollars"]["total"].as_f64().unwrap()).abs() < 1e-12);
    assert_eq!(cost["conditions"][0]["lives"], 250.0);
    let text = out(&fanin(dir.path(), &["cost", workflow, "--events", "1000", "--members", "4"]));
    assert!(text.contains("job_complete") && text.contains("total"), "{text}");
}
