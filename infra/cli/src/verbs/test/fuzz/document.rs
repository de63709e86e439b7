//! How outcomes vary, as documents for programs.

use fanin_simulate::fuzz::{Cause, Finding, How, Thing};
use fanin_workflow::testfile::TestCase;
use serde::Serialize;
use serde_json::Value;

use super::super::document::{Moment, timeline};
use super::super::find::Found;
use super::super::text::again;
use super::{Totals, Tried, Verdict};

/// `-o json`: everything.
#[derive(Serialize)]
pub(super) struct All<'a> {
    #[serde(flatten)]
    pub(super) totals: &'a Totals,
    pub(super) tests: Vec<Tested>,
}

/// One test.
#[derive(Serialize)]
pub(super) struct Tested {
    file: String,
    /// None: the file has mistakes.
    test: Option<String>,
    line: Option<usize>,
    verdict: Verdict,
    variations: u32,
    plays: usize,
    /// Derived events, calls and dead letters of the test as written.
    derived: usize,
    calls: usize,
    dead_letters: usize,
    findings: Vec<Varies>,
    /// Why it could not be played.
    error: Option<String>,
}

/// One way in which the outcome varies.
#[derive(Serialize)]
struct Varies {
    /// `order`, `duplicates`, `delays`, `crashes`: what it takes.
    causes: Vec<&'static str>,
    /// `number`, `content`, `list-order`.
    how: &'static str,
    /// `firing`, `call`, `completion`, `dead-letter`.
    kind: &'static str,
    /// Of a call the rule, of a dead letter the code, else the event.
    name: String,
    /// The condition that means it so, if it is one.
    condition: Option<String>,
    /// Why it is meant; null: nothing in the workflow says that it should vary.
    meaning: Option<String>,
    /// Variations with it.
    times: u32,
    number: u32,
    seed: u64,
    /// The command that shows it again.
    replay: Option<String>,
    written: Side,
    varied: Side,
}

/// One of the two that are compared.
#[derive(Serialize)]
struct Side {
    /// The fewest events that show it.
    timeline: Vec<Moment>,
    /// How many came of what differs.
    count: usize,
    /// What came here only.
    only: Vec<Value>,
}

/// The document of one case.
pub(super) fn of(found: &Found, result: &Tried) -> Tested {
    let case = found.case(result.job).map(|(_, case, _)| case);
    let mut tested = Tested {
        file: found.files.get(result.job.file).map(|file| file.name.clone()).unwrap_or_default(),
        test: case.map(|case| case.name.clone()),
        line: case.map(|case| case.span.line),
        verdict: result.verdict(),
        variations: 0,
        plays: 0,
        derived: 0,
        calls: 0,
        dead_letters: 0,
        findings: Vec::new(),
        error: None,
    };
    match (&result.fuzzed, case) {
        (Err(why), _) => tested.error = Some(why.clone()),
        (Ok(fuzzed), Some(case)) => {
            (tested.derived, tested.calls, tested.dead_letters) = fuzzed.came;
            (tested.variations, tested.plays) = (fuzzed.variations, fuzzed.plays);
            let replay =
                |finding: &Finding| again(found, result.job, &format!("--fuzz 1 --seed {}", finding.first.1));
            tested.findings = fuzzed.findings.iter().map(|one| varies(case, one, replay(one))).collect();
        }
        _ => {}
    }
    tested
}

fn varies(case: &TestCase, finding: &Finding, replay: Option<String>) -> Varies {
    let changed = &finding.changed;
    let (kind, name) = match &changed.thing {
        Thing::Firing(name) => ("firing", name),
        Thing::Call(rule) => ("call", rule),
        Thing::Completion(name) => ("completion", name),
        Thing::Dead(code) => ("dead-letter", code),
    };
    let how = match changed.how {
        How::Number => "number",
        How::Content => "content",
        How::ListOrder => "list-order",
    };
    let cause = |cause: &Cause| match cause {
        Cause::Order => "order",
        Cause::Duplicates => "duplicates",
        Cause::Delays => "delays",
        Cause::Crashes => "crashes",
    };
    let (number, seed) = finding.first;
    let meaning = finding.meaning.as_ref();
    Varies {
        causes: finding.causes.iter().map(cause).collect(),
        how,
        kind,
        name: name.clone(),
        condition: meaning.and_then(|meaning| meaning.condition.as_ref()).map(ToString::to_string),
        meaning: meaning.map(|meaning| meaning.says.clone()),
        times: finding.times,
        number,
        seed,
        replay,
        written: Side {
            timeline: timeline(case, &finding.written),
            count: changed.counts.0,
            only: changed.written.clone(),
        },
        varied: Side {
            timeline: timeline(case, &finding.varied),
            count: changed.counts.1,
            only: changed.varied.clone(),
        },
    }
}
