//! `count`: so many events, or distinct values, of one name; the number may be brought by an event.
//!
//! A number that an event brings holds for its round: with `fire: every` the next round waits for its own. The first
//! valid one holds; a later one that differs changes nothing and is noted for `explain`. One that is no number rejects
//! its event whole: were it the counted name, it is not counted either.

use super::count_window::{sliding, tumbling};
use crate::condition::{Condition, Kind, Reach, Window};
use crate::input::Verdict;
use crate::instance::{Conflict, Ending, Instance, KnownReach};
use crate::limits::MAX_REACH;
use crate::progress::Progress;
use crate::reject::REACH_NOT_A_NUMBER;
use crate::round::{Arrival, Turn};

/// The member that is counted.
const COUNTED: u16 = 0;

pub(super) fn on_event(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    let said = match said(arrival) {
        Ok(said) => said,
        Err(text) => {
            let reason = format!(
                "{} says {text:?} where {} needs its `reach`: send a whole number from 1 to {MAX_REACH}",
                arrival.member.name, turn.condition.name
            );
            return turn.reject(REACH_NOT_A_NUMBER, reason);
        }
    };
    if enter(turn.condition, instance, arrival) == Entry::Late {
        instance.late = instance.late.saturating_add(1);
        return Verdict::Late;
    }
    let news =
        if arrival.event.member == COUNTED { is_news(instance, arrival) } else { instance.reach.is_none() };
    if !news {
        note_reach(instance, arrival, said);
        if arrival.member.distinct.is_some() {
            instance.note_repeat(arrival.tag);
        }
        instance.pass_over(turn.condition, arrival);
        return Verdict::Ignored;
    }
    instance.join(turn.condition, arrival);
    note_reach(instance, arrival, said);
    if arrival.event.member == COUNTED {
        add(instance, arrival);
    }
    match needed(turn.condition, instance) {
        Some(reach) if instance.counted >= reach => {
            turn.finish(instance, Ending::Complete, arrival.event.accepted);
            Verdict::Fired
        }
        _ => Verdict::Waiting,
    }
}

/// The number to reach, once it is known.
pub(crate) fn needed(condition: &Condition, instance: &Instance) -> Option<u64> {
    match &condition.kind {
        Kind::Count { reach: Reach::Number(number), .. } => Some((*number).clamp(1, MAX_REACH)),
        Kind::Count { reach: Reach::Captured, .. } => instance.reach.as_ref().map(|reach| reach.value),
        Kind::AtLeast { n } => Some(u64::from(*n)),
        Kind::Any => Some(1),
        Kind::All | Kind::Sequence => Some(condition.members.len() as u64),
        Kind::Absent { .. } => None,
    }
}

/// How many events of `member` the round has: the counted ones, and the one that brought the number.
pub(super) fn count(instance: &Instance, member: u16) -> u64 {
    if member == COUNTED { instance.counted } else { u64::from(instance.reach.is_some()) }
}

/// The number this event brings: `None` if it is not its task, an error if it is no number.
fn said<'a>(arrival: &Arrival<'a>) -> Result<Option<u64>, &'a str> {
    let Some(place) = arrival.member.reach else { return Ok(None) };
    let text = arrival.event.captures.get(usize::from(place)).copied().unwrap_or("");
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(text);
    }
    match text.parse() {
        Ok(number) if (1..=MAX_REACH).contains(&number) => Ok(Some(number)),
        _ => Err(text),
    }
}

/// The first number holds for the round; a different one later is only noted.
fn note_reach(instance: &mut Instance, arrival: &Arrival<'_>, said: Option<u64>) {
    let Some(value) = said else { return };
    let from: Box<str> = arrival.event.id.into();
    match &mut instance.reach {
        None => {
            instance.reach = Some(Box::new(KnownReach { value, from, conflicts: 0, conflict: None }));
        }
        Some(known) if known.value != value => {
            known.conflicts = known.conflicts.saturating_add(1);
            known.conflict = Some(Conflict { value, from });
        }
        Some(_) => {}
    }
}

/// Whether an event may still be part of a window.
#[derive(PartialEq, Eq)]
pub(super) enum Entry {
    Open,
    Late,
}

fn enter(condition: &Condition, instance: &mut Instance, arrival: &Arrival<'_>) -> Entry {
    match &condition.kind {
        Kind::Count { window: Some(Window::Sliding(length)), .. } => {
            sliding::enter(instance, arrival, *length)
        }
        Kind::Count { window: Some(Window::Tumbling(length)), .. } => {
            tumbling::enter(condition, instance, arrival, *length)
        }
        _ => Entry::Open,
    }
}

/// Does this event, of the counted name, add to the count?
fn is_news(instance: &Instance, arrival: &Arrival<'_>) -> bool {
    let seed = instance.seed();
    let values = match &instance.progress {
        Progress::Sliding(state) => return sliding::is_news(state, arrival, seed),
        _ if instance.counted >= MAX_REACH && instance.is_open() => return false,
        Progress::Count(values) => values,
        Progress::Tumbling(state) => &state.values,
        _ => return false,
    };
    arrival.member.distinct.is_none() || values.as_ref().is_none_or(|v| v.0.get(arrival.tag, seed).is_none())
}

/// Counts this event.
fn add(instance: &mut Instance, arrival: &Arrival<'_>) {
    let seed = instance.seed();
    let values = match &mut instance.progress {
        Progress::Sliding(_) => return sliding::add(instance, arrival),
        Progress::Count(values) => values,
        Progress::Tumbling(state) => &mut state.values,
        _ => return,
    };
    if arrival.member.distinct.is_some() {
        values.get_or_insert_default().add(arrival.tag, arrival.event.accepted, seed);
    }
    instance.counted = instance.counted.saturating_add(1);
}

#[cfg(test)]
#[path = "count/tests.rs"]
mod tests;
