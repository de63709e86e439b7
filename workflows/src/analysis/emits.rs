//! Patterns on the workflow's own events that name something it does not make.

use super::View;
use crate::codes;
use crate::report::{Mistake, Report};
use crate::resolve::Origin;
use crate::suggest::{did_you_mean, list};

pub(super) fn check(view: &View<'_>, report: &mut Report<'_>) {
    let own = format!("fanin.{}", view.draft.name.as_deref().unwrap_or_default());
    for (event, shape) in view.draft.events.iter().zip(&view.shapes) {
        let Some(shape) = shape else { continue };
        if shape.sources().is_none_or(|sources| sources.iter().any(|source| *source != own)) {
            continue;
        }
        let Some(types) = shape.literals("detail-type") else { continue };
        let made = |name: &str| view.origin(name).is_some_and(|origin| !matches!(origin, Origin::Event(_)));
        if let Some(first) = types.first().filter(|_| !types.iter().any(|name| made(name))) {
            let known = || view.symbols.names().filter(|name| made(name));
            let message = format!(
                "the pattern of the event `{}` matches nothing: this workflow makes no event `{first}`",
                event.name.value
            );
            let help = did_you_mean(first, known())
                .unwrap_or_else(|| format!("its conditions and rules make {}", list(known())));
            report.add(Mistake::new(codes::MATCHES_NOTHING, event.name.place, message).help(help));
        }
    }
}
