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
    let sources = Sources::of(plan, symbols);
    let count = plan.conditions.len();
    let mut versions = Vec::with_capacity(count + plan.rules.len());
    for (node, condition) in plan.conditions.iter().enumerate() {
        versions.push(short(&serde_json::to_string(condition)?, &sources.reached(plan, node))?);
    }
    for (place, rule) in plan.rules.iter().enumerate() {
        versions.push(short(&serde_json::to_string(rule)?, &sources.reached(plan, count + place))?);
    }
    let mut versions = versions.into_iter();
    for (condition, version) in plan.conditions.iter_mut().zip(versions.by_ref().take(count)) {
        condition.version = version;
    }
    for (rule, version) in plan.rules.iter_mut().zip(versions) {
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

/// What conditions (first) and rules (after them) take in.
struct Sources {
    nodes: Vec<Vec<usize>>,
    events: Vec<Vec<usize>>,
}

impl Sources {
    fn of(plan: &Plan, symbols: &Symbols) -> Sources {
        let count = plan.conditions.len();
        let of_conditions =
            plan.conditions.iter().map(|c| c.members.iter().map(|m| &*m.name).collect::<Vec<_>>());
        let of_rules = plan.rules.iter().map(|r| r.when.iter().map(|w| &**w).collect());
        let mut sources = Sources { nodes: Vec::new(), events: Vec::new() };
        for names in of_conditions.chain(of_rules) {
            let (mut nodes, mut events) = (Vec::new(), Vec::new());
            for name in names {
                match symbols.get(name).map(|s| &s.origin) {
                    Some(Origin::Event(i)) => events.push(*i),
                    Some(Origin::Fired(i) | Origin::Timeout(i)) => nodes.push(*i),
                    Some(Origin::Ended(i)) => nodes.push(count + i),
                    Some(Origin::Emitted(rules)) => nodes.extend(rules.iter().map(|i| count + i)),
                    None => {}
                }
            }
            sources.nodes.push(nodes);
            sources.events.push(events);
        }
        sources
    }

    /// The definitions of the events a node comes from, through conditions and rules, in the plan's order.
    fn reached<'p>(&self, plan: &'p Plan, start: usize) -> Vec<&'p EventDefinition> {
        let mut seen = vec![false; self.nodes.len()];
        let mut events = BTreeSet::new();
        let mut open = vec![start];
        while let Some(node) = open.pop() {
            if let Some(seen @ false) = seen.get_mut(node) {
                *seen = true;
                events.extend(self.events.get(node).into_iter().flatten());
                open.extend(self.nodes.get(node).into_iter().flatten());
            }
        }
        events.into_iter().filter_map(|i: usize| plan.events.get(i)).collect()
    }
}
