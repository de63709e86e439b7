//! The cases: every test file of the repository, and the list of what AWS cannot express.
#![expect(clippy::panic, reason = "a test ends when its cases cannot be read")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fanin_plan::Plan;
use fanin_workflow::testfile::TestCase;

/// At least so many cases there are; fewer means that files were not found.
const AT_LEAST: usize = 60;
/// The list of what AWS cannot express.
const DIFFERENCES: &str = include_str!("../docs/aws-differences.md");

/// The repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

/// The seed of this run.
///
/// # Panics
/// `FANIN_SEED` is no number.
#[must_use]
pub fn seed() -> u64 {
    std::env::var("FANIN_SEED").map_or(1, |s| s.parse().unwrap())
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/scenarios")).unwrap() {
        files.push(entry.unwrap().path());
    }
    for example in std::fs::read_dir(root().join("examples")).unwrap() {
        let example = example.unwrap().path();
        if example.is_dir() {
            files.extend(std::fs::read_dir(example).unwrap().map(|e| e.unwrap().path()));
        }
    }
    files.retain(|f| {
        let name = f.file_name().unwrap().to_string_lossy().into_owned();
        let scenario = f.parent().unwrap().ends_with("scenarios") && name.ends_with(".yaml");
        scenario || name.ends_with(".test.yaml")
    });
    // The uploads first: they are what a user sees first.
    files.sort_by_key(|path| (!path.display().to_string().contains("uploads"), path.clone()));
    files
}

/// Calls `visit` with every case, its name and its plan. `FANIN_CASE=text` leaves out those whose name does not have it.
///
/// # Panics
/// A file cannot be read, or there are too few.
pub fn each(mut visit: impl FnMut(&str, &Plan, &TestCase)) {
    let only = std::env::var("FANIN_CASE").ok();
    let mut cases = 0;
    for path in files() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = fanin_workflow::testfile::parse(&name, &text);
        let Some(file) = parsed.file else { panic!("{name}: {:?}", parsed.diagnostics) };
        let workflow = path.parent().unwrap().join(&file.workflow);
        let text = std::fs::read_to_string(&workflow).unwrap();
        let compiled = fanin_workflow::compile(&file.workflow, &text);
        let Some(plan) = compiled.plan else { panic!("{}: {:?}", file.workflow, compiled.diagnostics) };
        for case in &file.tests {
            cases += 1;
            let name = format!("{name}: {}", case.name);
            if only.as_ref().is_none_or(|only| name.contains(only)) {
                visit(&name, &plan, case);
            }
        }
    }
    assert!(cases >= AT_LEAST, "only {cases} cases were found");
}

/// The cases that a host cannot express, with the reasons: lines `- HOST | CASE | REASON` of the document.
#[must_use]
pub fn differences(host: &str) -> BTreeMap<String, String> {
    let lines = DIFFERENCES.lines().filter_map(|line| line.strip_prefix("- "));
    let parts =
        lines.map(|line| line.split('|').map(|part| part.trim().trim_matches('`').to_owned()).collect());
    let of_host = |parts: Vec<String>| match <[String; 3]>::try_from(parts) {
        Ok([of, case, reason]) if host.starts_with(&of) => Some((case, reason)),
        _ => None,
    };
    parts.filter_map(of_host).collect()
}

/// Gathers what failed and ends the test with all of it.
pub struct Verdict {
    host: String,
    differs: BTreeMap<String, String>,
    failed: Vec<String>,
    agreed: BTreeSet<String>,
    played: usize,
}

impl Verdict {
    /// Of plays on this host.
    #[must_use]
    pub fn of(host: &str) -> Verdict {
        let differs = differences(host);
        Verdict { host: host.to_owned(), differs, failed: Vec::new(), agreed: BTreeSet::new(), played: 0 }
    }

    /// Takes the outcome of one play: what was not as expected.
    pub fn add(&mut self, name: &str, problems: Vec<String>) {
        self.played += 1;
        let listed = self.differs.keys().find(|case| name.starts_with(case.as_str()));
        match (listed, problems.is_empty()) {
            (Some(case), true) => {
                self.agreed.insert(case.clone());
            }
            (None, false) => self.failed.push(format!("{name}\n  {}", problems.join("\n  "))),
            _ => {}
        }
    }

    /// Ends the test if something failed, or passed although it is listed as impossible.
    ///
    /// # Panics
    /// Then.
    pub fn end(self) {
        let Verdict { host, failed, agreed, played, .. } = self;
        assert!(failed.is_empty(), "{host}: {} of {played} failed:\n\n{}", failed.len(), failed.join("\n\n"));
        assert!(
            agreed.is_empty(),
            "{host}: listed in docs/aws-differences.md and yet they pass: {agreed:#?}"
        );
    }
}
