//! Paths of `input` and `map` into the workflow's own events, whose members are known.

use fanin_condition::Collect;
use fanin_condition::limits::MAX_ENVELOPES;
use fanin_rule::limits::MAX_MAP_ITEMS;

use super::{View, members};
use crate::codes;
use crate::report::{Mistake, Report};
use crate::resolve::Origin;
use crate::suggest::{did_you_mean, list};
use crate::syntax::condition::{ConditionDraft, KindDraft, ReachDraft};
use crate::syntax::path::{Step, steps};
use crate::syntax::payload::PathText;
use crate::syntax::rule::RuleDraft;

const ENVELOPE: [&str; 9] =
    ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];
const OF_CONDITION: [&str; 12] = [
    "key",
    "members",
    "counts",
    "count",
    "missing",
    "reason",
    "round",
    "first_at",
    "last_at",
    "workflow",
    "condition",
    "truncated",
];
/// Written only where somebody intervened.
const OF_OPERATOR: &str = "operator";
/// What a member has besides the envelope, when that is not carried.
const OF_MEMBER: [&str; 3] = ["id", "time", "captures"];

/// What is wrong with a path, and what to write.
type Wrong = (String, String);

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    for rule in &view.draft.rules {
        for path in &rule.paths {
            let steps = steps(&path.value);
            let wrong: Option<Vec<Wrong>> =
                rule.when.iter().map(|when| finds_nothing(view, &when.value, &steps)).collect();
            if let Some((why, help)) = wrong.and_then(|all| all.into_iter().next()) {
                let message = format!("`{}` finds nothing: {why}", path.value);
                report.add(Mistake::new(codes::FINDS_NOTHING, path.place, message).help(help));
            } else {
                too_many(view, rule, path, &steps, report);
            }
        }
    }
}

fn name(steps: &[Step], place: usize) -> Option<&str> {
    match steps.get(place)? {
        Step::Name(name) => Some(name),
        Step::Other => None,
    }
}

/// Why a path finds nothing in events of a name. Nothing: it may find something.
fn finds_nothing(view: &View<'_>, when: &str, steps: &[Step]) -> Option<Wrong> {
    let origin = view.origin(when)?;
    if matches!(origin, Origin::Event(_)) {
        return None;
    }
    let first = name(steps, 0)?;
    if !ENVELOPE.contains(&first) {
        let help = did_you_mean(first, ENVELOPE).unwrap_or_else(|| {
            format!("an event has {}; what it is about stands in `$.detail`", list(ENVELOPE))
        });
        return Some((format!("an event has no `{first}`"), help));
    }
    let field = name(steps, 1).filter(|_| first == "detail")?;
    match origin {
        Origin::Fired(_) | Origin::Timeout(_) => {
            of_condition(view.condition(when)?, when, field, name(steps, 2), name(steps, 4))
        }
        Origin::Ended(rule) => of_completion(view.draft.rules.get(*rule)?, when, field),
        Origin::Emitted(_) => of_emitted(when, field),
        Origin::Event(_) => None,
    }
}

