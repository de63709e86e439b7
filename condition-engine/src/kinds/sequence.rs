//! `sequence`: fires when an increasing choice of events, one per name, exists.
//!
//! Events are ordered by their own time; ties by acceptance, then by identity. They may arrive in any order, so the
//! first event of a name need not be the one that fits: `packed` of Monday does not follow `paid` of Tuesday, `packed`
//! of Wednesday does. For each name this keeps just the events that some future event could still make part of the
//! choice: the earliest one that follows the chain of the names before it, and those earlier than that, which wait for
//! an earlier predecessor. All others are extra.

use fanin_event::Timestamp;

use crate::condition::Condition;
use crate::input::Verdict;
use crate::instance::{Ending, Instance};
use crate::limits::MAX_CANDIDATES;
use crate::print::Print;
use crate::progress::{Candidate, Candidates, Progress};
use crate::round::{Arrival, Turn};

pub(super) fn on_event(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    if !matches!(instance.progress, Progress::Sequence(_)) {
        return turn.mismatch();
    }
    instance.join(turn.condition, arrival);
    let Progress::Sequence(candidates) = &mut instance.progress else { return turn.mismatch() };
    let event = arrival.event;
    let candidate = Candidate { time: event.time, accepted: event.accepted, identity: event.identity };
    candidates.0.resize_with(turn.condition.members.len(), Vec::new);
    let mut dropped = insert(candidates, event.member, candidate);
    let complete = prune(candidates, &mut dropped);
    let useless = dropped.contains(&arrival.print);
    instance.counted = chosen(candidates, turn.condition).filter(|c| *c).count() as u64;
    instance.extra = instance.extra.saturating_add(u32::try_from(dropped.len()).unwrap_or(u32::MAX));
    if let Some(members) = &mut instance.members
        && !dropped.is_empty()
    {
        members.retain(|record| !dropped.contains(&record.tag));
    }
    if complete {
        turn.finish(instance, Ending::Complete, event.accepted);
        return Verdict::Fired;
    }
    if useless { Verdict::Ignored } else { Verdict::Waiting }
}

/// Puts a candidate into its place among those of its name; what no longer fits is returned.
fn insert(candidates: &mut Candidates, member: u16, candidate: Candidate) -> Vec<Print> {
    let mut dropped = Vec::new();
    if let Some(level) = candidates.0.get_mut(usize::from(member)) {
        let place = level.partition_point(|other| *other < candidate);
        level.insert(place, candidate);
        if level.len() > MAX_CANDIDATES {
            dropped.push(Print::of_member(member, level.remove(0).identity));
        }
    }
    dropped
}

/// Drops what can no longer matter: whatever comes later than the earliest event that follows the chain. Returns
/// whether the chain is complete.
fn prune(candidates: &mut Candidates, dropped: &mut Vec<Print>) -> bool {
    let mut last: Option<Candidate> = None;
    for (member, level) in (0..=u16::MAX).zip(&mut candidates.0) {
        let place = level.partition_point(|candidate| Some(*candidate) <= last);
        let Some(next) = level.get(place) else { return false };
        last = Some(*next);
        dropped.extend(level.drain(place + 1..).map(|c| Print::of_member(member, c.identity)));
    }
    last.is_some()
}

/// For each name the earliest event after the one chosen before it; a name without one is skipped.
fn choice(candidates: &Candidates) -> impl Iterator<Item = Option<Candidate>> {
    candidates.0.iter().scan(None, |last: &mut Option<Candidate>, level| {
        let next = level.iter().find(|candidate| Some(**candidate) > *last).copied();
        *last = next.or(*last);
        Some(next)
    })
}

/// For each name whether the choice has an event of it.
pub(super) fn chosen(candidates: &Candidates, condition: &Condition) -> impl Iterator<Item = bool> {
    choice(candidates).map(|c| c.is_some()).chain(std::iter::repeat(false)).take(condition.members.len())
}

/// The own times between which an event of `member` fits: of the chosen event before it, and of the earliest one that is
/// kept of the names after it.
pub(crate) fn neighbours(candidates: &Candidates, member: usize) -> (Option<Timestamp>, Option<Timestamp>) {
    let before = choice(candidates).take(member).flatten().last().map(|candidate| candidate.time);
    let after = candidates.0.iter().skip(member + 1).filter_map(|level| level.first());
    (before, after.map(|candidate| candidate.time).min())
}

/// Leaves the choice and nothing else: the members of the firing, or of the timeout.
pub(super) fn choose(condition: &Condition, instance: &mut Instance) {
    let Progress::Sequence(candidates) = &mut instance.progress else { return };
    let choice: Vec<Option<Candidate>> = choice(candidates).take(condition.members.len()).collect();
    let prints: Vec<Print> = (0..=u16::MAX)
        .zip(&choice)
        .filter_map(|(member, c)| c.map(|c| Print::of_member(member, c.identity)))
        .collect();
    candidates.0 = choice.into_iter().map(|c| c.into_iter().collect()).collect();
    if let Some(members) = &mut instance.members {
        members.retain(|record| prints.contains(&record.tag));
    }
}
