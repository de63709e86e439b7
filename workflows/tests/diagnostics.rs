//! Malformed files and what is shown for them: `tests/diagnostics/NAME.yaml` (or `.json`, `.test.yaml`) and `NAME.txt`.
//! `FANIN_REWRITE=1 cargo test -p fanin-workflow --test diagnostics` writes the texts anew.

#![expect(clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fanin_workflow::{Diagnostic, Severity, Style, codes, compile, render, testfile};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// Found only where a test file is compared with its workflow.
const COMPARED: [codes::Code; 5] =
    [codes::TEST_CAPTURE, codes::CONTRADICTION, codes::CANNOT_COME, codes::TEST_TWICE, codes::NO_WORKFLOW];

/// Every malformed file: its name and its text.
fn cases() -> Vec<(String, String)> {
    let read =
        |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut cases: Vec<(String, String)> = std::fs::read_dir(folder())
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e != "txt"))
        .map(|path| {
            (path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(), read(&path))
        })
        .collect();
    cases.sort();
    cases
}

fn diagnose(name: &str, text: &str) -> Vec<Diagnostic> {
    if name.ends_with(".test.yaml") {
        let parsed = testfile::parse(name, text);
        let wrong = parsed.diagnostics.iter().any(|d| d.severity == Severity::Error);
        assert_eq!(parsed.file.is_some(), !wrong, "{name}");
        let Some(file) = parsed.file else { return parsed.diagnostics };
        let Some(plan) = tested(&file.workflow) else {
            return vec![testfile::without_workflow(name, text, "there is no such file")];
        };
        let checked = testfile::check_all(&file, name, text, &plan);
        return [parsed.diagnostics, checked.diagnostics, checked.silenced].concat();
    }
    let compiled = compile(name, text);
    assert_eq!(compiled.plan.is_some(), compiled.errors().next().is_none(), "{name}");
    [compiled.diagnostics, compiled.silenced].concat()
}

/// The plan of a workflow that test files name.
fn tested(path: &str) -> Option<fanin_plan::Plan> {
    let text = std::fs::read_to_string(folder().join(path)).ok()?;
    let compiled = compile("workflow.yaml", &text);
    assert_eq!(compiled.diagnostics, [], "the tested workflow");
    compiled.plan
}

#[test]
fn mistakes_are_shown_as_before() {
    let rewrite = std::env::var_os("FANIN_REWRITE").is_some();
    let cases = cases();
    assert!(cases.len() >= 80, "only {} files", cases.len());
    let mut wrong = Vec::new();
    for (name, text) in cases {
        let found = diagnose(&name, &text);
        assert!(!found.is_empty(), "{name} has no mistake");
        let shown: String = found.iter().map(|d| render(d, &text, Style::Plain) + "\n\n").collect();
        let path = folder().join(name.clone() + ".txt");
        if rewrite {
            std::fs::write(&path, &shown).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        } else if std::fs::read_to_string(&path).unwrap_or_default() != shown {
            wrong.push(format!("{name} now shows\n{shown}"));
        }
    }
    assert!(wrong.is_empty(), "{}\nFANIN_REWRITE=1 writes them anew", wrong.join("\n"));
}

#[test]
fn every_code_has_an_example_and_every_error_a_help() {
    let mut seen = BTreeSet::new();
    for (name, text) in cases() {
        for found in diagnose(&name, &text) {
            assert!(
                found.help.is_some()
                    || found.code == codes::OUT_OF_RANGE.id
                    || found.code == codes::WRONG_TYPE.id,
                "{found}"
            );
            let code = codes::find(found.code).unwrap_or_else(|| panic!("{found}: no such code"));
            assert_eq!(found.severity, code.severity, "{found}");
            seen.insert(found.code);
        }
    }
    let missing: Vec<&str> = codes::ALL.iter().map(|c| c.id).filter(|c| !seen.contains(c)).collect();
    assert!(missing.is_empty(), "no example for {missing:?}");
}

/// The fenced YAML blocks of a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn examples_on_the_pages_do_what_the_pages_say() {
    for code in codes::ALL {
        let path = format!("{}/../docs/errors/{}.md", env!("CARGO_MANIFEST_DIR"), code.id);
        let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        let blocks = blocks(&page);
        let shown = |text: &str| -> Vec<Diagnostic> {
            let mut found = compile("workflow.yaml", text).diagnostics;
            if text.contains("\ntests:") {
                let parsed = testfile::parse("workflow.test.yaml", text);
                found = parsed.diagnostics;
            }
            found
        };
        let [bad, good] = blocks.as_slice() else {
            panic!("{path}: an example and its mending are expected")
        };
        if !COMPARED.contains(code) {
            assert!(
                shown(bad).iter().any(|d| d.code == code.id),
                "{path}: the example gives {:?}",
                shown(bad)
            );
        }
        let errors: Vec<_> =
            shown(good).into_iter().filter(|d| d.severity == Severity::Error || d.code == code.id).collect();
        assert_eq!(errors, [], "{path}: the mended example");
    }
}

#[test]
fn colours_are_only_shown_when_asked_for() {
    let text = "version: 2\nname: w\nevents: {}\n";
    let compiled = compile("w.yaml", text);
    let Some(first) = compiled.diagnostics.first() else { panic!("a mistake") };
    assert!(!render(first, text, Style::Plain).contains('\u{1b}'));
    assert!(render(first, text, Style::Coloured).contains('\u{1b}'));
}
