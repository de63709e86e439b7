//! How the tests went.

use std::time::Duration;

use fanin_simulate::Diagnosis;
use serde::Serialize;

use super::find::Job;

/// How one case went.
#[derive(Debug)]
pub(super) struct CaseResult {
    pub(super) job: Job,
    pub(super) outcome: Outcome,
    /// How often it was played.
    pub(super) plays: u32,
    /// The seed its variations began with.
    pub(super) elapsed: Duration,
}

/// How a case ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Passed,
    Failed(Box<Diagnosis>),
    /// It could not be played, or its file has mistakes.
    Unplayable(String),
}

impl CaseResult {
    pub(super) fn passed(&self) -> bool {
        matches!(self.outcome, Outcome::Passed)
    }
}

/// The sums.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Totals {
    pub(super) passed: usize,
    pub(super) failed: usize,
    /// As written and varied, all together.
    pub(super) plays: u64,
    pub(super) seconds: f64,
}

impl Totals {
    pub(super) fn add(&mut self, result: &CaseResult) {
        if result.passed() {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        self.plays += u64::from(result.plays);
    }

    /// `218 tests, 1438 plays in 0.32 s`
    pub(super) fn line(&self, stopped: bool) -> String {
        let tests = self.passed + self.failed;
        let plural = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
        let mut line = format!(
            "{}, {} in {:.2} s",
            plural(tests as u64, "test"),
            plural(self.plays, "play"),
            self.seconds
        );
        if stopped {
            line.push_str("; stopped at the first failure");
        }
        line
    }
}
