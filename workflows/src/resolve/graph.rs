//! Circles: conditions that wait for themselves, rules and conditions that trigger each other.

use std::collections::VecDeque;
use std::sync::Arc;

use super::symbols::{Origin, Symbols};
use crate::codes;
use crate::report::{Mistake, Report};
use crate::syntax::condition::{KindDraft, Name, ReachDraft};
use crate::syntax::workflow::Draft;

/// What depends on what: conditions first, then rules.
struct Graph {
    /// For each node the nodes it waits for.
    waits_for: Vec<Vec<usize>>,
    conditions: usize,
}

/// Reports each circle once, by its shortest way round from the first of its nodes. A circle that nothing enters, of the
/// rules `asleep`, is reported as such already.
pub(super) fn cycles(draft: &Draft, symbols: &Symbols, asleep: &[usize], report: &mut Report<'_>) {
    let graph = Graph::of(draft, symbols);
    let asleep = |node: &usize| node.checked_sub(graph.conditions).is_some_and(|rule| asleep.contains(&rule));
    let open = graph.in_circles();
    let mut told = vec![false; open.len()];
    for node in (0..open.len()).filter(|n| open.get(*n) == Some(&true)) {
        if told.get(node) == Some(&true) {
            continue;
        }
        let Some(way) = graph.way_round(node, &open) else { continue };
        for step in &way {
            if let Some(told) = told.get_mut(*step) {
                *told = true;
            }
        }
        if !way.iter().all(asleep) {
            tell(draft, &graph, &way, report);
        }
    }
}

fn tell(draft: &Draft, graph: &Graph, way: &[usize], report: &mut Report<'_>) {
    let name = |node: &usize| match node.checked_sub(graph.conditions) {
        None => draft.conditions.get(*node).map(|c| &c.name),
        Some(rule) => draft.rules.get(rule).map(|r| &r.name),
    };
    let names: Vec<&Name> = way.iter().filter_map(name).collect();
    let Some(first) = names.first() else { return };
    let shown: Vec<&str> = names.iter().map(|n| &*n.value).chain([&*first.value]).collect();
    let shown = shown.join(" <- ");
    if way.iter().all(|node| *node < graph.conditions) {
        let message = format!("the condition `{}` waits for itself: {shown}", first.value);
        report.add(
            Mistake::new(codes::CONDITION_CYCLE, first.place, message)
                .help("take one of them out of the other's members"),
        );
    } else {
        let message = format!("`{}` triggers itself: {shown}", first.value);
        let help =
            "if that is meant, give it an end: a chain of events past the hop limit goes to the dead letters";
        report.add(Mistake::new(codes::RULE_CYCLE, first.place, message).help(help));
    }
}

impl Graph {
    fn of(draft: &Draft, symbols: &Symbols) -> Graph {
        let conditions = draft.conditions.len();
        let nodes = |name: &str| match symbols.get(name).map(|s| &s.origin) {
            Some(Origin::Fired(i) | Origin::Timeout(i)) => vec![*i],
            Some(Origin::Ended(i)) => vec![conditions + i],
            Some(Origin::Emitted(rules)) => rules.iter().map(|i| conditions + i).collect(),
            Some(Origin::Event(_)) | None => Vec::new(),
        };
        let of_condition = draft.conditions.iter().map(|c| match &c.kind {
            None => Vec::new(),
            Some(kind) => member_names(kind).iter().flat_map(|name| nodes(name)).collect(),
        });
        let of_rule = draft.rules.iter().map(|r| r.when.iter().flat_map(|w| nodes(&w.value)).collect());
        Graph { waits_for: of_condition.chain(of_rule).collect(), conditions }
    }

    fn next(&self, node: usize) -> &[usize] {
        self.waits_for.get(node).map_or(&[], Vec::as_slice)
    }

    /// Takes away nodes that wait for nothing that is left, until only circles and what leads into them remain.
    fn in_circles(&self) -> Vec<bool> {
        let count = self.waits_for.len();
        let mut left: Vec<usize> = (0..count).map(|n| self.next(n).len()).collect();
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); count];
        for node in 0..count {
            for next in self.next(node) {
                if let Some(list) = waiting.get_mut(*next) {
                    list.push(node);
                }
            }
        }
        let mut open = vec![true; count];
        let mut free: Vec<usize> = (0..count).filter(|n| left.get(*n) == Some(&0)).collect();
        while let Some(node) = free.pop() {
            if let Some(open) = open.get_mut(node) {
                *open = false;
            }
            for above in waiting.get(node).into_iter().flatten() {
                if let Some(count) = left.get_mut(*above) {
                    *count -= 1;
                    if *count == 0 {
                        free.push(*above);
                    }
                }
            }
        }
        open
    }

    /// The shortest way from a node back to it.
    fn way_round(&self, start: usize, open: &[bool]) -> Option<Vec<usize>> {
        let mut from: Vec<Option<usize>> = vec![None; self.waits_for.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for next in self.next(node).iter().filter(|n| open.get(**n) == Some(&true)) {
                if *next == start {
                    let mut way = vec![node];
                    let mut at = node;
                    while at != start {
                        at = from.get(at).copied().flatten()?;
                        way.push(at);
                    }
                    way.reverse();
                    return Some(way);
                }
                if let Some(slot @ None) = from.get_mut(*next) {
                    *slot = Some(node);
                    queue.push_back(*next);
                }
            }
        }
        None
    }
}

fn member_names(kind: &KindDraft) -> Vec<Arc<str>> {
    let names: Vec<&Name> = match kind {
        KindDraft::All(names) | KindDraft::Any(names) | KindDraft::Sequence(names) => names.iter().collect(),
        KindDraft::AtLeast { of, .. } => of.iter().collect(),
        KindDraft::Absent { of, after, .. } => std::iter::once(of).chain(after).collect(),
        KindDraft::Count(count) => {
            let bringer = match &count.reach {
                Some(ReachDraft::Captured { member, .. }) => Some(member.clone()),
                _ => None,
            };
            return std::iter::once(count.of.value.clone()).chain(bringer).collect();
        }
    };
    names.into_iter().map(|n| n.value.clone()).collect()
}
