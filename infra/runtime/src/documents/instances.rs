//! Instances: pages of them, and one with everything that is known about it.

use std::collections::BTreeMap;

use fanin_condition::{Condition, Explanation, Instance, Key, Missing, State, explain, outline};
use serde::{Deserialize, Serialize};

use super::moment;
use crate::engine::Engine;
use crate::listing::InstanceFilter;
use crate::near::NearMissed;
use crate::view::InstanceView;

/// A correlation key by name.
pub type KeyOf = BTreeMap<String, String>;

/// One instance of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceRow {
    /// Name of the condition.
    pub condition: String,
    /// The correlation key by name.
    pub key: KeyOf,
    /// Where it is in its life.
    pub state: State,
    /// What the round counts: names, events or values.
    pub count: u64,
    /// The number it needs; none while `reach` is unknown, and for `absent`.
    pub needed: Option<u64>,
    /// What is missing: names, a number, or null.
    pub missing: Missing,
    /// When it times out, or fires because nothing came.
    pub deadline: Option<String>,
    /// When it is forgotten, as things are.
    pub forgotten_at: Option<String>,
    /// When the last event of the round was accepted.
    pub last_at: Option<String>,
    /// Number of the current or last round.
    pub round: u32,
    /// It belongs to a version that the workflow has no more, and only runs out.
    pub draining: bool,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstancePage {
    /// The instances.
    pub instances: Vec<InstanceRow>,
    /// What to ask for with `after` to get the next page; none: this was the last.
    pub next: Option<u32>,
    /// The moment up to which everything is decided.
    pub now: String,
}

/// One instance with everything that is known about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InstanceTold {
    /// Why it has, or has not, fired.
    pub explanation: Explanation,
    /// It belongs to a version that the workflow has no more, and only runs out.
    pub draining: bool,
    /// Unmatched events that are almost a member, the nearest first.
    pub near_misses: Vec<NearMissRow>,
    /// The moment up to which everything is decided.
    pub now: String,
}

/// An unmatched event that is almost a named one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearMissRow {
    /// The envelope's id as its sender wrote it.
    pub event: String,
    /// Its identity.
    pub identity: String,
    /// When it was accepted.
    pub at: String,
    /// The name it is not.
    pub name: String,
    /// The field that failed; empty when it is none in particular.
    pub field: String,
    /// Why, as a sentence that names the field and its value.
    pub reason: String,
    /// How many fields of the pattern were as asked for.
    pub fields_matched: usize,
    /// Of how many.
    pub fields: usize,
}

/// What was asked about is not there; here is what is near it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotThere {
    /// `no-such-condition` or `no-such-instance`.
    pub code: String,
    /// In words.
    pub reason: String,
    /// Names of conditions there are, those like the one asked for first.
    pub conditions: Vec<String>,
    /// Names of the key's parts; empty if the condition is not there.
    pub key_names: Vec<String>,
    /// Keys that look like the one asked for, the most alike first.
    pub nearest_keys: Vec<KeyOf>,
    /// Unmatched events that are almost a member, the nearest first.
    pub near_misses: Vec<NearMissRow>,
}

/// Keys offered instead of one that is not there.
const OFFERED: usize = 5;

fn key_of(condition: &Condition, key: &str) -> KeyOf {
    let values = Key::decode(key, condition.by.len());
    let names = condition.by.iter().map(ToString::to_string);
    names.zip(values.iter().map(ToString::to_string)).collect()
}

impl InstanceRow {
    /// Of an instance, the condition in the version it is pinned to, and the key in its canonical text.
    #[must_use]
    pub fn of(condition: &Condition, key: &str, instance: &Instance, draining: bool) -> InstanceRow {
        let told = outline(condition, instance);
        InstanceRow {
            condition: condition.name.to_string(),
            key: key_of(condition, key),
            state: told.state,
            count: told.count,
            needed: told.needed,
            missing: told.missing,
            deadline: told.deadline.and_then(moment),
            forgotten_at: told.forgotten_at.and_then(moment),
            last_at: told.last_at.and_then(moment),
            round: told.round,
            draining,
        }
    }
}

