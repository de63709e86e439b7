//! Plays a case in many variations and compares what comes out with what comes out as written: does it depend on the order
//! of the events, on duplicates, on delays or on crashes?
//!
//! Nothing has to be expected: the case as written is the measure. Moments, and ids that the engine gave, are no part of an
//! outcome. The clock goes on until nothing is left to do, so that where a play is cut off makes no difference.

mod draw;
mod meaning;
mod outcome;
mod smaller;

use std::collections::BTreeMap;

use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;
use fanin_workflow::testfile::TestCase;

use crate::bench::Prepared;
use crate::build::Built;
use crate::limits::{MAX_FINDINGS, SETTLES_WITHIN};
use crate::play::{PlayError, Played, Player};
use crate::report::{prepare, seed_of};
use crate::script::{Arrival, Chance, Script};
use draw::Way;
use meaning::Known;
use outcome::Outcome;

pub use meaning::Meaning;
pub use outcome::{Changed, How, Thing};
pub use smaller::Cause;

/// How the outcome of a case varies.
#[derive(Clone, Debug, Default)]
pub struct Fuzzed {
    /// Variations that were compared.
    pub variations: u32,
    /// Plays in all: with those for making findings small.
    pub plays: usize,
    /// Derived events, calls and dead letters of the case as written.
    pub came: (usize, usize, usize),
    /// Each way in which it varies, the worst first; empty: it does not.
    pub findings: Vec<Finding>,
}

/// One way in which the outcome varies.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The first variation with it: its number from 1, and its seed.
    pub first: (u32, u64),
    /// In how many variations it was seen.
    pub times: u32,
    /// What it takes.
    pub causes: Vec<Cause>,
    /// What differs.
    pub changed: Changed,
    /// Why a condition means it so; none: nothing in the workflow says that it should vary.
    pub meaning: Option<Meaning>,
    /// The events it takes, as they are written.
    pub written: Played,
    /// The same events in the variation.
    pub varied: Played,
}

impl Fuzzed {
    /// Whether every way in which the outcome varies is one that a condition means.
    #[must_use]
    pub fn is_meant(&self) -> bool {
        self.findings.iter().all(|finding| finding.meaning.is_some())
    }
}

/// Plays `case` in `count` variations with seeds from `seed` on, and compares each with the case as written.
///
/// # Errors
/// [`PlayError`]: the case cannot be played.
pub fn fuzz(plan: &Plan, case: &TestCase, (count, seed): (u32, u64)) -> Result<Fuzzed, PlayError> {
    let prepared = prepare(plan)?;
    let mut fuzzer = Fuzzer::new(plan, case, &prepared)?;
    let written = fuzzer.play(&Script::written(fuzzer.moments.clone()))?;
    let base = Outcome::of(plan, &written);
    let mut seen: BTreeMap<(Way, How, Thing), Drawn> = BTreeMap::new();
    for n in 0..count {
        let seed = seed_of(seed, n);
        let played = fuzzer.draw(seed)?;
        let Some(changed) = base.changed(&Outcome::of(plan, &played)) else { continue };
        let key = (Way::of(seed), changed.how, changed.thing.clone());
        if let Some(known) = seen.get_mut(&key) {
            known.times += 1;
        } else if seen.len() < MAX_FINDINGS {
            seen.insert(key, Drawn { first: (n + 1, seed), times: 1, script: played.script, changed });
        }
    }
    let mut fuzzed = Fuzzed {
        variations: count,
        came: (written.derived.len(), written.calls.len(), written.dead.len()),
        ..Fuzzed::default()
    };
    for drawn in seen.into_values() {
        let finding = fuzzer.finding(drawn)?;
        merge(&mut fuzzed.findings, finding);
    }
    fuzzed.findings.sort_by_key(|f| (f.meaning.is_some(), f.changed.how, f.first));
    fuzzed.plays = fuzzer.plays;
    Ok(fuzzed)
}

/// Adds a finding; one with the same causes and the same difference is the same.
fn merge(findings: &mut Vec<Finding>, finding: Finding) {
    let same = |known: &&mut Finding| {
        known.causes == finding.causes
            && (known.changed.how, &known.changed.thing) == (finding.changed.how, &finding.changed.thing)
    };
    let Some(known) = findings.iter_mut().find(same) else { return findings.push(finding) };
    let times = known.times + finding.times;
    if finding.first < known.first {
        *known = finding;
    }
    known.times = times;
}

/// The first variation of its kind.
struct Drawn {
    first: (u32, u64),
    times: u32,
    script: Script,
    changed: Changed,
}

struct Fuzzer<'a> {
    plan: &'a Plan,
    prepared: &'a Prepared,
    /// The case, with a clock that goes on.
    case: TestCase,
    built: Vec<Built>,
    moments: Vec<Timestamp>,
    plays: usize,
}

impl<'a> Fuzzer<'a> {
    fn new(plan: &'a Plan, case: &TestCase, prepared: &'a Prepared) -> Result<Fuzzer<'a>, PlayError> {
        let built = Player::new(plan).built(case)?;
        let moments = built.iter().map(|built| built.at).collect();
        let wait = Some(Span(case.wait.unwrap_or(Span(0)).0.saturating_add(SETTLES_WITHIN.0)));
        Ok(Fuzzer { plan, prepared, case: TestCase { wait, ..case.clone() }, built, moments, plays: 0 })
    }

    fn play(&mut self, script: &Script) -> Result<Played, PlayError> {
        self.perform((script.arrivals.clone(), Chance::Written(script.disturbances.clone().into())))
    }

    fn draw(&mut self, seed: u64) -> Result<Played, PlayError> {
        self.perform(draw::draw(&self.moments, seed))
    }

    fn perform(&mut self, script: (Vec<Arrival>, Chance)) -> Result<Played, PlayError> {
        self.plays += 1;
        let mut stage = self.prepared.bench();
        Player::new(self.plan).play_built(&self.case, &mut stage, self.built.clone(), script)
    }

    /// How the outcome of a script differs from that of its events as written.
    fn compare(&mut self, script: &Script) -> Result<(Played, Played, Option<Changed>), PlayError> {
        let written = self.play(&smaller::written(script, &self.moments))?;
        let varied = self.play(script)?;
        let changed = Outcome::of(self.plan, &written).changed(&Outcome::of(self.plan, &varied));
        Ok((written, varied, changed))
    }

    /// Makes a variation small and says what it takes.
    fn finding(&mut self, drawn: Drawn) -> Result<Finding, PlayError> {
        let Drawn { first, times, script, changed } = drawn;
        let moments = self.moments.clone();
        let mut fails = |script: &Script| {
            let other = self.compare(script).ok().and_then(|(.., changed)| changed);
            other.is_some_and(|other| (other.how, &other.thing) == (changed.how, &changed.thing))
        };
        let (script, _) = smaller::smallest(script, &moments, &mut fails);
        let causes = smaller::causes(&script, &moments);
        let (written, varied, small) = self.compare(&script)?;
        let changed = small.unwrap_or(changed);
        let known =
            Known { plan: self.plan, changed: &changed, causes: &causes, written: &written, varied: &varied };
        let meaning = known.meaning();
        Ok(Finding { first, times, causes, changed, meaning, written, varied })
    }
}
