//! The examples in the documents: every whole workflow compiles without a mistake, every test file passes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use fanin_plan::Plan;
use fanin_simulate::run_case;
use fanin_workflow::Severity;

/// Fenced blocks whose info string is `info`, with file and line.
fn blocks(info: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files: Vec<PathBuf> = vec![root.join("README.md")];
    files.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|e| e.unwrap().path()));
    files.retain(|f| f.extension().is_some_and(|e| e == "md"));
    files.sort();
    let mut blocks = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut open: Option<(String, String)> = None;
        for (number, line) in text.lines().enumerate() {
            match &mut open {
                None if line.trim_end() == format!("```{info}") => {
                    open = Some((format!("{}:{}", file.display(), number + 1), String::new()));
                }
                None => {}
                Some(_) if line.starts_with("```") => blocks.extend(open.take()),
                Some((_, block)) => {
                    block.push_str(line);
                    block.push('\n');
                }
            }
        }
    }
    blocks
}

fn plans() -> HashMap<String, Plan> {
    let mut plans = HashMap::new();
    for (place, text) in blocks("yaml workflow") {
        let compiled = fanin_workflow::compile("workflow.yaml", &text);
        let errors: Vec<String> = compiled
            .diagnostics
            .iter()
            .filter(|d| d.severity == Severity::Error)
            .map(ToString::to_string)
            .collect();
        let Some(plan) = compiled.plan else { panic!("{place}: {errors:?}") };
        plans.insert(format!("{}.yaml", plan.workflow), plan);
    }
    plans
}

#[test]
fn whole_workflows_compile() {
    assert!(blocks("yaml workflow").len() >= 10, "the documents have lost their examples");
    assert!(!plans().is_empty());
}

#[test]
fn test_files_pass() {
    let plans = plans();
    let files = blocks("yaml test");
    assert!(!files.is_empty(), "the documents have lost their test file");
    for (place, text) in files {
        let parsed = fanin_workflow::testfile::parse("test.yaml", &text);
        let Some(file) = parsed.file else { panic!("{place}: {:?}", parsed.diagnostics) };
        let Some(plan) = plans.get(&file.workflow) else {
            panic!("{place}: no document has {}", file.workflow)
        };
        for case in &file.tests {
            let report = run_case(plan, case, 1).unwrap();
            assert_eq!(report.failures, [], "{place}: {}", case.name);
        }
    }
}