fn of_condition(
    condition: &ConditionDraft,
    when: &str,
    field: &str,
    inner: Option<&str>,
    of_member: Option<&str>,
) -> Option<Wrong> {
    let by: Vec<&str> = condition.by.iter().map(|name| &*name.value).collect();
    let names: Vec<_> = condition.kind.as_ref().map(members).unwrap_or_default();
    let names = || names.iter().map(|name| &*name.value);
    let bare = condition.collect == Some(Collect::None);
    if !OF_CONDITION.contains(&field) && field != OF_OPERATOR {
        let help = if by.contains(&field) {
            format!("values of the key stand in `$.detail.key.{field}`")
        } else if names().any(|name| name == field) {
            format!("members stand in `$.detail.members.{field}`, a list")
        } else {
            did_you_mean(field, OF_CONDITION)
                .unwrap_or_else(|| format!("its detail has {}", list(OF_CONDITION)))
        };
        return Some((format!("the detail of `{when}` has no `{field}`"), help));
    }
    match (field, inner) {
        ("key", Some(inner)) if !by.contains(&inner) => {
            let help = if by.is_empty() {
                format!("add `by: {inner}` to `{}`, if its members capture it", condition.name.value)
            } else {
                did_you_mean(inner, by.iter().copied())
                    .unwrap_or_else(|| format!("its key is {}", list(by.iter().copied())))
            };
            Some((format!("`{inner}` is not in the key of `{}`", condition.name.value), help))
        }
        ("members", _) if bare => Some((
            format!("with `collect: none` a firing of `{}` has no members", condition.name.value),
            "read `$.detail.counts`, or write `collect: event`".to_owned(),
        )),
        ("counts", _) if !bare => Some((
            format!("`{}` carries its members, not their counts", condition.name.value),
            "read `$.detail.count`, or write `collect: none`".to_owned(),
        )),
        ("members" | "counts", Some(inner)) if !names().any(|name| name == inner) => {
            let help =
                did_you_mean(inner, names()).unwrap_or_else(|| format!("its members are {}", list(names())));
            Some((format!("`{inner}` is no member of `{}`", condition.name.value), help))
        }
        ("members", Some(_)) if condition.collect == Some(Collect::Captures) => {
            let other = of_member.filter(|field| !OF_MEMBER.contains(field))?;
            let why = format!(
                "with `collect: captures` a member of `{}` has no `{other}`, only {}",
                condition.name.value,
                list(OF_MEMBER)
            );
            Some((why, "read its `captures`, or write `collect: event`".to_owned()))
        }
        _ => None,
    }
}

fn of_completion(rule: &RuleDraft, when: &str, field: &str) -> Option<Wrong> {
    let mut fields = vec!["workflow", "rule", "attempts", "cause_id", "action"];
    let done = when.ends_with(".done");
    match (done, rule.map.is_some()) {
        (true, false) => fields.push("result"),
        (true, true) => fields.extend(["results", "failed"]),
        (false, false) => fields.extend(["error", "cause"]),
        (false, true) => fields.extend(["error", "cause", "failed"]),
    }
    no_field(when, field, &fields)
}

fn of_emitted(when: &str, field: &str) -> Option<Wrong> {
    no_field(when, field, &["error", "cause", "failed", "workflow", "rule", "attempts", "cause_id", "action"])
}

fn no_field(when: &str, field: &str, fields: &[&str]) -> Option<Wrong> {
    if fields.contains(&field) {
        return None;
    }
    let help = did_you_mean(field, fields.iter().copied())
        .unwrap_or_else(|| format!("its detail has {}", list(fields.iter().copied())));
    Some((format!("the detail of `{when}` has no `{field}`"), help))
}

/// Members of which there are more than a firing carries whole, or than a `map` takes.
fn too_many(view: &View<'_>, rule: &RuleDraft, path: &PathText, steps: &[Step], report: &mut Report<'_>) {
    let (Some("detail"), Some("members"), Some(_)) = (name(steps, 0), name(steps, 1), name(steps, 2)) else {
        return;
    };
    let [when] = rule.when.as_slice() else { return };
    let (Some(Origin::Fired(_)), Some(condition)) = (view.origin(&when.value), view.condition(&when.value))
    else {
        return;
    };
    let Some(KindDraft::Count(count)) = &condition.kind else { return };
    let Some(ReachDraft::Number(reach)) = count.reach else { return };
    let whole = condition.collect.is_none() || condition.collect == Some(Collect::Event);
    let of = &condition.name.value;
    let read = name(steps, 4).filter(|field| !OF_MEMBER.contains(field));
    let (message, help) = if path.items && reach > MAX_MAP_ITEMS as u64 {
        (
            format!("`{of}` has {reach} members when it fires, and `map` takes {MAX_MAP_ITEMS} items"),
            "lower `reach` and write `fire: every`, so that there are several smaller runs",
        )
    } else if let Some(field) = read
        && whole
        && reach > MAX_ENVELOPES as u64
    {
        (
            format!(
                "`{of}` has {reach} members when it fires; only the first {MAX_ENVELOPES} carry their whole event with `{field}`"
            ),
            "capture what you need and read `captures`, or lower `reach` and write `fire: every`",
        )
    } else {
        return;
    };
    report.add(Mistake::new(codes::TOO_MANY_MEMBERS, path.place, message).help(help));
}
