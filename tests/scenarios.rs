//! Every scenario and every example's tests: in virtual time through the engine, as written, varied and with crashes, and
//! again through the embedded host with its log, its threads and its restarts.
//!
//! `FANIN_SEED=n` replays the variations of one run.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};

use fanin_plan::Plan;
use fanin_simulate::report::{once, run_case};
use fanin_simulate::{CaseReport, Player, START, Variation, check};
use fanin_tests::embedded::Embedded;
use fanin_workflow::testfile::TestCase;

/// At least so many scenarios there are; fewer means that files were not found.
const AT_LEAST: usize = 60;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// All test files, in order of their path.
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
    files.sort();
    files
}

/// Calls `visit` with every case and its plan; gives how many there were.
fn each(mut visit: impl FnMut(&str, &Plan, &TestCase)) -> usize {
    let mut cases = 0;
    for path in files() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = fanin_workflow::testfile::parse(&name, &text);
        let Some(file) = parsed.file else { panic!("{name}: {:?}", parsed.diagnostics) };
        let workflow = path.parent().unwrap().join(&file.workflow);
        let text =
            std::fs::read_to_string(&workflow).unwrap_or_else(|e| panic!("{name}: {}: {e}", file.workflow));
        let compiled = fanin_workflow::compile(&file.workflow, &text);
        let Some(plan) = compiled.plan else { panic!("{}: {:?}", file.workflow, compiled.diagnostics) };
        for case in &file.tests {
            cases += 1;
            visit(&format!("{name}: {}", case.name), &plan, case);
        }
    }
    assert!(cases >= AT_LEAST, "only {cases} scenarios were found");
    cases
}

fn seed() -> u64 {
    std::env::var("FANIN_SEED").map_or(1, |s| s.parse().unwrap())
}

/// Gathers what failed, and ends the test with all of it.
#[derive(Default)]
struct Verdict(Vec<String>);

impl Verdict {
    fn add(&mut self, name: &str, how: &str, report: Result<CaseReport, impl std::fmt::Display>) {
        match report {
            Err(error) => self.0.push(format!("{name} ({how}): {error}")),
            Ok(report) => {
                let how = report
                    .variation
                    .map_or(how.to_owned(), |(n, seed)| format!("variation {n}, FANIN_SEED={seed}"));
                for failure in report.failures {
                    self.0.push(format!("{name} ({how})\n  {}: {}", failure.subject, failure.message));
                }
            }
        }
    }

    fn end(self) {
        assert!(self.0.is_empty(), "{} failed:\n\n{}", self.0.len(), self.0.join("\n\n"));
    }
}

#[test]
fn in_virtual_time() {
    let mut verdict = Verdict::default();
    each(|name, plan, case| verdict.add(name, "as written", run_case(plan, case, seed())));
    verdict.end();
}

#[test]
fn in_virtual_time_with_crashes_and_snapshots() {
    let mut verdict = Verdict::default();
    each(|name, plan, case| {
        for n in 0..10 {
            let seed = seed().wrapping_mul(1000).wrapping_add(n);
            verdict.add(name, &format!("crashing, seed {seed}"), once(plan, case, Variation::Crashing(seed)));
        }
    });
    verdict.end();
}

fn embedded(
    plan: &Plan,
    case: &TestCase,
    variation: Variation,
) -> Result<CaseReport, fanin_simulate::PlayError> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut stage = Embedded::new(dir.path(), plan, START);
    let played = Player::new(plan).play(case, &mut stage, variation)?;
    Ok(CaseReport { failures: check(case, &played), variation: None, played })
}

#[test]
fn through_the_embedded_host() {
    let mut verdict = Verdict::default();
    each(|name, plan, case| verdict.add(name, "embedded", embedded(plan, case, Variation::Written)));
    verdict.end();
}

#[test]
fn through_the_embedded_host_with_restarts() {
    let mut verdict = Verdict::default();
    each(|name, plan, case| {
        verdict.add(name, "embedded, restarting", embedded(plan, case, Variation::Crashing(seed())));
    });
    verdict.end();
}
