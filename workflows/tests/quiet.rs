//! No warning on any example, scenario or template: a warning that is wrong teaches people to overlook the right ones.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use fanin_workflow::{compile, testfile};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The YAML files below some folders.
fn files() -> Vec<PathBuf> {
    let mut open: Vec<PathBuf> = ["examples", "tests/scenarios", "infra/cli/templates"]
        .iter()
        .map(|folder| root().join(folder))
        .collect();
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn examples_and_scenarios_give_no_warning() {
    let (mut told, mut tests, mut workflows) = (Vec::new(), 0, 0);
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.display().to_string();
        if !text.lines().any(|line| line.starts_with("tests:")) {
            workflows += 1;
            told.extend(compile(&name, &text).diagnostics);
            continue;
        }
        let parsed = testfile::parse(&name, &text);
        told.extend(parsed.diagnostics);
        let Some(file) = parsed.file else { continue };
        let workflow = path.parent().unwrap().join(&file.workflow);
        let Some(plan) = compile("w.yaml", &std::fs::read_to_string(&workflow).unwrap()).plan else {
            continue;
        };
        tests += 1;
        told.extend(testfile::check(&file, &name, &text, &plan));
    }
    assert!(tests >= 30 && workflows >= 25, "{tests} test files and {workflows} workflows were found");
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}
