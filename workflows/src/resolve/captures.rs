//! Which captures the events of each name have. Those of a completion are those of the event that caused it: of several
//! the ones they all have, in the order of the first.

use std::collections::VecDeque;
use std::sync::Arc;

use super::symbols::{Origin, Symbols};
use crate::codes;
use crate::report::{Mistake, Report};
use crate::suggest::list;
use crate::syntax::rule::RuleDraft;
use crate::syntax::workflow::Draft;

type Captures = Option<Vec<Arc<str>>>;

/// Finds the captures of completions and of what `catch` emits. Rules may trigger each other in a circle, so a rule is
/// looked at again when one that it waits for has changed: a list only ever loses names, which bounds the work.
/// Gives the rules that nothing triggers from outside, which are reported.
pub(super) fn resolve(draft: &Draft, symbols: &mut Symbols, report: &mut Report<'_>) -> Vec<usize> {
    let dependents = dependents(draft, symbols);
    let mut rules: Vec<Captures> = vec![None; draft.rules.len()];
    let mut open: VecDeque<usize> = (0..draft.rules.len()).collect();
    while let Some(i) = open.pop_front() {
        let Some(rule) = draft.rules.get(i) else { continue };
        let causes = rule.when.iter().map(|w| symbols.get(&w.value).and_then(|s| s.captures.as_ref()));
        let common = common(causes);
        if rules.get_mut(i).is_some_and(|known| narrow(known, common)) {
            publish(rule, &rules, symbols);
            open.extend(dependents.get(i).into_iter().flatten());
        }
    }
    let asleep = never_triggered(draft, symbols);
    if !report.failed() {
        tell(draft, &asleep, report);
    }
    if !report.failed() {
        // What is still open belongs to rules that nothing triggers: their events have no captures, because there are none.
        symbols.all_mut().for_each(|(_, symbol)| {
            symbol.captures.get_or_insert_default();
        });
    }
    asleep
}

/// For each rule the rules that wait for its end or for what it emits.
fn dependents(draft: &Draft, symbols: &Symbols) -> Vec<Vec<usize>> {
    let mut dependents = vec![Vec::new(); draft.rules.len()];
    let mut add = |of: usize, rule: usize| {
        if let Some(list) = dependents.get_mut(of) {
            list.push(rule);
        }
    };
    for (i, rule) in draft.rules.iter().enumerate() {
        for when in &rule.when {
            match symbols.get(&when.value).map(|s| &s.origin) {
                Some(Origin::Ended(of)) => add(*of, i),
                Some(Origin::Emitted(from)) => from.iter().for_each(|of| add(*of, i)),
                _ => {}
            }
        }
    }
    dependents
}

/// Gives the captures of a rule to the events it makes.
fn publish(rule: &RuleDraft, rules: &[Captures], symbols: &mut Symbols) {
    let ends = ["done", "failed"].map(|end| Arc::from(format!("{}.{end}", rule.name.value)));
    let emits = rule.catch.iter().map(|c| c.emit.value.clone());
    for name in ends.into_iter().chain(emits) {
        let Some(symbol) = symbols.get_mut(&name) else { continue };
        let captures = match &symbol.origin {
            Origin::Ended(of) => rules.get(*of).cloned().flatten(),
            Origin::Emitted(from) => common(from.iter().map(|r| rules.get(*r).and_then(Option::as_ref))),
            _ => continue,
        };
        narrow(&mut symbol.captures, captures);
    }
}

/// The names all known lists have, in the order of the first. Nothing when none is known.
fn common<'c>(mut lists: impl Iterator<Item = Option<&'c Vec<Arc<str>>>>) -> Captures {
    let mut common = lists.by_ref().flatten().next()?.clone();
    for list in lists.flatten() {
        common.retain(|name| list.contains(name));
    }
    Some(common)
}

/// Makes a list known, or takes out of it what `new` does not have. Says whether it changed.
fn narrow(known: &mut Captures, new: Captures) -> bool {
    match (known, new) {
        (_, None) => false,
        (known @ None, new) => {
            *known = new;
            true
        }
        (Some(known), Some(new)) => {
            let before = known.len();
            known.retain(|name| new.contains(name));
            known.len() != before
        }
    }
}

/// Rules whose causes are only completions of rules that they trigger themselves.
fn never_triggered(draft: &Draft, symbols: &Symbols) -> Vec<usize> {
    let circular = |name: &crate::syntax::condition::Name| {
        symbols.get(&name.value).is_some_and(|s| {
            s.captures.is_none() && matches!(s.origin, Origin::Ended(_) | Origin::Emitted(_))
        })
    };
    let asleep = |rule: &RuleDraft| !rule.when.is_empty() && rule.when.iter().all(circular);
    draft.rules.iter().enumerate().filter(|(_, rule)| asleep(rule)).map(|(i, _)| i).collect()
}

/// One mistake, however many rules wait for each other.
fn tell(draft: &Draft, asleep: &[usize], report: &mut Report<'_>) {
    let rules: Vec<&RuleDraft> = asleep.iter().filter_map(|i| draft.rules.get(*i)).collect();
    let Some(first) = rules.first() else { return };
    let names = list(rules.iter().map(|rule| &*rule.name.value));
    let message = match rules.as_slice() {
        [_] => format!("nothing triggers the rule {names}: it waits for what it does itself"),
        _ => format!("nothing triggers the rules {names}: each waits for another of them"),
    };
    let help = "add an event or a condition to the `when` of one of them";
    report.add(Mistake::new(codes::NEVER_TRIGGERED, first.name.place, message).help(help));
}
