//! Results as documents for programs.

use fanin_condition::Explanation;
use fanin_simulate::check::{Failure, Seen, What};
use fanin_simulate::why::{By, Link, Made, Why};
use fanin_simulate::{Diagnosis, Disturbance, Happened, Played};
use fanin_workflow::testfile::{Expect, TestCase};
use serde::Serialize;
use serde_json::{Map, Value};

use super::find::Found;
use super::results::{CaseResult, Outcome, Totals};
use super::text::replay;

/// `-o json`: everything.
#[derive(Serialize)]
pub(super) struct All<'a> {
    #[serde(flatten)]
    pub(super) totals: &'a Totals,
    pub(super) tests: Vec<Tested>,
}

/// `--list`: one test.
#[derive(Serialize)]
pub(super) struct Listed<'a> {
    pub(super) file: &'a str,
    pub(super) test: &'a str,
    pub(super) line: usize,
}

/// One test.
#[derive(Serialize)]
pub(super) struct Tested {
    file: String,
    /// None: the file has mistakes.
    test: Option<String>,
    line: Option<usize>,
    passed: bool,
    plays: u32,
    seconds: f64,
    failures: Vec<Failed>,
    /// Why it could not be played.
    error: Option<String>,
    variation: Option<Varied>,
    dead_letters: Vec<Dead>,
}

#[derive(Serialize)]
struct Failed {
    /// An event's name, or `invoke` and a function's.
    subject: String,
    /// `unlike`, `never` or `engine`.
    kind: &'static str,
    message: String,
    /// How many were expected.
    expected: usize,
    seen: Vec<Sighting>,
    unmet: Vec<Unmet>,
    /// Which of `seen` nobody expected.
    surplus: Vec<usize>,
    why: Option<Reasons>,
}

#[derive(Serialize)]
struct Sighting {
    at: String,
    id: String,
    attempt: Option<u32>,
    fields: Value,
}

#[derive(Serialize)]
struct Unmet {
    line: Option<usize>,
    expected: Map<String, Value>,
    /// Its place in `seen`.
    nearest: Option<usize>,
    differences: Vec<Differs>,
}

#[derive(Serialize)]
struct Differs {
    path: String,
    expected: Value,
    /// Left out: there is no such field.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Value>,
}

#[derive(Serialize)]
struct Reasons {
    explanations: Vec<Explanation>,
    notes: Vec<String>,
    uncounted: Vec<Event>,
    near_misses: Vec<Event>,
    made: Vec<Maker>,
}

