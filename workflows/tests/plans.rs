//! The tour of the language, and every example and scenario of the project, as plans.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use fanin_workflow::{Severity, compile, testfile};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

#[test]
fn the_tour_gives_its_plan() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plans");
    let text = read(&folder.join("tour.yaml"));
    let compiled = compile("tour.yaml", &text);
    let warnings: Vec<_> = compiled.diagnostics.iter().map(|d| (d.severity, d.code)).collect();
    assert_eq!(warnings, [(Severity::Warning, "F080"), (Severity::Warning, "F081")]);
    let plan = compiled.plan.unwrap();
    let shown = serde_json::to_string_pretty(&plan).unwrap() + "\n";
    let golden = folder.join("tour.json");
    if std::env::var_os("FANIN_REWRITE").is_some() {
        std::fs::write(&golden, &shown).unwrap();
    }
    assert!(shown == read(&golden), "the plan is now\n{shown}\nFANIN_REWRITE=1 writes it anew");
    assert_eq!(fanin_plan::Plan::from_json(&plan.to_json().unwrap()).unwrap(), plan);
}

/// YAML files below a folder of the project.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if path.extension().is_some_and(|e| e == "yaml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn examples_and_scenarios_compile_and_fit() {
    let mut tests = 0;
    let mut wrong = Vec::new();
    for path in files("examples").into_iter().chain(files("tests/scenarios")) {
        let (name, text) = (path.display().to_string(), read(&path));
        if !text.contains("\ntests:") {
            wrong.extend(compile(&name, &text).errors().map(ToString::to_string));
            continue;
        }
        let parsed = testfile::parse(&name, &text);
        wrong.extend(parsed.diagnostics.iter().map(ToString::to_string));
        let Some(file) = parsed.file else { continue };
        tests += file.tests.len();
        let workflow = path.parent().unwrap().join(&file.workflow);
        if let Some(plan) = compile(&file.workflow, &read(&workflow)).plan {
            wrong.extend(testfile::check(&file, &name, &text, &plan).iter().map(ToString::to_string));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tests > 50, "only {tests} tests were found");
}
