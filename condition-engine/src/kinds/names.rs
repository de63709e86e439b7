//! Slots: the first event of a name fills its slot. What `all`, `any` and `at_least` have in common.

use crate::input::Verdict;
use crate::instance::{Ending, Instance, Phase};
use crate::progress::Progress;
use crate::round::{Arrival, Turn};

/// Fills the slot of the arrival's name; fires when `needed` slots are filled.
pub(super) fn fill(
    turn: &mut Turn<'_>,
    instance: &mut Instance,
    arrival: &Arrival<'_>,
    needed: u64,
) -> Verdict {
    let Progress::Names(names) = &mut instance.progress else { return turn.mismatch() };
    if !names.add(arrival.event.member) && instance.phase == Phase::Open {
        instance.pass_over(turn.condition, arrival);
        return Verdict::Ignored;
    }
    instance.join(turn.condition, arrival);
    instance.counted = instance.counted.saturating_add(1);
    if instance.counted < needed {
        return Verdict::Waiting;
    }
    turn.finish(instance, Ending::Complete, arrival.event.accepted);
    Verdict::Fired
}
