//! `sliding: D` counts the members accepted in the last D. An event exactly D ago is in it, as one exactly at the end of
//! a `within` is.

use std::collections::BTreeSet;

use fanin_event::{Span, Timestamp};

use super::super::count::Entry;
use crate::condition::{Condition, Kind, Window};
use crate::instance::{Instance, Phase};
use crate::limits::MAX_REACH;
use crate::progress::{Progress, Sliding};
use crate::round::Arrival;
use crate::stamped::Stamped;

/// Moves the window up to this event. An event that was accepted before the window of a later one is late.
pub(in crate::kinds) fn enter(instance: &mut Instance, arrival: &Arrival<'_>, length: Span) -> Entry {
    if instance.phase != Phase::Open {
        return Entry::Open;
    }
    let accepted = arrival.event.accepted;
    let start = instance.touched_at.max(accepted).minus(length);
    if accepted < start {
        return Entry::Late;
    }
    let seed = instance.seed();
    let Progress::Sliding(state) = &mut instance.progress else { return Entry::Open };
    while let Some(front) = state.entries.front().copied()
        && front.at < start
    {
        state.entries.pop_front();
        if state.values.0.get(front.print, seed) == Some(front.at) {
            state.values.0.remove(front.print, seed);
        }
    }
    if let Some(members) = &mut instance.members {
        members.drop_front_while(|record| record.accepted < start);
    }
    Entry::Open
}

/// With `distinct`, a value that is in the window is news only if this event keeps it there for longer.
pub(in crate::kinds) fn is_news(state: &Sliding, arrival: &Arrival<'_>, seed: u64) -> bool {
    if arrival.member.distinct.is_some() {
        return state.values.0.get(arrival.tag, seed).is_none_or(|at| at < arrival.event.accepted);
    }
    (state.entries.len() as u64) < MAX_REACH
}

/// Adds the event to the window and counts what is in it.
pub(in crate::kinds) fn add(instance: &mut Instance, arrival: &Arrival<'_>) {
    let seed = instance.seed();
    let Progress::Sliding(state) = &mut instance.progress else { return };
    let entry = Stamped { at: arrival.event.accepted, print: arrival.tag };
    let place = match state.entries.back() {
        Some(back) if back.at > entry.at => state.entries.partition_point(|other| other.at <= entry.at),
        _ => state.entries.len(),
    };
    state.entries.insert(place, entry);
    let distinct = arrival.member.distinct.is_some();
    if distinct {
        state.values.add(entry.print, entry.at, seed);
    }
    instance.counted = if distinct { state.values.0.len() } else { state.entries.len() } as u64;
    instance.first_at = state.entries.front().map_or(entry.at, |front| front.at);
    // One value that comes again and again must not fill the window: only its last event counts.
    if distinct && state.entries.len() > state.values.0.len().saturating_mul(2).saturating_add(16) {
        let values = &state.values.0;
        state.entries.retain(|entry| values.get(entry.print, seed) == Some(entry.at));
        keep_last(instance);
    }
}

/// Leaves the members that are in the window at the moment of the firing, with `distinct` the last one of each value.
pub(in crate::kinds) fn choose(condition: &Condition, instance: &mut Instance) {
    let Kind::Count { window: Some(Window::Sliding(length)), .. } = condition.kind else { return };
    let start = instance.touched_at.minus(length);
    if let Some(members) = &mut instance.members {
        members.retain(|record| record.accepted >= start || record.member != 0);
    }
    if condition.members.first().is_some_and(|member| member.distinct.is_some()) {
        keep_last(instance);
    }
    if let Some(members) = &mut instance.members {
        let kept = members.records().filter(|record| record.member == 0).count() as u64;
        members.set_omitted(instance.counted.saturating_sub(kept));
    }
}

/// Drops all but the last accepted member of each value.
fn keep_last(instance: &mut Instance) {
    let Some(members) = &mut instance.members else { return };
    let mut newest: Vec<(Timestamp, usize)> =
        members.records().enumerate().map(|(place, record)| (record.accepted, place)).collect();
    newest.sort_unstable_by(|a, b| b.cmp(a));
    let tags: Vec<_> = members.records().map(|record| record.tag).collect();
    let mut known = BTreeSet::new();
    let mut stays = vec![false; tags.len()];
    for (_, place) in newest {
        if let (Some(tag), Some(stay)) = (tags.get(place), stays.get_mut(place)) {
            *stay = known.insert(*tag);
        }
    }
    let mut stays = stays.into_iter();
    members.retain(|_| stays.next().unwrap_or(false));
}
