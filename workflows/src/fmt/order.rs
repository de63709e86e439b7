//! The order of keys: that of the language's own pages. Entries with names of the author's keep the author's order.

use super::model::{Comment, Document, Entry, Group, Item};

pub(super) const WORKFLOW: &[&str] =
    &["$schema", "version", "name", "allow", "events", "conditions", "rules", "functions"];
pub(super) const EVENT: &[&str] = &["s3", "match", "schedule", "capture", "allow"];
pub(super) const CONDITION: &[&str] = &[
    "all", "any", "at_least", "of", "count", "sequence", "absent", "after", "by", "distinct", "reach", "for",
    "within", "sliding", "tumbling", "fire", "collect", "retain", "allow",
];
pub(super) const RULE: &[&str] = &["when", "map", "invoke", "send", "input", "retry", "catch", "allow"];
pub(super) const MAP: &[&str] = &["items", "max_concurrency", "tolerated_failure_percentage"];
pub(super) const HANDLER: &[&str] = &[
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "emit",
];
pub(super) const FUNCTION: &[&str] =
    &["command", "lambda", "bootstrap", "http", "respond", "fail", "after", "timeout", "allow"];
pub(super) const TESTS: &[&str] = &["$schema", "workflow", "allow", "tests"];
pub(super) const CASE: &[&str] =
    &["name", "functions", "given", "wait", "expect", "never", "shuffle", "allow"];
pub(super) const CALL: &[&str] = &["invoke", "input"];
/// The name of the event, which is any other key, stands between the two.
const BEFORE_EVENT: &[&str] = &["at"];
const AFTER_EVENT: &[&str] = &["id", "detail"];

/// Keys before which a comment at the top of the file belongs to the file, not to the key.
const HEADS: &[&str] = &["$schema", "version", "name", "workflow"];
/// Comments that tools read only at the top.
const MODELINES: [&str; 2] = ["# yaml-language-server:", "# yamllint "];

/// Sorts the keys of a workflow file or a test file.
pub(super) fn sort(document: &mut Document) {
    take_header(document);
    if document.aliases {
        // An alias may not stand before what it repeats.
        return;
    }
    let Some(root) = document.root.group_mut() else { return };
    if root.entries.iter().any(|e| e.name() == Some("tests")) {
        by(root, TESTS);
        each_item(root.get_mut("tests"), &mut case);
        return;
    }
    by(root, WORKFLOW);
    each_entry(root.get_mut("events"), &mut |event| by(event, EVENT));
    each_entry(root.get_mut("conditions"), &mut |condition| by(condition, CONDITION));
    each_entry(root.get_mut("rules"), &mut rule);
    each_entry(root.get_mut("functions"), &mut |function| by(function, FUNCTION));
}

fn rule(rule: &mut Group) {
    by(rule, RULE);
    if let Some(map) = rule.get_mut("map").and_then(Item::group_mut) {
        by(map, MAP);
    }
    for key in ["retry", "catch"] {
        each_item(rule.get_mut(key), &mut |handler| by(handler, HANDLER));
    }
}

fn case(case: &mut Group) {
    by(case, CASE);
    each_entry(case.get_mut("functions"), &mut |function| by(function, FUNCTION));
    each_item(case.get_mut("given"), &mut |given| {
        let rank = |name: &str| {
            let after = AFTER_EVENT.iter().position(|key| *key == name).map(|at| at + 2);
            if BEFORE_EVENT.contains(&name) { Some(0) } else { after.or(Some(1)) }
        };
        sort_entries(given, rank);
    });
    each_item(case.get_mut("expect"), &mut |call| {
        if call.get_mut("invoke").is_some() {
            by(call, CALL);
        }
    });
}

fn each_entry(item: Option<&mut Item>, visit: &mut dyn FnMut(&mut Group)) {
    if let Some(group) = item.and_then(Item::group_mut)
        && group.keyed
    {
        group.entries.iter_mut().filter_map(|e| e.value.group_mut()).filter(|g| g.keyed).for_each(visit);
    }
}

fn each_item(item: Option<&mut Item>, visit: &mut dyn FnMut(&mut Group)) {
    if let Some(group) = item.and_then(Item::group_mut)
        && !group.keyed
    {
        group.entries.iter_mut().filter_map(|e| e.value.group_mut()).filter(|g| g.keyed).for_each(visit);
    }
}

fn by(group: &mut Group, keys: &[&str]) {
    sort_entries(group, |name| keys.iter().position(|key| *key == name));
}

/// A key without a rank stays behind the one it stands behind.
fn sort_entries(group: &mut Group, rank: impl Fn(&str) -> Option<usize>) {
    let mut last = 0;
    let mut ranked: Vec<(usize, Entry)> = Vec::with_capacity(group.entries.len());
    for entry in std::mem::take(&mut group.entries) {
        last = entry.name().and_then(&rank).unwrap_or(last);
        ranked.push((last, entry));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    group.entries = ranked.into_iter().map(|(_, entry)| entry).collect();
}

/// Takes the comments off the first key that belong to the whole file.
fn take_header(document: &mut Document) {
    let Some(first) = document.root.group_mut().and_then(|group| group.entries.first_mut()) else { return };
    let above = std::mem::take(&mut first.above);
    let heads = first.name().is_some_and(|name| HEADS.contains(&name));
    let modeline = |c: &Comment| MODELINES.iter().any(|line| c.text.starts_with(line));
    // The last paragraph directly above a key such as `events` is about that key.
    let paragraph = above.iter().rposition(|c| c.blank).unwrap_or(0);
    let last_modeline = above.iter().rposition(modeline).map_or(0, |at| at + 1);
    let own = if heads || first.blank { above.len() } else { paragraph.max(last_modeline) };
    let (header, kept) = above.split_at(own.min(above.len()));
    document.header = header.to_vec();
    first.above = kept.to_vec();
}
