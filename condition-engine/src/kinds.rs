//! The switch over the kinds of conditions; each kind has its file.

mod absent;
mod all;
mod any;
mod at_least;
mod count;
mod count_window;
mod names;
mod sequence;

use std::sync::Arc;

use fanin_event::Timestamp;

use crate::condition::{Condition, Kind, Window};
use crate::input::Verdict;
use crate::instance::{Instance, Phase};
use crate::limits::IDLE;
use crate::missing::Missing;
use crate::progress::Progress;
use crate::round::{Arrival, Turn};

pub(crate) use count::needed;
pub(crate) use count_window::end_window;
pub(crate) use sequence::neighbours;

/// What a due moment brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The round times out.
    Timeout,
    /// The condition is met by nothing having happened.
    Fire,
    /// A window is over without a firing.
    EndWindow,
    /// The host may drop the instance.
    Forget,
}

/// An event that is new to an instance that is not closed.
pub(crate) fn on_event(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    match &turn.condition.kind {
        Kind::All => all::on_event(turn, instance, arrival),
        Kind::Any => any::on_event(turn, instance, arrival),
        Kind::AtLeast { n } => at_least::on_event(turn, instance, arrival, *n),
        Kind::Sequence => sequence::on_event(turn, instance, arrival),
        Kind::Count { .. } => count::on_event(turn, instance, arrival),
        Kind::Absent { .. } => absent::on_event(turn, instance, arrival),
    }
}

/// The next due moment and what it brings; [`Timestamp::NEVER`]: nothing is due, ever.
pub(crate) fn next_step(condition: &Condition, instance: &Instance) -> (Timestamp, Step) {
    match instance.phase {
        Phase::New => (Timestamp::NEVER, Step::Forget),
        // The event that completed it need not be the one that was accepted last.
        Phase::Closed { at, .. } => (at.max(instance.touched_at).plus(condition.retain), Step::Forget),
        // A window that has fired is remembered to its end, or it could fire twice.
        Phase::Idle => {
            let retained = instance.touched_at.plus(condition.retain);
            (retained.max(count_window::spent_until(instance)), Step::Forget)
        }
        Phase::Open => match (&condition.kind, condition.within) {
            (Kind::Absent { hold }, _) => absent::next_step(condition, instance, *hold),
            (Kind::Count { window: Some(Window::Sliding(length)), .. }, _) => {
                (instance.touched_at.plus(condition.retain.max(*length)), Step::Forget)
            }
            (Kind::Count { window: Some(Window::Tumbling(_)), .. }, _) => {
                (count_window::window_end(instance), Step::EndWindow)
            }
            // A member that was accepted before the first one, but came later, moves the deadline forward; never to
            // before a member that counts already.
            (_, Some(within)) => (instance.first_at.plus(within).max(instance.last_at), Step::Timeout),
            (_, None) => (instance.touched_at.plus(IDLE), Step::Forget),
        },
    }
}

/// What ends an open round before it is met: a firing for `absent`, silence for a window, else a timeout.
pub(crate) fn end_of_round(condition: &Condition) -> Step {
    match &condition.kind {
        Kind::Absent { .. } => Step::Fire,
        Kind::Count { window: Some(_), .. } => Step::EndWindow,
        _ => Step::Timeout,
    }
}

/// An open `absent` with `after` that does not wait any more, or not yet: it has no deadline that could be brought forward.
pub(crate) fn has_nothing_to_end(condition: &Condition, instance: &Instance) -> bool {
    let Progress::Absent(state) = &instance.progress else { return false };
    condition.follows() && (state.came || state.after.is_none())
}

/// Before a round ends: out of what was kept, the members of this firing.
pub(crate) fn choose(condition: &Condition, instance: &mut Instance) {
    match instance.progress {
        Progress::Sequence(_) => sequence::choose(condition, instance),
        Progress::Sliding(_) => count_window::choose(condition, instance),
        _ => {}
    }
}

/// What the round still lacks: for `absent` the awaited name, whose absence is the point.
pub(crate) fn missing(condition: &Condition, instance: &Instance) -> Missing {
    let lacks: Vec<bool> = match condition.kind {
        Kind::Count { .. } => {
            return match needed(condition, instance) {
                Some(reach) => Missing::More(reach.saturating_sub(instance.counted)),
                None => Missing::Unknown,
            };
        }
        Kind::Absent { .. } => vec![absent::is_missing(condition, instance)],
        _ => counts(condition, instance).into_iter().map(|count| count == 0).collect(),
    };
    let names = condition.members.iter().zip(lacks).filter(|(_, lacks)| *lacks);
    Missing::Names(names.map(|(member, _)| Arc::clone(&member.name)).collect())
}

/// For each member how many of its events this round counts.
pub(crate) fn counts(condition: &Condition, instance: &Instance) -> Vec<u64> {
    let members = (0..=u16::MAX).zip(&condition.members).map(|(index, _)| index);
    match &instance.progress {
        Progress::Names(names) => members.map(|m| u64::from(names.has(m))).collect(),
        Progress::Sequence(candidates) => sequence::chosen(candidates, condition).map(u64::from).collect(),
        Progress::Absent(state) => members.map(|m| absent::count(condition, instance, state, m)).collect(),
        Progress::Count(_) | Progress::Sliding(_) | Progress::Tumbling(_) => {
            members.map(|m| count::count(instance, m)).collect()
        }
    }
}
