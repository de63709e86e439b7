//! Runs a whole case: as it is written, then in as many variations as it asks for.

use fanin_plan::Plan;
use fanin_workflow::testfile::TestCase;

use crate::bench::Prepared;
use crate::check::{Failure, check};
use crate::play::{PlayError, Played, Player, START, Variation};

/// How a case went.
#[derive(Clone, Debug, Default)]
pub struct CaseReport {
    /// What was not as expected; empty: passed.
    pub failures: Vec<Failure>,
    /// The variation in which it failed: its number and seed.
    pub variation: Option<(u32, u64)>,
    /// What came out in that play.
    pub played: Played,
}

impl CaseReport {
    /// How often the case was played to find out.
    #[must_use]
    pub fn plays(&self, case: &TestCase) -> u32 {
        match self.variation {
            Some((number, _)) => number.saturating_add(1),
            None if self.failures.is_empty() => case.shuffle.unwrap_or(0).saturating_add(1),
            None => 1,
        }
    }
}

/// The seed of the `n`th variation of a case.
#[must_use]
pub fn seed_of(seed: u64, n: u32) -> u64 {
    seed.wrapping_add(u64::from(n))
}

/// Plays `case` in memory: as written, then its variations with seeds from `seed` on. Ends with the first that fails.
///
/// # Errors
/// [`PlayError`]: the case cannot be played.
pub fn run_case(plan: &Plan, case: &TestCase, seed: u64) -> Result<CaseReport, PlayError> {
    let prepared = prepare(plan)?;
    let report = played(case, Player::new(plan).play(case, &mut prepared.bench(), Variation::Written)?);
    if !report.failures.is_empty() {
        return Ok(report);
    }
    for n in 0..case.shuffle.unwrap_or(0) {
        let seed = seed_of(seed, n);
        let mut bench = prepared.bench();
        let mut report = played(case, Player::new(plan).play(case, &mut bench, Variation::Shuffled(seed))?);
        if !report.failures.is_empty() {
            report.variation = Some((n + 1, seed));
            return Ok(report);
        }
    }
    Ok(report)
}

/// Plays `case` once in memory.
///
/// # Errors
/// [`PlayError`]: the case cannot be played.
pub fn once(plan: &Plan, case: &TestCase, variation: Variation) -> Result<CaseReport, PlayError> {
    let mut stage = prepare(plan)?.bench();
    Ok(played(case, Player::new(plan).play(case, &mut stage, variation)?))
}

pub(crate) fn prepare(plan: &Plan) -> Result<Prepared, PlayError> {
    Prepared::new(plan, START).map_err(|e| PlayError::Refused(e.to_string()))
}

fn played(case: &TestCase, played: Played) -> CaseReport {
    CaseReport { failures: check(case, &played), variation: None, played }
}