/// Up to `limit` instances from place `from` on.
#[must_use]
pub fn instance_page(engine: &Engine, filter: &InstanceFilter, from: u32, limit: usize) -> InstancePage {
    let listed = engine.list_instances(filter, from, limit);
    let row = |view: &InstanceView<'_>| {
        InstanceRow::of(view.condition, view.key, view.instance, !engine.is_current(view))
    };
    InstancePage {
        instances: listed.instances.iter().map(row).collect(),
        next: listed.next,
        now: engine.now().to_string(),
    }
}

/// Everything about the instance of a condition for a key in its canonical text; near misses are added by
/// [`near_rows`]. None: there is none.
#[must_use]
pub fn instance_told(engine: &Engine, condition: &str, key: &str) -> Option<InstanceTold> {
    let view = engine.instance(condition, key)?;
    Some(InstanceTold {
        explanation: explain(view.condition, view.key, view.instance, engine.now()),
        draining: !engine.is_current(&view),
        near_misses: Vec::new(),
        now: engine.now().to_string(),
    })
}

/// What is near an instance that is not there, near misses left out.
#[must_use]
pub fn not_there(engine: &Engine, condition: &str, key: &str) -> NotThere {
    let conditions = engine.condition_names();
    let Some(key_names) = engine.key_names(condition) else {
        return near_conditions(conditions, condition);
    };
    let nearest = engine.nearest_keys(condition, key, OFFERED);
    NotThere {
        conditions: by_likeness(conditions, condition),
        nearest_keys: nearest.iter().map(|view| key_of(view.condition, view.key)).collect(),
        ..no_such_instance(condition, key, key_names)
    }
}

fn by_likeness(mut conditions: Vec<String>, condition: &str) -> Vec<String> {
    conditions.sort_by_key(|name| strsim::damerau_levenshtein(name, condition));
    conditions
}

/// What is near a condition that is not there, given the names of those there are.
#[must_use]
pub fn near_conditions(conditions: Vec<String>, condition: &str) -> NotThere {
    let conditions = by_likeness(conditions, condition);
    let reason = match conditions.first() {
        Some(nearest) if strsim::jaro_winkler(nearest, condition) > 0.8 => {
            format!("there is no condition {condition:?}; did you mean {nearest:?}?")
        }
        Some(_) => format!("there is no condition {condition:?}; there are {}", conditions.join(", ")),
        None => format!("there is no condition {condition:?}: the workflow has none"),
    };
    NotThere {
        code: "no-such-condition".to_owned(),
        reason,
        conditions,
        key_names: Vec::new(),
        nearest_keys: Vec::new(),
        near_misses: Vec::new(),
    }
}

/// An instance that is not there, of a condition that is: the key in its canonical text, and the names of its parts.
#[must_use]
pub fn no_such_instance(condition: &str, key: &str, key_names: Vec<String>) -> NotThere {
    let values = Key::decode(key, key_names.len());
    let shown: Vec<String> = key_names.iter().zip(values).map(|(n, v)| format!("{n}={v}")).collect();
    let shown = if shown.is_empty() { String::new() } else { format!(" [{}]", shown.join(", ")) };
    NotThere {
        code: "no-such-instance".to_owned(),
        reason: format!("no event of {condition}{shown} was seen, or it is forgotten already"),
        conditions: Vec::new(),
        key_names,
        nearest_keys: Vec::new(),
        near_misses: Vec::new(),
    }
}

/// Near misses as documents.
#[must_use]
pub fn near_rows(misses: Vec<NearMissed>) -> Vec<NearMissRow> {
    misses.into_iter().map(near_row).collect()
}

fn near_row(miss: NearMissed) -> NearMissRow {
    #[derive(Deserialize)]
    struct Head {
        id: String,
    }
    let identity = miss.identity().to_uuid();
    let id = serde_json::from_str::<Head>(&miss.event.text).map(|head| head.id);
    NearMissRow {
        event: id.unwrap_or_else(|_| identity.clone()),
        identity,
        at: miss.event.at.to_string(),
        name: miss.name,
        field: miss.field,
        reason: miss.reason,
        fields_matched: miss.matched.0,
        fields: miss.matched.1,
    }
}
