//! A rule with its causes and its function linked.

use std::collections::BTreeSet;

use fanin_rule::{Rule, Target};

use super::lifetime;
use super::symbols::Symbols;
use crate::codes;
use crate::report::{Mistake, Report};
use crate::suggest::did_you_mean;
use crate::syntax::condition::Name;
use crate::syntax::rule::{RuleDraft, TargetDraft};
use crate::syntax::workflow::Draft;

/// Links a rule; nothing when it has a mistake.
pub(super) fn link(
    draft: &Draft,
    rule: &RuleDraft,
    symbols: &Symbols,
    report: &mut Report<'_>,
) -> Option<Rule> {
    let mut known = !rule.when.is_empty();
    for when in &rule.when {
        known &= symbols.resolve(when, report).is_some();
        lifetime::never_times_out(draft, when, symbols, report);
    }
    let target = match rule.target.as_ref()? {
        TargetDraft::Send(target) => Target::Send(target.clone()),
        TargetDraft::Invoke(function) => Target::Invoke { function: invoked(draft, function, report)? },
    };
    if !known {
        return None;
    }
    let done = format!("{}.done", rule.name.value);
    let captures = symbols.get(&done).and_then(|s| s.captures.clone()).unwrap_or_default();
    Some(Rule {
        workflow: draft.name.clone()?,
        name: rule.name.value.clone(),
        version: 0,
        when: rule.when.iter().map(|w| w.value.clone()).collect(),
        captures,
        input: rule.input.clone(),
        target,
        map: rule.map.clone(),
        retry: rule.retry.clone(),
        catch: rule.catch.iter().map(|c| c.catcher.clone()).collect(),
    })
}

fn invoked(draft: &Draft, name: &Name, report: &mut Report<'_>) -> Option<std::sync::Arc<str>> {
    if draft.functions.iter().any(|f| f.name.value == name.value) {
        return Some(name.value.clone());
    }
    let known = draft.functions.iter().map(|f| &*f.name.value);
    let help = match did_you_mean(&name.value, known) {
        Some(help) => help,
        None if name.value.starts_with("arn:") => {
            "give the function a name under `functions` and write that name here".to_owned()
        }
        None => format!("declare it under `functions`: `{}: {{ command: ./run.sh }}`", name.value),
    };
    let message = format!("there is no function `{}`", name.value);
    report.add(Mistake::new(codes::UNKNOWN_FUNCTION, name.place, message).help(help));
    None
}

/// Functions that no rule calls.
pub(super) fn unused_functions(draft: &Draft, report: &mut Report<'_>) {
    if report.failed() {
        return;
    }
    let called: BTreeSet<&str> = draft
        .rules
        .iter()
        .filter_map(|rule| match &rule.target {
            Some(TargetDraft::Invoke(name)) => Some(&*name.value),
            _ => None,
        })
        .collect();
    for function in draft.functions.iter().filter(|f| !called.contains(&*f.name.value)) {
        let message = format!("no rule calls the function `{}`", function.name.value);
        let help = "call it with `invoke`, or take it out";
        report.add(Mistake::new(codes::UNUSED_FUNCTION, function.name.place, message).help(help));
    }
}
