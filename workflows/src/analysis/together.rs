//! Two names for one event, where it would count twice.

use super::{View, members};
use crate::codes;
use crate::limits::MAX_COMPARED_PAIRS;
use crate::report::{Mistake, Report};
use crate::syntax::condition::{KindDraft, Name};

/// How two names go together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bond {
    /// Whatever is one is the other.
    Same,
    /// Whatever is the first is the second too.
    Narrower,
    /// The other way round.
    Wider,
}

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    let mut budget = MAX_COMPARED_PAIRS;
    for condition in &view.draft.conditions {
        let Some(kind) = &condition.kind else { continue };
        let several = matches!(kind, KindDraft::AtLeast { n, .. } if n.value > 1);
        for (one, other, bond) in bonds(view, &members(kind), &mut budget) {
            let help = match kind {
                KindDraft::Any(_) => "name one of them",
                KindDraft::Absent { .. } => {
                    "name an event that `after` does not match, or make the patterns differ"
                }
                _ => {
                    "name one of them, or make the patterns differ; to wait for several events of one kind use `count`"
                }
            };
            if bond == Bond::Same {
                tell(&one, &other, "one event counts as both here", help, report);
            } else if several {
                let (narrow, wide) = if bond == Bond::Narrower { (one, other) } else { (other, one) };
                let message = format!(
                    "every `{}` is `{}` as well, so one event counts as two of the names here",
                    narrow.value, wide.value
                );
                report.add(Mistake::new(codes::TOGETHER, narrow.place, message).help(help));
            }
        }
    }
    for rule in &view.draft.rules {
        for (one, other, bond) in bonds(view, &rule.when, &mut budget) {
            if bond == Bond::Same {
                tell(&one, &other, "naming both adds nothing", "name one of them", report);
            }
        }
    }
}

fn tell(one: &Name, other: &Name, so: &str, help: &str, report: &mut Report<'_>) {
    let message = format!(
        "`{}` and `{}` have the same pattern and captures: whatever is one is the other, and {so}",
        other.value, one.value
    );
    report.add(Mistake::new(codes::TOGETHER, one.place, message).help(help));
}

/// For each name the first one before it that goes together with it.
fn bonds(view: &View<'_>, names: &[Name], budget: &mut usize) -> Vec<(Name, Name, Bond)> {
    let mut found = Vec::new();
    for (i, one) in names.iter().enumerate() {
        let Some(shape) = view.shape(&one.value) else { continue };
        for other in names.iter().take(i) {
            let Some(earlier) = view.shape(&other.value) else { continue };
            if *budget == 0 {
                return found;
            }
            *budget -= 1;
            let bond = match (shape.implies(earlier), earlier.implies(shape)) {
                (true, true) => Bond::Same,
                (true, false) => Bond::Narrower,
                (false, true) => Bond::Wider,
                (false, false) => continue,
            };
            found.push((one.clone(), other.clone(), bond));
            break;
        }
    }
    found
}
