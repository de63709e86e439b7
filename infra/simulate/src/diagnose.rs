//! Plays a failing case once more, as small as it fails, and finds out why.

use fanin_plan::Plan;
use fanin_workflow::testfile::TestCase;

use crate::check::check;
use crate::play::{PlayError, Played, Player};
use crate::report::{CaseReport, prepare};
use crate::script::Script;
use crate::shrink::Shrinker;
use crate::why::{Looker, Why};

/// What is known of a failing case.
#[derive(Clone, Debug, Default)]
pub struct Diagnosis {
    /// The report of the smallest play that fails in the same way; of the case as written, if that fails.
    pub report: CaseReport,
    /// For each of the report's failures why.
    pub whys: Vec<Why>,
    /// Plays that were spent on finding the smallest.
    pub plays: usize,
    /// The first play that failed, if the report's is smaller.
    pub drawn: Option<Script>,
}

/// Finds out why `case` failed as `report` says.
///
/// # Errors
/// [`PlayError`]: the case cannot be played.
pub fn diagnose(plan: &Plan, case: &TestCase, report: &CaseReport) -> Result<Diagnosis, PlayError> {
    let prepared = prepare(plan)?;
    let drawn = report.played.script.clone();
    let mut script = drawn.clone();
    let mut plays = 0;
    if let (Some(_), Some(first)) = (report.variation, report.failures.first()) {
        let subject = first.subject.clone();
        let mut fails = |candidate: &Script| {
            let mut bench = prepared.bench();
            let played = Player::new(plan).play_script(case, &mut bench, candidate);
            played.is_ok_and(|played| check(case, &played).iter().any(|f| f.subject == subject))
        };
        let mut shrinker = Shrinker { fails: &mut fails, plays: 0 };
        script = shrinker.shrink(script);
        plays = shrinker.plays;
    }
    let player = Player::new(plan);
    let mut bench = prepared.telling();
    let played: Played = player.play_script(case, &mut bench, &script)?;
    let failures = check(case, &played);
    let built = player.built(case)?;
    let steps = bench.take_steps();
    let looker = Looker::new(plan, (&built, &steps), bench.engine(), played.end);
    let whys = failures.iter().map(|failure| looker.why(failure)).collect();
    let report = CaseReport { failures, variation: report.variation, played };
    Ok(Diagnosis { report, whys, plays, drawn: (script != drawn).then_some(drawn) })
}
