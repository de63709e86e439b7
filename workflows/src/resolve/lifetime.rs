//! How long a condition waits and remembers.

use super::symbols::{Origin, Symbols};
use crate::codes;
use crate::duration::format;
use crate::limits::{ADVISED_RETAIN, MIN_RETAIN};
use crate::report::{Mistake, Report};
use crate::syntax::condition::{ConditionDraft, KindDraft, Name, ReachDraft};
use crate::syntax::workflow::Draft;

/// Checks `retain` and whether the condition can stay open for ever.
pub(super) fn check(draft: &Draft, condition: &ConditionDraft, symbols: &Symbols, report: &mut Report<'_>) {
    let Some(kind) = &condition.kind else { return };
    retain(condition, kind, symbols, report);
    members(kind).into_iter().for_each(|name| never_times_out(draft, name, symbols, report));
    // A mistake elsewhere may be the missing deadline: `withn: 1h`. Where somebody listens to its timeout, that is said.
    if condition.within.is_none() && waits(kind) && !report.failed() && !heard(draft, condition) {
        let message = format!("the condition `{}` can stay open for ever", condition.name.value);
        report.add(
            Mistake::new(codes::OPEN_FOREVER, condition.name.place, message)
                .help(
                    "add `within: 24h`, or whatever is long enough; what is missing then comes as `.timeout`",
                )
                .note(
                    "without it what was seen is forgotten 30 days after the last member, without an event",
                ),
        );
    }
}

/// Whether a condition or a rule listens to the timeout of a condition.
fn heard(draft: &Draft, condition: &ConditionDraft) -> bool {
    let is = |name: &Name| name.value.strip_suffix(".timeout") == Some(&*condition.name.value);
    let kinds = draft.conditions.iter().filter_map(|c| c.kind.as_ref());
    kinds.flat_map(members).any(is) || draft.rules.iter().flat_map(|r| &r.when).any(is)
}

/// A name that is the timeout of a condition without a deadline.
pub(super) fn never_times_out(draft: &Draft, name: &Name, symbols: &Symbols, report: &mut Report<'_>) {
    let Some(Origin::Timeout(condition)) = symbols.get(&name.value).map(|s| &s.origin) else { return };
    let Some(condition) = draft.conditions.get(*condition) else { return };
    if condition.within.is_some() || report.failed() {
        return;
    }
    let of = &condition.name.value;
    let (why, help) = match &condition.kind {
        Some(KindDraft::Absent { .. }) => (
            "is about something absent and has no deadline",
            format!("its own event is `{of}`: it says that nothing came"),
        ),
        Some(KindDraft::Count(count)) if count.window.is_some() => (
            "has a window and no deadline",
            format!("write `within` in place of the window of `{of}`, or another name here"),
        ),
        _ => ("has no `within`", format!("add `within: 1h` to `{of}`")),
    };
    let message = format!("`{}` never comes: the condition `{of}` {why}", name.value);
    report.add(Mistake::new(codes::NEVER_HAPPENS, name.place, message).help(help));
}

/// Whether one member may not be enough, and no other deadline ends it.
fn waits(kind: &KindDraft) -> bool {
    match kind {
        KindDraft::All(names) | KindDraft::Sequence(names) => names.len() > 1,
        KindDraft::AtLeast { n, .. } => n.value > 1,
        KindDraft::Any(_) | KindDraft::Absent { .. } => false,
        KindDraft::Count(count) => {
            count.window.is_none() && !matches!(count.reach, Some(ReachDraft::Number(1)))
        }
    }
}

fn members(kind: &KindDraft) -> Vec<&Name> {
    match kind {
        KindDraft::All(names) | KindDraft::Any(names) | KindDraft::Sequence(names) => names.iter().collect(),
        KindDraft::AtLeast { of, .. } => of.iter().collect(),
        KindDraft::Count(count) => vec![&count.of],
        KindDraft::Absent { of, after, .. } => std::iter::once(of).chain(after).collect(),
    }
}

/// An event that is delivered again after it was forgotten would count again.
fn retain(condition: &ConditionDraft, kind: &KindDraft, symbols: &Symbols, report: &mut Report<'_>) {
    let Some(retain) = &condition.retain else { return };
    let outside =
        |name: &&&Name| matches!(symbols.get(&name.value).map(|s| &s.origin), Some(Origin::Event(_)));
    let members = members(kind);
    let written = format(retain.value);
    if let Some(event) = members.iter().find(outside)
        && retain.value < MIN_RETAIN
    {
        let message = format!(
            "after {written} `{}` forgets what it counted, and `{}` may be delivered again for 24 hours",
            condition.name.value, event.value
        );
        let help = "write at least `retain: 24h`, or leave it out (5 days)";
        report.add(Mistake::new(codes::BAD_RETAIN, retain.place, message).help(help));
    } else if retain.value < ADVISED_RETAIN {
        let message = format!(
            "after {written} `{}` forgets what it counted, and a queue may hold an event for 4 days",
            condition.name.value
        );
        let help =
            "write `retain: 4d` or more, or leave it out (5 days), unless your queues hold events for less";
        report.add(Mistake::new(codes::SHORT_RETAIN, retain.place, message).help(help));
    }
}
