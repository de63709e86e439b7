//! `absent`: nothing came for so long, after its last event or after another one.

use fanin_event::{Span, Timestamp};

use super::Step;
use crate::condition::Condition;
use crate::input::Verdict;
use crate::instance::{Ending, Instance, Phase};
use crate::progress::{Absent, Progress};
use crate::round::{Arrival, Turn};

/// The member that is awaited.
const AWAITED: u16 = 0;

pub(super) fn on_event(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    if turn.condition.watches() { watch(turn, instance, arrival) } else { follow(turn, instance, arrival) }
}

/// Without `after`: opens at the first event, each one postpones. Only the last one is kept as a member; `count` says
/// how many there were. An event that is not newer than the last one postpones nothing.
fn watch(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    if instance.phase != Phase::New && arrival.event.accepted <= instance.touched_at {
        instance.pass_over(turn.condition, arrival);
        return Verdict::Ignored;
    }
    instance.members = None;
    instance.join(turn.condition, arrival);
    instance.counted = instance.counted.saturating_add(1);
    Verdict::Waiting
}

/// With `after`: opens at that event, is settled for good by the awaited one, whichever came first.
fn follow(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    let Progress::Absent(state) = &mut instance.progress else { return turn.mismatch() };
    let accepted = arrival.event.accepted;
    let known = if arrival.event.member == AWAITED {
        std::mem::replace(&mut state.came, true)
    } else {
        let first = state.after.replace(state.after.map_or(accepted, |first| first.min(accepted)));
        first.is_some()
    };
    let settled = state.came && state.after.is_some();
    if known {
        instance.pass_over(turn.condition, arrival);
        return Verdict::Ignored;
    }
    instance.join(turn.condition, arrival);
    instance.counted = instance.counted.saturating_add(1);
    if settled {
        let closed = Phase::Closed { at: instance.last_at, ending: Ending::Satisfied };
        instance.end_round(turn.condition, Some(closed));
    }
    Verdict::Waiting
}

/// When an open instance is due.
pub(super) fn next_step(condition: &Condition, instance: &Instance, hold: Span) -> (Timestamp, Step) {
    let Progress::Absent(state) = &instance.progress else { return (Timestamp::NEVER, Step::Forget) };
    if condition.watches() {
        return (instance.last_at.plus(hold), Step::Fire);
    }
    match state.after {
        Some(after) if !state.came => (after.plus(hold), Step::Fire),
        _ => (instance.touched_at.plus(hold).plus(condition.retain), Step::Forget),
    }
}

/// How many events of `member` the round counts.
pub(super) fn count(condition: &Condition, instance: &Instance, state: &Absent, member: u16) -> u64 {
    match member {
        AWAITED if condition.watches() => instance.counted,
        AWAITED => u64::from(state.came),
        _ => u64::from(state.after.is_some()),
    }
}

/// Is the awaited event what is missing?
pub(super) fn is_missing(condition: &Condition, instance: &Instance) -> bool {
    condition.watches() || matches!(&instance.progress, Progress::Absent(state) if !state.came)
}