#[derive(Serialize)]
struct Event {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Maker {
    what: String,
    at: String,
    /// `event`, `time` or `rule`.
    by: &'static str,
    rule: Option<String>,
    of: Vec<Event>,
}

#[derive(Serialize)]
struct Varied {
    number: u32,
    seed: u64,
    /// The order was made smaller; this is the smallest that fails the same way.
    shrunk: bool,
    /// The command that plays it again.
    replay: Option<String>,
    timeline: Vec<Moment>,
}

/// What was done to the stage.
#[derive(Serialize)]
pub(super) struct Moment {
    at: String,
    /// `event`, `again`, `crash` or `snapshot`.
    what: &'static str,
    /// Place in `given`, from 1.
    given: Option<usize>,
    event: Option<String>,
}

#[derive(Serialize)]
struct Dead {
    at: String,
    code: String,
    reason: String,
}

/// The document of one result.
pub(super) fn of(found: &Found, result: &CaseResult) -> Tested {
    let file = found.files.get(result.job.file).map(|file| file.name.clone()).unwrap_or_default();
    let case = found.case(result.job).map(|(_, case, _)| case);
    let mut tested = Tested {
        file,
        test: case.map(|case| case.name.clone()),
        line: case.map(|case| case.span.line),
        passed: result.passed(),
        plays: result.plays,
        seconds: result.elapsed.as_secs_f64(),
        failures: Vec::new(),
        error: None,
        variation: None,
        dead_letters: Vec::new(),
    };
    match (&result.outcome, case) {
        (Outcome::Unplayable(why), _) => tested.error = Some(why.clone()),
        (Outcome::Failed(diagnosis), Some(case)) => {
            let whys = diagnosis.whys.iter().map(Some).chain(std::iter::repeat(None));
            let failures = diagnosis.report.failures.iter().zip(whys);
            tested.failures = failures.map(|(failure, why)| failed(case, failure, why)).collect();
            tested.variation = varied(case, diagnosis, replay(found, result));
            let dead = diagnosis.report.played.dead.iter();
            tested.dead_letters = dead
                .map(|d| Dead { at: d.at.to_string(), code: d.code.clone(), reason: d.reason.clone() })
                .collect();
        }
        _ => {}
    }
    tested
}

fn failed(case: &TestCase, failure: &Failure, why: Option<&Why>) -> Failed {
    let mut document = Failed {
        subject: failure.subject.to_string(),
        kind: "engine",
        message: failure.message.clone(),
        expected: 0,
        seen: Vec::new(),
        unmet: Vec::new(),
        surplus: Vec::new(),
        why: why.map(reasons),
    };
    match &failure.what {
        What::Torn => {}
        What::Never { seen } => {
            document.kind = "never";
            document.seen = seen.iter().map(sighting).collect();
        }
        What::Unlike(unlike) => {
            document.kind = "unlike";
            document.expected = unlike.expected;
            document.seen = unlike.seen.iter().map(sighting).collect();
            document.surplus.clone_from(&unlike.surplus);
            document.unmet = unlike.unmet.iter().map(|unmet| self::unmet(case, unmet)).collect();
        }
    }
    document
}

fn sighting(seen: &Seen) -> Sighting {
    Sighting {
        at: seen.at.to_string(),
        id: seen.identity.to_uuid(),
        attempt: seen.attempt,
        fields: seen.fields.clone(),
    }
}

fn unmet(case: &TestCase, unmet: &fanin_simulate::Unmet) -> Unmet {
    let line = case.expect.get(unmet.entry).map(|expect| match expect {
        Expect::Event { span, .. } | Expect::Invoke { span, .. } => span.line,
    });
    let differences = unmet.nearest.iter().flat_map(|(_, differences)| differences);
    Unmet {
        line,
        expected: unmet.wanted.clone(),
        nearest: unmet.nearest.as_ref().map(|(index, _)| *index),
        differences: differences
            .map(|d| Differs { path: d.path.clone(), expected: d.expected.clone(), found: d.found.clone() })
            .collect(),
    }
}

fn reasons(why: &Why) -> Reasons {
    let event =
        |id: &str, name: &str| Event { id: id.to_owned(), name: name.to_owned(), at: None, reason: None };
    let uncounted = why.uncounted.iter().map(|one| Event {
        at: Some(one.at.to_string()),
        reason: Some(one.reason.clone()),
        ..event(&one.id, &one.name)
    });
    let near =
        why.near.iter().map(|one| Event { reason: Some(one.reason.clone()), ..event(&one.id, &one.name) });
    Reasons {
        explanations: why.told.clone(),
        notes: why.notes.clone(),
        uncounted: uncounted.collect(),
        near_misses: near.collect(),
        made: why.made.iter().map(maker).collect(),
    }
}

fn maker(made: &Made) -> Maker {
    let link = |link: &Link| Event {
        id: link.id.clone(),
        name: link.name.to_string(),
        at: Some(link.at.to_string()),
        reason: None,
    };
    let (by, rule) = match &made.by {
        By::Event => ("event", None),
        By::Time => ("time", None),
        By::Rule(rule) => ("rule", Some(rule.to_string())),
    };
    let of = made.of.iter().map(link).collect();
    Maker { what: made.what.clone(), at: made.at.to_string(), by, rule, of }
}

fn varied(case: &TestCase, diagnosis: &Diagnosis, replay: Option<String>) -> Option<Varied> {
    let (number, seed) = diagnosis.report.variation?;
    let timeline = timeline(case, &diagnosis.report.played);
    Some(Varied { number, seed, shrunk: diagnosis.drawn.is_some(), replay, timeline })
}

/// What was done to the stage, in order.
pub(super) fn timeline(case: &TestCase, played: &Played) -> Vec<Moment> {
    let moments = played.timeline.iter().map(|(at, happened)| {
        let (what, given) = match happened {
            Happened::Arrived(arrival) if arrival.again => ("again", Some(arrival.given)),
            Happened::Arrived(arrival) => ("event", Some(arrival.given)),
            Happened::Disturbed(Disturbance::Crash) => ("crash", None),
            Happened::Disturbed(Disturbance::Snapshot(_)) => ("snapshot", None),
        };
        let event = given.and_then(|given| case.given.get(given)).map(|given| given.event.clone());
        Moment { at: at.to_string(), what, given: given.map(|given| given + 1), event }
    });
    moments.collect()
}
