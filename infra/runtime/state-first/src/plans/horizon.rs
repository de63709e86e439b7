//! Until when a plan that was replaced may still have instances.

use fanin_condition::{Condition, Fire, Kind, Window, limits::IDLE};
use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;

use crate::limits::PLAN_SLACK;

/// The moment from which a plan replaced at `superseded` is not needed: every instance of a condition that `newest` does
/// not have in the same version is over. An instance that goes on round after round is given up then: the newest version
/// begins it anew.
pub(super) fn horizon(plan: &Plan, newest: &Plan, superseded: Timestamp) -> Timestamp {
    let same = |a: &Condition, b: &Condition| a.name == b.name && a.version == b.version;
    let drains = |c: &&Condition| !newest.conditions.iter().any(|other| same(c, other));
    let longest = plan.conditions.iter().filter(drains).map(lifetime).max();
    longest.map_or(superseded, |longest| superseded.plus(longest).plus(PLAN_SLACK))
}

/// How long an instance can be held after its last event.
fn lifetime(condition: &Condition) -> Span {
    let round = match condition.kind {
        Kind::Absent { hold } => hold,
        Kind::Count { window: Some(Window::Sliding(length) | Window::Tumbling(length)), .. } => length,
        _ => condition.within.unwrap_or(IDLE),
    };
    let idle = if condition.fire == Fire::Every { IDLE.0 } else { 0 };
    Span(round.0.saturating_add(condition.retain.0).saturating_add(idle))
}
