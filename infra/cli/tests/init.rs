//! `fanin init` as a user runs it: what it writes passes every check, its events make it fire, and nothing is overwritten.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const TEMPLATES: [&str; 6] = ["uploads", "counter", "quorum", "map", "absence", "sequence"];

fn fanin(dir: &Path, args: &[&str]) -> Output {
    // A function of a template looks for an endpoint; that of the tests' own environment is none of its business.
    Command::new(env!("CARGO_BIN_EXE_fanin"))
        .current_dir(dir)
        .env_remove("AWS_ENDPOINT_URL_S3")
        .args(args)
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn every_template_passes_its_checks_and_fires() {
    let dir = tempfile::tempdir().unwrap();
    for template in TEMPLATES {
        let made = fanin(dir.path(), &["init", template, "--template", template]);
        assert_eq!(made.status.code(), Some(0), "{}", err(&made));
        assert!(err(&made).contains(&format!("cd {template}\n  fanin test\n")), "{}", err(&made));
        let project = dir.path().join(template);
        let listed = out(&made).lines().map(|line| dir.path().join(line)).collect::<Vec<_>>();
        assert!(listed.len() >= 6 && listed.iter().all(|path| path.is_file()), "{listed:?}");

        for args in [&["check", "--strict", "."][..], &["test", "."], &["fmt", "--check", "."]] {
            let checked = fanin(&project, args);
            assert_eq!(
                checked.status.code(),
                Some(0),
                "{template} {args:?}\n{}{}",
                out(&checked),
                err(&checked)
            );
        }
        let args = ["run", "workflow.yaml", "--events", "events.jsonl", "--dir", "state", "-o", "json"];
        let ran = fanin(&project, &args);
        // Done, or something still waits; no dead letter, no failed call.
        assert!(matches!(ran.status.code(), Some(0 | 3)), "{template}\n{}{}", out(&ran), err(&ran));
        let told: Value = serde_json::from_str(&out(&ran)).unwrap();
        let calls = told["calls"].as_array().unwrap();
        assert!(
            !calls.is_empty() && calls.iter().all(|call| call["error"].is_null()),
            "{template}: {calls:?}"
        );
        let fired = told["stats"]["fired"].as_u64().unwrap();
        assert!(fired > 0 || template == "map", "{template} has no condition that fired");

        let matched = fanin(&project, &["match", "events.jsonl", "-o", "json"]);
        let told: Value = serde_json::from_str(&out(&matched)).unwrap();
        let events = told["events"].as_array().unwrap();
        assert!(events.iter().all(|event| !event["named"].as_array().unwrap().is_empty()), "{template}");
    }
}

#[test]
fn files_that_are_there_are_named_and_left() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("workflow.yaml"), "mine").unwrap();
    std::fs::write(dir.path().join("README.md"), "mine").unwrap();
    let refused = fanin(dir.path(), &["init", "."]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("./workflow.yaml, ./README.md; `--force`"), "{}", err(&refused));
    assert!(!dir.path().join("events.jsonl").exists(), "nothing is written by halves");
    assert_eq!(std::fs::read_to_string(dir.path().join("workflow.yaml")).unwrap(), "mine");

    let forced = fanin(dir.path(), &["init", ".", "--force"]);
    assert_eq!(forced.status.code(), Some(0), "{}", err(&forced));
    assert!(std::fs::read_to_string(dir.path().join("workflow.yaml")).unwrap().contains("name: uploads"));
    assert!(!err(&forced).contains("cd "), "{}", err(&forced));
}

#[test]
fn programs_keep_their_right_to_run() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(fanin(dir.path(), &["init", "p"]).status.code(), Some(0));
    let mode = |name: &str| dir.path().join("p").join(name).metadata().unwrap().permissions().mode();
    assert!(mode("functions/assemble.py") & 0o100 != 0);
    assert!(mode("workflow.yaml") & 0o111 == 0);
}

#[test]
fn editors_find_schemas_that_accept_the_files() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(fanin(dir.path(), &["init", "p", "--template", "quorum"]).status.code(), Some(0));
    let project = dir.path().join("p");
    let read = |name: &str| std::fs::read_to_string(project.join(name)).unwrap();
    let settings: Value = serde_json::from_str(&read(".vscode/settings.json")).unwrap();
    for schema in settings["yaml.schemas"].as_object().unwrap().keys() {
        let text: Value = serde_json::from_str(&read(schema)).unwrap();
        assert!(text["$schema"].is_string(), "{schema}");
    }
    for file in ["workflow.yaml", "workflow.test.yaml"] {
        let text = read(file);
        let schema = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=./").unwrap();
        assert!(project.join(schema).is_file(), "{file}: {schema}");
    }
    let ignored = read(".gitignore");
    assert!(ignored.contains("/.fanin/*") && ignored.contains("!/.fanin/*.schema.json"));
}

#[test]
fn templates_are_listed_a_line_each() {
    let dir = tempfile::tempdir().unwrap();
    let listed = fanin(dir.path(), &["init", "--list"]);
    let text = out(&listed);
    let names: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(names, TEMPLATES);
    assert_eq!(fanin(dir.path(), &["init"]).status.code(), Some(2));
    let wrong = fanin(dir.path(), &["init", "p", "--template", "upload"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(err(&wrong).contains("'uploads'"), "{}", err(&wrong));
    assert!(!dir.path().join("p").exists());
}
