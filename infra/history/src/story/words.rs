//! Places, keys and near misses in the words of their workflow.

use std::collections::BTreeMap;

use fanin_condition::Key;
use fanin_event::Recognizer;
use fanin_runtime::{Engine, Spot};

use super::document::{Miss, PlaceTold};
use super::facts::by_name;
use crate::limits::MAX_MISSES_TOLD;

/// What a place has counted and needs, as it is now; none when it is gone.
pub(super) fn standing(at: &Spot, engine: &Engine) -> Option<(u64, Option<u64>)> {
    let view = engine.instance(&at.condition, &at.key)?;
    let told = fanin_condition::explain(view.condition, view.key, view.instance, engine.now());
    Some((told.count, told.needed))
}

/// A place in the words of its workflow.
pub(super) fn place_told(at: &Spot, engine: &Engine) -> PlaceTold {
    PlaceTold {
        condition: at.condition.to_string(),
        key: key_told(&at.condition, &at.key, engine),
        generation: format!("{:016x}", at.generation),
        round: at.round,
    }
}

/// A key by name. Of a condition that is gone nobody knows the names any more.
pub(crate) fn key_told(condition: &str, key: &str, engine: &Engine) -> BTreeMap<String, String> {
    let held = engine.instance(condition, key).map(|view| view.condition.by.clone());
    let current = || {
        let plan = engine.plan()?;
        plan.conditions.iter().find(|c| *c.name == *condition).map(|c| c.by.clone())
    };
    match held.or_else(current) {
        Some(by) => by_name(&by, Key::decode(key, by.len())),
        None => by_name(["key"], [key]),
    }
}

/// Why an event is none of the named events, the nearest first.
pub(super) fn misses(engine: &Engine, text: &str) -> Vec<Miss> {
    let Some(recognizer) = engine.plan().and_then(|plan| Recognizer::new(&plan.events).ok()) else {
        return Vec::new();
    };
    let mut misses = recognizer.explain(text);
    let near = |(has, of): (usize, usize)| has.saturating_mul(1_000) / of.max(1);
    misses.sort_by_key(|miss| std::cmp::Reverse(near(miss.matched)));
    let told = misses.into_iter().take(MAX_MISSES_TOLD).map(|miss| Miss {
        name: miss.name.to_string(),
        field: miss.field,
        reason: miss.reason,
        matched: miss.matched.0,
        of: miss.matched.1,
    });
    told.collect()
}
