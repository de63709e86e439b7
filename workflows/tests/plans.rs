//! The tour of the language, and every example and scenario of the project, as plans.

#![expect(clippy::panic, clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use fanin_plan::{NameSource, Names, Plan, PlanError};
use fanin_workflow::{compile, testfile};

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
    let warnings: Vec<String> = compiled.diagnostics.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "tour.yaml:45:59: warning[F086]: `unpaid.timeout` never comes: the condition `unpaid` is about something absent and has no deadline; its own event is `unpaid`: it says that nothing came",
            "tour.yaml:84:3: warning[F081]: no rule calls the function `script`; call it with `invoke`, or take it out",
            "tour.yaml:85:3: warning[F081]: no rule calls the function `script-text`; call it with `invoke`, or take it out",
        ]
    );
    let plan = compiled.plan.unwrap();
    let shown = serde_json::to_string_pretty(&plan).unwrap() + "\n";
    let golden = folder.join("tour.json");
    if std::env::var_os("FANIN_REWRITE").is_some() {
        std::fs::write(&golden, &shown).unwrap();
    }
    assert!(shown == read(&golden), "the plan is now\n{shown}\nFANIN_REWRITE=1 writes it anew");
    assert_eq!(fanin_plan::Plan::from_json(&plan.to_json().unwrap()).unwrap(), plan);
}

#[test]
fn every_name_of_the_tour_is_linked() {
    let plan = compile("tour.yaml", include_str!("plans/tour.yaml")).plan.unwrap();
    let names = Names::link(&plan);
    for (i, event) in plan.events.iter().enumerate() {
        assert_eq!(names.find(&event.name).map(|id| id.0 as usize), Some(i));
    }
    let entry =
        |name: &str| names.find(name).and_then(|id| names.get(id)).unwrap_or_else(|| panic!("no {name}"));
    for (i, condition) in plan.conditions.iter().enumerate() {
        for (place, member) in condition.members.iter().enumerate() {
            assert!(
                entry(&member.name).members.contains(&(i, u16::try_from(place).unwrap())),
                "{}",
                member.name
            );
        }
    }
    for (i, rule) in plan.rules.iter().enumerate() {
        assert!(rule.when.iter().all(|when| entry(when).rules.contains(&i)), "{}", rule.name);
        assert!(entry(&format!("{}.done", rule.name)).source == NameSource::Done(i));
        assert!(entry(&format!("{}.failed", rule.name)).source == NameSource::Failed(i));
    }
    assert_eq!(entry("assembly_failed").source, NameSource::Emitted);
    assert!(names.find("assemble").is_none());
}

#[test]
fn a_plan_of_a_newer_format_is_refused() {
    let plan = compile("tour.yaml", include_str!("plans/tour.yaml")).plan.unwrap();
    let json = plan.to_json().unwrap();
    let newer = json.replacen("\"format\":1", "\"format\":2", 1);
    assert!(matches!(Plan::from_json(&newer), Err(PlanError::Newer { found: 2 })));
    assert!(matches!(Plan::from_json("{}"), Err(PlanError::Malformed(_))));
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
