//! Plays a case on the AWS host and compares it with its expectations and with the engine's own play.

use std::collections::HashMap;
use std::sync::Arc;

use fanin_plan::Plan;
use fanin_rule::{FunctionKind, Outcome};
use fanin_runtime::{DeadLetter, LetterKind};
use fanin_simulate::report::once;
use fanin_simulate::{Played, Player, START, Variation, check};
use fanin_workflow::testfile::TestCase;

use crate::library::Library;
use crate::observers::observed;
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

/// Sets the surroundings up.
pub fn behave(shared: &Shared, plan: &Plan, case: &TestCase, mode: Mode) {
    let mut world = shared.lock();
    match mode {
        Mode::Later => {}
        Mode::AtOnce => world.stub = Some(stub(plan, case)),
        Mode::Disturbed(seed) => {
            world.queue(CONDITIONS).disturb(seed, 5);
            world.queue(RULES).disturb(seed.wrapping_add(1), 5);
        }
    }
}

/// The functions of a case, as they answer when they are waited for.
#[must_use]
pub fn stub(plan: &Plan, case: &TestCase) -> Stub {
    let kinds: HashMap<Arc<str>, FunctionKind> = plan
        .functions
        .iter()
        .chain(&case.functions)
        .map(|function| (function.name.clone(), function.kind.clone()))
        .collect();
    Box::new(move |name, _| match kinds.get(name) {
        Some(FunctionKind::Respond { after, .. }) if after.0 > 0 => None,
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
