//! Fingerprints: what a change of the text means for what is running. Layout and comments do not count; a definition
//! and the events it depends on do.

use std::collections::BTreeSet;

use fanin_event::EventDefinition;
use fanin_plan::Plan;
use serde_json::Error;
use sha2::{Digest, Sha256};

use crate::resolve::{Origin, Symbols};

/// Sets the versions of all conditions and rules, then of the plan.
pub(super) fn set(plan: &mut Plan, symbols: &Symbols) -> Result<(), Error> {
    let conditions: Result<Vec<u64>, Error> = plan
        .conditions
        .iter()
        .map(|c| {
            let events = reached(plan, symbols, c.members.iter().map(|m| &*m.name));
            short(&serde_json::to_string(c)?, &events)
        })
        .collect();
    let rules: Result<Vec<u64>, Error> = plan
        .rules
        .iter()
        .map(|r| {
            let events = reached(plan, symbols, r.when.iter().map(|w| &**w));
            short(&serde_json::to_string(r)?, &events)
        })
        .collect();
    for (condition, version) in plan.conditions.iter_mut().zip(conditions?) {
        condition.version = version;
    }
    for (rule, version) in plan.rules.iter_mut().zip(rules?) {
        rule.version = version;
    }
    let digest = Sha256::digest(serde_json::to_string(plan)?.as_bytes());
    plan.version = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(())
}

fn short(definition: &str, events: &[&EventDefinition]) -> Result<u64, Error> {
    let mut hash = Sha256::new();
    for part in std::iter::once(definition.to_owned()).map(Ok).chain(events.iter().map(serde_json::to_string))
    {
        let part = part?;
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    Ok(hash.finalize().iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// The definitions of the events that names come from, through conditions and rules, in the plan's order.
fn reached<'p>(
    plan: &'p Plan,
    symbols: &Symbols,
    names: impl Iterator<Item = &'p str>,
) -> Vec<&'p EventDefinition> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut events = BTreeSet::new();
    let mut open: Vec<&str> = names.collect();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        match symbols.get(name).map(|s| &s.origin) {
            Some(Origin::Event(i)) => {
                events.insert(*i);
            }
            Some(Origin::Fired(i) | Origin::Timeout(i)) => {
                open.extend(plan.conditions.get(*i).into_iter().flat_map(|c| &c.members).map(|m| &*m.name));
            }
            Some(Origin::Ended(i)) => open.extend(causes(plan, *i)),
            Some(Origin::Emitted(rules)) => open.extend(rules.iter().flat_map(|i| causes(plan, *i))),
            None => {}
        }
    }
    events.iter().filter_map(|i| plan.events.get(*i)).collect()
}

fn causes(plan: &Plan, rule: usize) -> impl Iterator<Item = &str> {
    plan.rules.get(rule).into_iter().flat_map(|r| &r.when).map(|w| &**w)
}
