//! Which events belong to a test: those that lead to the same conditions with the same key.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fanin_event::{Scratch, Timestamp};
use fanin_plan::Plan;
use fanin_workflow::graph::{EdgeKind, Graph};
use serde_json::Value;

use crate::limits::MAX_COPIED;
use crate::ring::{Entry, Part, What};
use crate::row::Kind;
use crate::shown::Shown;

/// What the test is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anchor {
    /// Names of the event, the condition or the completion.
    pub(crate) names: Vec<String>,
    /// Its captures.
    pub(crate) captures: BTreeMap<String, String>,
    /// When it happened, if it did because time passed.
    pub(crate) until: Option<Timestamp>,
}

/// An event of the test.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) name: String,
    pub(crate) captures: BTreeMap<String, String>,
    pub(crate) at: Timestamp,
    /// Its id, where another of them has the same.
    pub(crate) id: Option<String>,
    pub(crate) detail: Option<Value>,
}

/// The events of the test, and what they lead to.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub(crate) anchor: Anchor,
    pub(crate) events: Vec<Given>,
    pub(crate) left_out: usize,
    /// The conditions they are members of.
    pub(crate) conditions: Vec<String>,
}

impl Anchor {
    /// An event of the stream as what a test is about.
    pub(crate) fn of(entry: Entry<'_>, shown: &Shown, scratch: &mut Scratch) -> Anchor {
        if let What::Derived(notice) = entry.what {
            let captures = notice.captures.iter().map(|(n, v)| (n.to_string(), v.to_string())).collect();
            return Anchor { names: vec![notice.name.to_string()], captures, until: Some(notice.at) };
        }
        let known = shown.recognize(entry.what.text(), scratch);
        let names = known.names.iter().map(|(name, _)| name.to_string()).collect();
        let captures = known.names.into_iter().flat_map(|(_, captures)| captures).collect();
        Anchor { names, captures, until: None }
    }
}

/// The node of a name: an outcome's is that of its condition or rule.
fn node_of(graph: &Graph, name: &str) -> Option<String> {
    let base = [".timeout", ".done", ".failed"].iter().find_map(|end| name.strip_suffix(end));
    let find = |name: &str| graph.nodes.iter().find(|node| node.name == name).map(|node| node.id.clone());
    find(name).or_else(|| find(base?))
}

/// What an anchor leads to, and everything that leads there.
fn related(graph: &Graph, anchor: &Anchor) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = anchor.names.iter().filter_map(|name| node_of(graph, name)).collect();
    let joins = |kind| matches!(kind, EdgeKind::Member | EdgeKind::Reach | EdgeKind::After);
    let first: Vec<String> = all.iter().filter(|id| id.starts_with("event.")).cloned().collect();
    let next = graph.edges.iter().filter(|edge| joins(edge.kind) && first.contains(&edge.from));
    all.extend(next.map(|edge| edge.to.clone()));
    loop {
        let known = all.len();
        let before = graph.edges.iter().filter(|edge| all.contains(&edge.to));
        let before: Vec<String> = before.map(|edge| edge.from.clone()).collect();
        all.extend(before);
        if all.len() == known {
            return all;
        }
    }
}

/// The events of a part of the stream that belong to an anchor, the oldest first.
pub(crate) fn choose(part: &Part, shown: &Shown, anchor: Anchor) -> Chosen {
    let related = related(&shown.graph, &anchor);
    let plan = &shown.plan;
    let conditions = plan.conditions.iter().filter(|c| related.contains(&format!("condition.{}", c.name)));
    let keys: BTreeSet<&str> = conditions.clone().flat_map(|c| c.by.iter()).map(AsRef::as_ref).collect();
    let conditions: Vec<String> = conditions.map(|c| c.name.to_string()).collect();
    let mut scratch = Scratch::default();
    let (mut events, mut left_out) = (Vec::new(), 0);
    let mut seen: HashMap<(Option<String>, Option<String>), usize> = HashMap::new();
    for entry in part.newest_first() {
        let What::Event(arrival, _) = entry.what else { continue };
        if Kind::of(entry.what) == Kind::Rejected {
            continue;
        }
        let known = shown.recognize(&arrival.text, &mut scratch);
        let wanted = known.names.into_iter().find(|(name, captures)| {
            related.contains(&format!("event.{name}")) && agrees(&keys, &anchor, captures)
        });
        let Some((name, captures)) = wanted else { continue };
        if events.len() >= MAX_COPIED {
            left_out += 1;
            continue;
        }
        *seen.entry((known.source.clone(), known.id.clone())).or_default() += 1;
        let detail = detail(plan, &name, &arrival.text);
        let given = Given { name: name.to_string(), captures, at: entry.at, id: known.id.clone(), detail };
        events.push((known.source, given));
    }
    let once = |(source, mut given): (Option<String>, Given)| {
        if seen.get(&(source, given.id.clone())).is_none_or(|times| *times < 2) {
            given.id = None;
        }
        given
    };
    let events = events.into_iter().rev().map(once).collect();
    Chosen { anchor, events, left_out, conditions }
}

/// Whether an event has the anchor's key, as far as both have one.
fn agrees(keys: &BTreeSet<&str>, anchor: &Anchor, captures: &BTreeMap<String, String>) -> bool {
    let of = if keys.is_empty() { captures.keys().map(String::as_str).collect() } else { keys.clone() };
    of.into_iter().all(|key| match (anchor.captures.get(key), captures.get(key)) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    })
}

/// What else is in the event. Of an upload nothing: the store writes it, not the sender.
fn detail(plan: &Plan, name: &str, text: &str) -> Option<Value> {
    let definition = plan.events.iter().find(|event| *event.name == *name)?;
    let pattern: Value = serde_json::from_str(&definition.pattern).ok()?;
    let scheduled = plan.schedules.iter().any(|schedule| *schedule.event == *name);
    if scheduled || pattern.pointer("/detail/bucket").is_some() {
        return None;
    }
    let mut event: Value = serde_json::from_str(text).ok()?;
    event.get_mut("detail").map(Value::take).filter(Value::is_object)
}
