//! Conditions that can never complete, whatever comes.

use std::collections::BTreeSet;

use fanin_condition::{Fire, Window};
use fanin_event::Span;

use super::{View, members};
use crate::codes;
use crate::duration::format;
use crate::limits::DEFAULT_RETAIN;
use crate::report::{Mistake, Report};
use crate::resolve::Origin;
use crate::suggest::list;
use crate::syntax::condition::{ConditionDraft, CountDraft, KindDraft, Name, ReachDraft};

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for condition in &view.draft.conditions {
        let Some(kind) = &condition.kind else { continue };
        let found = match kind {
            KindDraft::Count(count) => one_value_a_key(condition, count)
                .or_else(|| too_few_values(view, condition, count))
                .or_else(|| counts_what_comes_once(view, condition, count))
                .or_else(|| no_common_key(view, condition, &members(kind))),
            _ => needed(kind).and_then(|names| {
                no_common_key(view, condition, names)
                    .or_else(|| fires_and_times_out(view, condition, names))
                    .or_else(|| ends_before(view, condition, names))
            }),
        };
        found.into_iter().for_each(|mistake| report.add(mistake));
    }
}

/// The names of which all are needed.
fn needed(kind: &KindDraft) -> Option<&[Name]> {
    match kind {
        KindDraft::All(names) | KindDraft::Sequence(names) => Some(names),
        KindDraft::AtLeast { n, of } if n.value == of.len() as u64 => Some(of),
        _ => None,
    }
}

fn never(condition: &ConditionDraft, why: &str) -> String {
    format!("the condition `{}` can never complete: {why}", condition.name.value)
}

fn number(count: &CountDraft) -> Option<u64> {
    match count.reach {
        Some(ReachDraft::Number(number)) if number > 1 => Some(number),
        _ => None,
    }
}

/// `distinct: part` with `by: part`: each key has just one value.
fn one_value_a_key(condition: &ConditionDraft, count: &CountDraft) -> Option<Mistake> {
    let (distinct, reach) = (count.distinct.as_ref()?, number(count)?);
    condition.by.iter().find(|by| by.value == distinct.value)?;
    let why = format!("`{0}` is part of the key, so a key has one `{0}`, not {reach}", distinct.value);
    let help = "take it out of `by`, or count another capture";
    Some(Mistake::new(codes::NEVER_COMPLETES, distinct.place, never(condition, &why)).help(help))
}

/// The pattern lists fewer values than must be reached.
fn too_few_values(view: &View<'_>, condition: &ConditionDraft, count: &CountDraft) -> Option<Mistake> {
    let (distinct, reach) = (count.distinct.as_ref()?, number(count)?);
    let values = view.shape(&count.of.value)?.values(&distinct.value)?;
    if reach <= values.len() as u64 {
        return None;
    }
    let values = list(values.iter().map(String::as_str));
    let why = format!(
        "the pattern of `{}` allows only {values} as `{}`, and {reach} different ones are asked for",
        count.of.value, distinct.value
    );
    let help = "lower `reach`, or allow more values in the pattern";
    Some(Mistake::new(codes::NEVER_COMPLETES, distinct.place, never(condition, &why)).help(help))
}

/// Whether each key of a condition makes this event once for as long as it is remembered.
fn once_a_key(condition: &ConditionDraft) -> bool {
    match condition.kind {
        Some(KindDraft::Absent { after: None, .. }) => condition.fire == Some(Fire::Once),
        _ => condition.fire != Some(Fire::Every),
    }
}

fn same_key(one: &ConditionDraft, other: &ConditionDraft) -> bool {
    let key = |c: &ConditionDraft| c.by.iter().map(|name| name.value.clone()).collect::<BTreeSet<_>>();
    key(one) == key(other)
}

fn remembered(condition: &ConditionDraft) -> Span {
    condition.retain.as_ref().map_or(DEFAULT_RETAIN, |retain| retain.value)
}

