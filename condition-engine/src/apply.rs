//! The one function that decides: an input comes to an instance, and here is what follows from it.

use fanin_event::Timestamp;

use crate::condition::Condition;
use crate::input::{Effect, Input, MemberEvent, Verdict};
use crate::instance::{Ending, Instance, Phase};
use crate::kinds::{self, Step};
use crate::limits::{MAX_DUE_STEPS, MAX_KEY_BYTES};
use crate::operate::Operator;
use crate::print::Print;
use crate::reject::{KEY_TOO_LONG, LATE_PAST_FLOOR, NOT_A_MEMBER};
use crate::round::{Arrival, Turn};

/// Takes `input` to `instance`, which is of `condition` for `key`, and appends what follows to `effects`.
///
/// Pure and total: no input whatever makes it panic, and the same inputs in the same order make the same state and the
/// same effects. The verdict speaks of the input; a deadline that passed before an event shows in `effects` only.
///
/// Late events (after closing, or in a window that is over) are counted but not remembered: nothing can follow from them,
/// and a closed instance does not grow. So their redelivery is late again, not a duplicate.
///
/// An event accepted exactly at a deadline counts, a timer exactly at the deadline closes: a host that has both for the
/// same moment brings the event first.
pub fn apply(
    condition: &Condition,
    key: &str,
    instance: &mut Instance,
    input: &Input<'_>,
    effects: &mut Vec<Effect>,
) -> Verdict {
    let mut turn = Turn { condition, key, effects, operator: None };
    let pinned = instance.version == condition.version;
    let verdict = match input {
        Input::Event(_) if !pinned => return turn.mismatch(),
        Input::Timer { .. } | Input::Expire { .. } if !pinned => return Verdict::Ignored,
        Input::Event(event) => on_event(&mut turn, instance, event),
        Input::Timer { now } => settle(&mut turn, instance, |due| due <= *now).unwrap_or(Verdict::Ignored),
        Input::Expire { now, operator } => expire(&mut turn, instance, *now, *operator),
    };
    instance.due = kinds::next_step(condition, instance).0;
    verdict
}

fn on_event(turn: &mut Turn<'_>, instance: &mut Instance, event: &MemberEvent<'_>) -> Verdict {
    let condition = turn.condition;
    let arrival = match check_event(turn, condition, event) {
        Ok(arrival) => arrival,
        Err(verdict) => return verdict,
    };
    if instance.due < event.accepted {
        settle(turn, instance, |due| due < event.accepted);
    }
    if instance.seen.knows(arrival.print, instance.seed()) {
        instance.duplicates = instance.duplicates.saturating_add(1);
        if instance.phase != Phase::Idle {
            instance.note_repeat(arrival.tag);
        }
        return Verdict::Duplicate;
    }
    if let Phase::Closed { .. } = instance.phase {
        instance.late = instance.late.saturating_add(1);
        return Verdict::Late;
    }
    if event.accepted <= instance.seen.floor {
        let reason = format!(
            "accepted {}, but {} for key {:?} remembers the ids of its events only from {} on and cannot tell whether \
             this one was counted; check it against the firing before you redrive it",
            event.accepted, turn.condition.name, turn.key, instance.seen.floor
        );
        return turn.reject(LATE_PAST_FLOOR, reason);
    }
    kinds::on_event(turn, instance, &arrival)
}

/// The open round ends at `now`, whatever it still waits for. What was due before is done first.
fn expire<'a>(
    turn: &mut Turn<'a>,
    instance: &mut Instance,
    now: Timestamp,
    operator: Operator<'a>,
) -> Verdict {
    let settled = settle(turn, instance, |due| due < now);
    if instance.phase != Phase::Open || kinds::has_nothing_to_end(turn.condition, instance) {
        return settled.unwrap_or(Verdict::Ignored);
    }
    turn.operator = Some(operator);
    match kinds::end_of_round(turn.condition) {
        Step::Fire => {
            turn.finish(instance, Ending::Complete, now);
            Verdict::Fired
        }
        Step::EndWindow => {
            kinds::end_window(turn.condition, instance);
            Verdict::Expired
        }
        Step::Timeout | Step::Forget => {
            turn.finish(instance, Ending::Timeout, now);
            Verdict::Expired
        }
    }
}

/// Checks that the event is one the condition can take.
pub(crate) fn check_event<'a>(
    turn: &mut Turn<'_>,
    condition: &'a Condition,
    event: &'a MemberEvent<'a>,
) -> Result<Arrival<'a>, Verdict> {
    if turn.key.len() > MAX_KEY_BYTES {
        let reason = format!(
            "the correlation key of {} has {} bytes, at most {MAX_KEY_BYTES} are possible; capture a shorter value",
            condition.name,
            turn.key.len()
        );
        return Err(turn.reject(KEY_TOO_LONG, reason));
    }
    let Some(member) = condition.members.get(usize::from(event.member)) else {
        let reason = format!("{} has no member number {}", condition.name, event.member);
        return Err(turn.reject(NOT_A_MEMBER, reason));
    };
    let print = Print::of_member(event.member, event.identity);
    let tag = match member.distinct {
        None => print,
        Some(place) => match event.captures.get(usize::from(place)) {
            Some(value) => Print::of_value(value),
            None => {
                let reason =
                    format!("{} lacks the capture that `distinct` of {} needs", member.name, condition.name);
                return Err(turn.reject(NOT_A_MEMBER, reason));
            }
        },
    };
    Ok(Arrival { event, member, print, tag })
}

/// Does everything due, in order of time; the verdict of the last step, `None` if nothing was due.
fn settle(
    turn: &mut Turn<'_>,
    instance: &mut Instance,
    is_due: impl Fn(Timestamp) -> bool,
) -> Option<Verdict> {
    let mut verdict = None;
    for _ in 0..MAX_DUE_STEPS {
        let (at, step) = kinds::next_step(turn.condition, instance);
        if at == Timestamp::NEVER || !is_due(at) {
            break;
        }
        verdict = Some(match step {
            Step::Timeout => {
                turn.finish(instance, Ending::Timeout, at);
                Verdict::Expired
            }
            Step::Fire => {
                turn.finish(instance, Ending::Complete, at);
                Verdict::Fired
            }
            Step::EndWindow => {
                kinds::end_window(turn.condition, instance);
                Verdict::Expired
            }
            Step::Forget => {
                *instance = Instance::new(turn.condition);
                Verdict::Forgotten
            }
        });
    }
    verdict
}
