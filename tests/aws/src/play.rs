//! Plays a case on the AWS host and compares it with its expectations and with the engine's own play.

use std::collections::HashMap;
use std::sync::Arc;

use fanin_plan::Plan;
use fanin_rule::{FunctionKind, Outcome};
use fanin_runtime::{DeadLetter, LetterKind};
use fanin_simulate::report::once;
use fanin_simulate::{Played, Player, START, Variation, check};
use fanin_workflow::testfile::TestCase;

use crate::lambda::Bootstraps;
use crate::library::Library;
use crate::observers::observed;
use crate::processes::Processes;
use crate::rig::Setup;
use crate::stage::{Host, Workers};
use crate::world::{CONDITIONS, RULES, Shared, Stub};

/// How the surroundings behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Calls are accepted, answers come when the case says.
    Later,
    /// Functions are waited for; reads that may be stale are.
    AtOnce,
    /// Messages come in any order, some twice; fixed by this seed.
    Disturbed(u64),
}

/// Plays on the library. What was not as expected, empty: all as it should be.
#[must_use]
pub fn library(plan: &Plan, case: &TestCase, variation: Variation, mode: Mode) -> Vec<String> {
    let shared = Shared::at(START);
    let workers = match Library::new(&shared, &observed(plan), START) {
        Ok(workers) => workers,
        Err(error) => return vec![format!("{error:#}")],
    };
    if mode == Mode::AtOnce {
        workers.stale_by(1);
    }
    behave(&shared, plan, case, mode);
    on(plan, case, variation, Host::new(shared, workers, START))
}

/// Plays on the functions as processes.
#[must_use]
pub fn functions(built: &Bootstraps, plan: &Plan, case: &TestCase, variation: Variation) -> Vec<String> {
    let logs = std::env::temp_dir().join(format!("fanin-aws-{}", std::process::id()));
    let setup = Setup { at_once: 1, metered: false };
    let started = std::fs::create_dir_all(&logs)
        .map_err(anyhow::Error::from)
        .and_then(|()| Processes::new(built, &observed(plan), START, setup, &logs));
    let workers = match started {
        Ok(workers) => workers,
        Err(error) => return vec![format!("{error:#}")],
    };
    let shared = workers.rig().shared.clone();
    shared.lock().stub = Some(stub(plan, case, true));
    let mut problems = on(plan, case, variation, Host::new(shared, workers, START));
    if !problems.is_empty() {
        for name in ["condition-engine", "rule-engine", "timers"] {
            let said = std::fs::read_to_string(logs.join(format!("{name}.log"))).unwrap_or_default();
            // What is measured is no help.
            let tail: Vec<&str> =
                said.lines().rev().filter(|line| !line.contains("\"_aws\"")).take(5).collect();
            problems.extend(tail.into_iter().rev().map(|line| format!("{name}: {line}")));
        }
    }
    let _ = std::fs::remove_dir_all(&logs);
    problems
}

/// Sets the surroundings up.
pub fn behave(shared: &Shared, plan: &Plan, case: &TestCase, mode: Mode) {
    let mut world = shared.lock();
    match mode {
        Mode::Later => {}
        Mode::AtOnce => world.stub = Some(stub(plan, case, false)),
        Mode::Disturbed(seed) => {
            world.queue(CONDITIONS).disturb(seed, 5);
            world.queue(RULES).disturb(seed.wrapping_add(1), 5);
        }
    }
}

/// The functions of a case, as they answer when they are waited for: one that takes time answers later, or, where it is
/// `hurried`, at once.
#[must_use]
pub fn stub(plan: &Plan, case: &TestCase, hurried: bool) -> Stub {
    let kinds: HashMap<Arc<str>, FunctionKind> = plan
        .functions
        .iter()
        .chain(&case.functions)
        .map(|function| (function.name.clone(), function.kind.clone()))
        .collect();
    Box::new(move |name, _| match kinds.get(name) {
        Some(FunctionKind::Respond { after, .. }) if after.0 > 0 && !hurried => None,
        Some(FunctionKind::Respond { fail: Some(error), .. }) => {
            Some(Outcome::Failed { error: error.clone(), cause: "the test says so".to_owned() })
        }
        Some(FunctionKind::Respond { value, .. }) => Some(Outcome::Done { result: value.to_string() }),
        _ => Some(Outcome::Done { result: "{}".to_owned() }),
    })
}

/// Plays on any workers.
pub fn on<W: Workers>(plan: &Plan, case: &TestCase, variation: Variation, mut host: Host<W>) -> Vec<String> {
    let played = match Player::new(plan).play(case, &mut host, variation) {
        Ok(played) => played,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems: Vec<String> =
        check(case, &played).into_iter().map(|f| format!("{}: {}", f.subject, f.message)).collect();
    problems.extend(host.trouble());
    // The calls of our own listeners never come this far, so what died is what dies on the engine itself.
    match once(plan, case, variation) {
        Ok(report) => problems.extend(dead(&played, &report.played)),
        Err(error) => problems.push(error.to_string()),
    }
    problems
}

/// What dies here and not there, and the other way round. An event that is refused again when it comes again is one more
/// letter in a log, and the same row in a table.
fn dead(here: &Played, there: &Played) -> Vec<String> {
    let told = |played: &Played| {
        let mut all: Vec<String> = played.dead.iter().map(letter).collect();
        all.sort();
        all.dedup_by(|one, other| one == other && one.contains(": event "));
        all
    };
    let (here, there) = (told(here), told(there));
    if here == there { Vec::new() } else { vec![format!("dead letters {here:?}, on the engine {there:?}")] }
}

fn letter(letter: &DeadLetter) -> String {
    let what = match &letter.what {
        LetterKind::Refused => "refused".to_owned(),
        LetterKind::Event { identity } => format!("event {}", identity.to_uuid()),
        LetterKind::Derived { name, .. } => format!("derived {name}"),
        LetterKind::Action { rule, attempts, .. } => format!("{rule}, {attempts} attempts"),
    };
    format!("{}: {what}", letter.code)
}
