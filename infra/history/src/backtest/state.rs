//! The states that both versions end with: how large they are, what is open in one alone, what died.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fanin_runtime::{DeadLetter, Engine, LetterKind};

use super::names::Renames;
use super::report::{DeadRow, Open, Version};
use super::tally::Tallies;

/// Entities of one step of a snapshot.
const SWEEP: usize = 4096;
/// Keys shown.
const EXAMPLES: usize = 5;

/// Bytes of a snapshot of this state.
pub(crate) fn size(engine: &mut Engine) -> u64 {
    let mut bytes = engine.begin_snapshot().1.len() as u64;
    let mut blocks = Vec::new();
    loop {
        let done = engine.sweep(SWEEP, &mut blocks);
        bytes += blocks.drain(..).map(|(_, block)| block.len() as u64).sum::<u64>();
        if done {
            return bytes;
        }
    }
}

/// What is to be said of the state a version ended with.
pub(super) fn version(engine: &mut Engine, versions: u64) -> Version {
    let (workflow, version) = match engine.plan() {
        Some(plan) => (plan.workflow.to_string(), plan.version.clone()),
        None => Default::default(),
    };
    Version {
        workflow,
        version,
        versions,
        unmatched: engine.stats().unmatched,
        open_instances: engine.instances().filter(|view| view.instance.is_open()).count() as u64,
        instances: engine.instance_count() as u64,
        open_runs: engine.active_runs() as u64,
        dead_letters: engine.stats().dead_letters,
        state_bytes: size(engine),
    }
}

/// Open instances of both, condition by condition.
pub(super) fn open(old: &Engine, new: &Engine, tallies: &mut Tallies) {
    let renames = tallies.renames().clone();
    let to_new: BTreeMap<Arc<str>, Arc<str>> = new
        .plan()
        .into_iter()
        .flat_map(|plan| plan.conditions.iter().map(|c| (renames.condition(&c.name), c.name.clone())))
        .collect();
    for view in old.instances().filter(|view| view.instance.is_open()) {
        let name = &view.condition.name;
        let there = is_open(new, to_new.get(name).unwrap_or(name), view.key);
        let row = &mut tallies.condition(name).open;
        row.old += 1;
        if !there {
            row.only_old += 1;
            keep(&mut row.only_old_keys, view.key);
        }
    }
    for view in new.instances().filter(|view| view.instance.is_open()) {
        let name = renames.condition(&view.condition.name);
        let there = is_open(old, &name, view.key);
        let row: &mut Open = &mut tallies.condition(&name).open;
        row.new += 1;
        if !there {
            row.only_new += 1;
            keep(&mut row.only_new_keys, view.key);
        }
    }
}

fn is_open(engine: &Engine, condition: &str, key: &str) -> bool {
    engine.instance(condition, key).is_some_and(|view| view.instance.is_open())
}

/// Keeps the smallest ones, in order.
fn keep(keys: &mut Vec<String>, key: &str) {
    let place = keys.partition_point(|known| known.as_str() < key);
    if place < EXAMPLES {
        keys.insert(place, key.to_owned());
        keys.truncate(EXAMPLES);
    }
}

/// Dead letters of which the versions have different numbers.
pub(super) fn dead(old: &Engine, new: &Engine, renames: &Renames) -> Vec<DeadRow> {
    let (a, b) = (letters(old, &|name| name.to_owned()), letters(new, &|name| renames.any(name)));
    let kinds: BTreeSet<&(String, String)> = a.keys().chain(b.keys()).collect();
    let rows = kinds.into_iter().filter_map(|kind| {
        let (before, after) = (a.get(kind), b.get(kind));
        let count = |found: Option<&(u64, String)>| found.map_or(0, |(count, _)| *count);
        let reason = after.or(before).map(|(_, reason)| reason.clone()).unwrap_or_default();
        (count(before) != count(after)).then(|| DeadRow {
            code: kind.0.clone(),
            subject: kind.1.clone(),
            old: count(before),
            new: count(after),
            reason,
        })
    });
    rows.collect()
}

/// Letters by code and subject: how many, and why the first of them died.
fn letters(engine: &Engine, name: &dyn Fn(&str) -> String) -> BTreeMap<(String, String), (u64, String)> {
    let mut kinds = BTreeMap::new();
    for letter in engine.dead_letters().iter() {
        let kind = (letter.code.clone(), subject(letter, name));
        kinds.entry(kind).or_insert_with(|| (0, letter.reason.clone())).0 += 1;
    }
    kinds
}

fn subject(letter: &DeadLetter, name: &dyn Fn(&str) -> String) -> String {
    match &letter.what {
        LetterKind::Refused | LetterKind::Event { .. } => "event".to_owned(),
        LetterKind::Derived { name: of, .. } => name(of),
        LetterKind::Action { rule, .. } => name(rule),
    }
}
