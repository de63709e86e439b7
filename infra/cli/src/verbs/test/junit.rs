//! A JUnit report: one suite a file.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::find::Found;
use super::results::{CaseResult, Outcome, Totals};
use super::text;
use crate::show::paint::Paint;

/// The suites, by the place of their file.
#[derive(Debug, Default)]
pub(super) struct Suites(BTreeMap<usize, TestSuite>);

impl Suites {
    pub(super) fn add(&mut self, found: &Found, result: &CaseResult) {
        let Some(file) = found.files.get(result.job.file) else { return };
        let name = found.case(result.job).map_or("(file)", |(_, case, _)| case.name.as_str());
        let mut case = TestCase::new(name, status(found, result));
        case.set_classname(file.name.as_str()).set_time(result.elapsed);
        if let Some((_, tested, _)) = found.case(result.job) {
            case.extra.insert("line".into(), tested.span.line.to_string().into());
        }
        let suite = self.0.entry(result.job.file).or_insert_with(|| TestSuite::new(file.name.as_str()));
        suite.set_time(suite.time.unwrap_or_default() + result.elapsed);
        suite.add_test_case(case);
    }

    /// Writes the report; its folder is made if it is missing.
    pub(super) fn write(self, path: &Path, totals: &Totals) -> anyhow::Result<()> {
        let mut report = Report::new("fanin test");
        report.set_time(Duration::from_secs_f64(totals.seconds));
        report.add_test_suites(self.0.into_values());
        let text = report.to_string().context("the JUnit report cannot be written as XML")?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}

fn status(found: &Found, result: &CaseResult) -> TestCaseStatus {
    let kind = match &result.outcome {
        Outcome::Passed => return TestCaseStatus::success(),
        Outcome::Failed(_) => NonSuccessKind::Failure,
        Outcome::Unplayable(_) => NonSuccessKind::Error,
    };
    let lines = text::tell(found, result, Paint::plain());
    let mut status = TestCaseStatus::non_success(kind);
    // The first line only names the test.
    let told = lines.get(1..).unwrap_or_default();
    status.set_message(told.first().map_or("", |line| line.trim()));
    status.set_description(told.join("\n"));
    status
}
