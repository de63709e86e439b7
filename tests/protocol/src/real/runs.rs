//! What the model says of runs: every firing has one, its calls are those that its target's answers lead to, and it ends once.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use fanin_event::Identity;

use super::host::WORKFLOW;
use super::model::Derived;
use super::ports::{Seen, answer_of};
use super::workflow::{Calls, Shape};
use crate::settings::Settings;

/// The calls of one run: by index, then by attempt, the action's id and its payload.
type Made<'a> = BTreeMap<u32, BTreeMap<u32, (&'a str, &'a str)>>;

/// How a run has to end.
#[derive(PartialEq, Eq)]
enum End {
    Done,
    GivenUp,
}

/// Adds what is wrong with the runs of `act`; gives how many dead letters they leave.
pub(super) fn check(
    shape: &Shape,
    firsts: &[Derived],
    calls: &[Seen],
    settings: &Settings,
    problems: &mut Vec<String>,
) -> RangeInclusive<usize> {
    let Some(rule) = shape.calls else { return 0..=0 };
    let mut made: BTreeMap<&str, Made<'_>> = BTreeMap::new();
    for call in calls.iter().filter(|call| &*call.rule == "act") {
        let attempts = made.entry(&call.run).or_default().entry(call.index).or_default();
        let said = (call.id.as_str(), &*call.payload);
        if *attempts.entry(call.attempt).or_insert(said) != said {
            problems.push(format!("attempt {} of {} is made in two forms", call.attempt, call.id));
        }
    }
    let (mut done, mut given_up) = (0, 0);
    let (mut least, mut most) = (0, 0);
    for fired in firsts.iter().filter(|derived| derived.name == "first") {
        let run = Identity::of(&[WORKFLOW, "act", &fired.id]).to_uuid();
        let items = fired.members.iter().filter(|(name, _)| name == "a").count();
        let items = if rule.maps { items } else { 1 };
        let made = made.remove(run.as_str()).unwrap_or_default();
        match end(rule, items, &made, settings) {
            Ok(End::Done) => done += 1,
            Ok(End::GivenUp) => {
                given_up += 1;
                // A letter for each item that has no attempt left; those that waited for one go with it.
                least += made.values().filter(|attempts| is_lost(rule, attempts, settings)).count();
                most += items;
            }
            Err(problem) => problems.push(format!("run {run} of {items} calls: {problem}")),
        }
    }
    problems.extend(made.keys().map(|run| format!("run {run} has no cause")));
    let seen = |rule: &str| {
        calls.iter().filter(|call| *call.rule == *rule).map(|call| &call.id).collect::<BTreeSet<_>>().len()
    };
    let (ends, broken) = if rule.catches { (done, given_up) } else { (done + given_up, 0) };
    if (seen("see_done"), seen("see_broken")) != (ends, broken) {
        problems.push(format!(
            "{} ends and {} given up were seen, {ends} and {broken} are right",
            seen("see_done"),
            seen("see_broken")
        ));
    }
    if rule.catches { 0..=0 } else { least..=most }
}

/// No attempt is left, and none was good.
fn is_lost(rule: Calls, attempts: &BTreeMap<u32, (&str, &str)>, settings: &Settings) -> bool {
    let good = |(attempt, (id, _)): (&u32, &(&str, &str))| answer_of(settings.workload, id, *attempt).is_ok();
    attempts.len() > rule.retries as usize && !attempts.iter().any(good)
}

/// How a run with these calls has to end.
fn end(rule: Calls, items: usize, made: &Made<'_>, settings: &Settings) -> Result<End, String> {
    let mut given_up = false;
    for (index, attempts) in made {
        let id = attempts.values().next().map_or("", |said| said.0);
        let good = |attempt: &u32| answer_of(settings.workload, id, *attempt).is_ok();
        let all = rule.retries + 1;
        let last = (1..=all).find(good).unwrap_or(all);
        // Once an item is given up the others need not go on.
        let whole = attempts.keys().copied().eq(1..=last);
        let begun = attempts.keys().copied().eq(1..=u32::try_from(attempts.len()).unwrap_or(0));
        if !(whole || rule.maps && begun && u32::try_from(attempts.len()).unwrap_or(0) <= last) {
            return Err(format!(
                "item {index} made the attempts {:?}, 1 to {last} are right",
                attempts.keys()
            ));
        }
        given_up |= whole && !good(&last);
        if !whole && !rule.maps {
            return Err(format!("item {index} was not tried again"));
        }
    }
    let whole = made.len() == items
        && made.values().all(|attempts| {
            let id = attempts.values().next().map_or("", |said| said.0);
            attempts.keys().any(|attempt| answer_of(settings.workload, id, *attempt).is_ok())
        });
    match (given_up, whole) {
        (true, _) => Ok(End::GivenUp),
        (false, true) => Ok(End::Done),
        (false, false) => Err(format!("{} items were called, and nothing was given up", made.len())),
    }
}