/// Several firings of a condition that fires once for the same key.
fn counts_what_comes_once(
    view: &View<'_>,
    condition: &ConditionDraft,
    count: &CountDraft,
) -> Option<Mistake> {
    let reach = number(count)?;
    let counted = view.condition(&count.of.value)?;
    let time = match (&condition.within, count.window) {
        (Some(within), _) => within.value,
        (None, Some(Window::Sliding(span) | Window::Tumbling(span))) => span,
        (None, None) => return None,
    };
    if !once_a_key(counted) || !same_key(condition, counted) || time >= remembered(counted) {
        return None;
    }
    let key = if condition.by.is_empty() { "" } else { " for each key" };
    let why = format!("`{}` comes once{key}, and {reach} are asked for", count.of.value);
    let help = format!(
        "add `fire: every` to `{0}`, or count over a wider key: take a capture out of `by` here",
        counted.name.value
    );
    let help =
        if condition.by.is_empty() { format!("add `fire: every` to `{}`", counted.name.value) } else { help };
    Some(Mistake::new(codes::NEVER_COMPLETES, count.of.place, never(condition, &why)).help(help))
}

/// Members whose patterns leave no common value of a capture in the key.
fn no_common_key(view: &View<'_>, condition: &ConditionDraft, names: &[Name]) -> Option<Mistake> {
    for capture in &condition.by {
        let mut common: Option<(BTreeSet<String>, &Name)> = None;
        for name in names {
            let Some(values) = view.shape(&name.value).and_then(|s| s.values(&capture.value)) else {
                continue;
            };
            common = match common {
                None => Some((values, name)),
                Some((before, first)) => {
                    let both: BTreeSet<String> = before.intersection(&values).cloned().collect();
                    if both.is_empty() {
                        let shown = |set: &BTreeSet<String>| list(set.iter().map(String::as_str));
                        let why = format!(
                            "as `{}` the pattern of `{}` allows {} and that of `{}` {}, so they never have the same key",
                            capture.value,
                            first.value,
                            shown(&before),
                            name.value,
                            shown(&values)
                        );
                        let help = format!("take `{}` out of `by`, or mend the patterns", capture.value);
                        let mistake =
                            Mistake::new(codes::NEVER_COMPLETES, capture.place, never(condition, &why));
                        return Some(mistake.help(help));
                    }
                    Some((both, first))
                }
            };
        }
    }
    None
}

/// `all: [c, c.timeout]`: a key does one or the other.
fn fires_and_times_out(view: &View<'_>, condition: &ConditionDraft, names: &[Name]) -> Option<Mistake> {
    let within = condition.within.as_ref()?.value;
    let timeout = |name: &&Name| matches!(view.origin(&name.value), Some(Origin::Timeout(_)));
    for late in names.iter().filter(timeout) {
        let Some(of) = view.condition(&late.value) else { continue };
        let both = names.iter().any(|name| name.value == of.name.value);
        if both && once_a_key(of) && same_key(condition, of) && within < remembered(of) {
            let why = format!("for one key either `{}` or `{}` comes, never both", of.name.value, late.value);
            let help = "use `any` for whichever comes, or take one of them out";
            let mistake = Mistake::new(codes::NEVER_COMPLETES, late.place, never(condition, &why));
            return Some(mistake.help(help));
        }
    }
    None
}

/// A member that comes later after another member than `within` allows.
fn ends_before(view: &View<'_>, condition: &ConditionDraft, names: &[Name]) -> Option<Mistake> {
    let within = condition.within.as_ref()?;
    if condition.fire == Some(Fire::Every) {
        return None;
    }
    for name in names {
        let Some(Origin::Fired(_)) = view.origin(&name.value) else { continue };
        let Some(absent) = view.condition(&name.value) else { continue };
        let Some(KindDraft::Absent { of, after, hold }) = &absent.kind else { continue };
        let start = after.as_ref().unwrap_or(of);
        let begins = names.iter().any(|n| n.value == start.value);
        if begins && within.value < *hold && same_key(condition, absent) {
            let why = format!(
                "`{}` comes {} after `{}`, and by then `within: {}` has ended",
                name.value,
                format(*hold),
                start.value,
                format(within.value)
            );
            let help = format!("make `within` longer than {}", format(*hold));
            let mistake = Mistake::new(codes::NEVER_COMPLETES, within.place, never(condition, &why));
            return Some(mistake.help(help));
        }
    }
    None
}
