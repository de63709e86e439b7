//! `fanin test --update`: tests that fail expect from then on what happened; the rest of each file stays as it is.

use std::path::Path;

use anyhow::Context;
use fanin_plan::Plan;
use fanin_simulate::{CaseReport, is_unfinished, run_case, settle};
use fanin_workflow::testfile::{self, TestFile};
use serde::Serialize;
use similar::TextDiff;

use super::Test;
use super::find::{self, File, Found};
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::paint::Paint;

/// Lines of a difference that stand around a change.
const AROUND: usize = 2;

/// What was done: `-o json`.
#[derive(Debug, Default, Serialize)]
struct Done {
    passed: usize,
    failed: usize,
    updated: Vec<Changed>,
    left: Vec<Left>,
}

#[derive(Debug, Serialize)]
struct Changed {
    file: String,
    tests: Vec<String>,
    /// The change of the file as a unified difference.
    difference: String,
}

#[derive(Debug, Serialize)]
struct Left {
    file: String,
    /// None: the file has mistakes.
    test: Option<String>,
    reason: String,
}

/// Updates what fails among what was found.
pub(super) fn run(global: &Global, args: &Test, found: &Found, seed: u64) -> anyhow::Result<Exit> {
    let mut done = Done::default();
    for (place, file) in found.files.iter().enumerate() {
        let cases: Vec<usize> =
            found.jobs.iter().filter(|job| job.file == place).filter_map(|job| job.case).collect();
        match &file.tests {
            Some((tests, plan)) => update_file(file, (tests, plan), (&cases, seed), &mut done)?,
            None => {
                done.failed += 1;
                let reason = super::play::mistakes(&file.name);
                done.left.push(Left { file: file.name.clone(), test: None, reason });
            }
        }
    }
    if done.passed + done.failed == 0 {
        return Ok(super::nothing(args));
    }
    tell(global, &done);
    Ok(if done.failed > 0 { Exit::No } else { Exit::Done })
}

/// Updates one file; it is written once, when everything is settled.
fn update_file(
    file: &File,
    (tests, plan): (&TestFile, &Plan),
    (cases, seed): (&[usize], u64),
    done: &mut Done,
) -> anyhow::Result<()> {
    let before = crate::verbs::files::read(&file.path)?;
    let mut text = before.clone();
    let mut updated = Vec::new();
    for place in cases {
        let Some(case) = tests.tests.get(*place) else { continue };
        let report = run_case(plan, case, seed);
        if !is_unfinished(case) && report.as_ref().is_ok_and(|report| report.failures.is_empty()) {
            done.passed += 1;
            continue;
        }
        match report.map_err(|e| e.to_string()).and_then(|r| settled(file, &text, (plan, *place, seed), &r)) {
            Ok(new) => {
                text = new;
                updated.push(case.name.clone());
                done.passed += 1;
            }
            Err(reason) => {
                done.failed += 1;
                done.left.push(Left { file: file.name.clone(), test: Some(case.name.clone()), reason });
            }
        }
    }
    if text != before {
        write(&file.path, &text)?;
        let difference = difference(&file.name, &before, &text);
        done.updated.push(Changed { file: file.name.clone(), tests: updated, difference });
    }
    Ok(())
}

/// The text in which the case at `place` expects what came, and passes. An error is the reason why there is none.
fn settled(
    file: &File,
    text: &str,
    (plan, place, seed): (&Plan, usize, u64),
    report: &CaseReport,
) -> Result<String, String> {
    let gone = "the file has changed meanwhile";
    let parsed = testfile::parse_unfinished(&file.name, text).file.ok_or(gone)?;
    let case = parsed.tests.get(place).ok_or(gone)?;
    let edits = settle(plan, case, report).map_err(|e| e.to_string())?;
    let new = testfile::update::update(&file.name, text, place, &edits).map_err(|e| e.to_string())?;
    let parsed = testfile::parse_unfinished(&file.name, &new).file.ok_or(gone)?;
    let case = parsed.tests.get(place).ok_or(gone)?;
    match run_case(plan, case, seed) {
        Err(error) => Err(error.to_string()),
        Ok(report) if report.failures.is_empty() => Ok(new),
        Ok(report) if report.variation.is_some() => {
            Err("what came depends on the order, and it is shuffled: expect what is the same in every order"
                .to_owned())
        }
        Ok(_) => Err("what came cannot be written as an expectation".to_owned()),
    }
}

/// Beside the file first, then in its place: a full disk does not cost the tests.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let path = path.canonicalize().with_context(|| format!("cannot find {}", path.display()))?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let beside = path.with_file_name(name);
    let permissions = std::fs::metadata(&path).map(|m| m.permissions());
    std::fs::write(&beside, text).with_context(|| format!("cannot write {}", beside.display()))?;
    if let Ok(permissions) = permissions {
        let _ = std::fs::set_permissions(&beside, permissions);
    }
    std::fs::rename(&beside, &path).with_context(|| format!("cannot write {}", path.display()))
}

fn difference(name: &str, before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(AROUND).header(name, name).to_string()
}

fn tell(global: &Global, done: &Done) {
    if global.output != Output::Text {
        return data(&super::json(done));
    }
    let paint = Paint::of_output(global);
    for changed in &done.updated {
        for line in changed.difference.lines() {
            data(&match line.chars().next() {
                Some('+') => paint.good(line),
                Some('-') => paint.bad(line),
                _ => line.to_owned(),
            });
        }
    }
    for left in &done.left {
        let name = left.test.as_deref().unwrap_or("(file)");
        data(&format!("{}   {}: {name}\n  {}", paint.wait("left"), left.file, left.reason));
    }
    let updated: usize = done.updated.iter().map(|changed| changed.tests.len()).sum();
    say(&format!("{updated} updated, {} left for you to decide", done.left.len()));
    data(&format!("{} passed, {} failed", done.passed, done.failed));
}

/// Reads test files as far as they are finished.
pub(super) fn find(global: &Global, args: &Test) -> anyhow::Result<Found> {
    find::find_as(global, args, testfile::parse_unfinished)
}
