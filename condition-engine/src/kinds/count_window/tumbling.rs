//! `tumbling: D` counts in windows aligned to the epoch in UTC: from a multiple of D up to, not including, the next.
//!
//! A window that ends without a firing ends no round: `round` counts the firings.

use fanin_event::{Span, Timestamp};

use super::super::count::Entry;
use crate::condition::Condition;
use crate::instance::{Instance, Phase};
use crate::progress::Progress;
use crate::round::Arrival;

/// Finds the window of this event. One that is spent (over, or fired in) makes the event late.
pub(in crate::kinds) fn enter(
    condition: &Condition,
    instance: &mut Instance,
    arrival: &Arrival<'_>,
    length: Span,
) -> Entry {
    let accepted = arrival.event.accepted;
    if instance.is_open() && accepted >= window_end(instance) {
        end_window(condition, instance);
    }
    let length = i64::try_from(length.0).unwrap_or(i64::MAX).max(1);
    let Progress::Tumbling(state) = &mut instance.progress else { return Entry::Open };
    let start = accepted.0.saturating_sub(accepted.0.rem_euclid(length));
    let until = Timestamp(start.saturating_add(length));
    if accepted < state.spent {
        return Entry::Late;
    }
    if instance.phase != Phase::Open {
        state.until = until;
        state.spent = Timestamp(start);
    }
    Entry::Open
}

/// The end of the current window.
pub(in crate::kinds) fn window_end(instance: &Instance) -> Timestamp {
    match &instance.progress {
        Progress::Tumbling(state) => state.until,
        _ => Timestamp::NEVER,
    }
}

/// Until when events are late because their window has fired or is over; the beginning of time without a window.
pub(in crate::kinds) fn spent_until(instance: &Instance) -> Timestamp {
    match &instance.progress {
        Progress::Tumbling(state) => state.spent,
        _ => Timestamp(i64::MIN),
    }
}

/// The current window is over without a firing.
pub(crate) fn end_window(condition: &Condition, instance: &mut Instance) {
    instance.end_round(condition, None);
    instance.round = instance.round.saturating_sub(1);
}
