//! The work of the small protocols, and what must come of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::chance::Chance;
use crate::settings::Settings;
use crate::world::Published;

/// What a key is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// One firing of just all `n` events of a key, with their exact sum.
    Exact,
    /// One firing of any `n` of more events.
    Once,
    /// A firing of every `n` events, one after the other.
    Every,
    /// As `Every`, but ids are remembered for a while only: an event may go to the late letters instead.
    Bounded,
    /// One firing of one event for each of `n` slots.
    Slots,
    /// As `Slots`, or a timeout.
    Deadline,
}

/// What travels in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Note {
    /// An event.
    Event {
        /// Whose.
        key: u8,
        /// Its identity.
        id: u32,
        /// Its slot.
        slot: u16,
        /// Its value.
        value: u64,
        /// Its own time, the same in every copy.
        time: i64,
    },
    /// The deadline of a key.
    Wake {
        /// Whose.
        key: u8,
    },
    /// A page has to report.
    Flush {
        /// Whose.
        key: u8,
        /// Which.
        page: u8,
    },
    /// A page's report.
    Partial {
        /// Whose.
        key: u8,
        /// Which.
        page: u8,
        /// The later one holds.
        version: u64,
        /// Events so far.
        count: u64,
        /// Their sum.
        sum: u64,
    },
}

/// What is published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Firing {
    /// Whose.
    pub key: u8,
    /// A timeout, no firing.
    pub timeout: bool,
    /// Events in it.
    pub count: u64,
    /// Their sum.
    pub sum: u64,
    /// Which events, where the protocol knows.
    pub ids: Option<BTreeSet<u32>>,
    /// From the first to the last, in milliseconds.
    pub span: i64,
}

/// An event of the job.
#[derive(Clone, Debug)]
struct Happened {
    slot: u16,
    value: u64,
    at: i64,
}

/// The work.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// What it is about.
    pub(crate) goal: Goal,
    /// The number to reach.
    pub(crate) n: u64,
    /// The deadline, in milliseconds after the first event.
    pub(crate) within: i64,
    events: BTreeMap<u8, BTreeMap<u32, Happened>>,
}

impl Job {
    /// The work that the seed decides, and when which message comes.
    #[must_use]
    pub(crate) fn of(goal: Goal, settings: &Settings) -> (Job, Vec<(i64, usize, String)>) {
        let mut chance = Chance::part(settings.workload, 2);
        let n = chance.between(2, 4);
        let within = chance.millis(300, 1200);
        let wide = if goal == Goal::Deadline { within * 2 } else { chance.millis(50, 1500) };
        let mut job = Job { goal, n, within, events: BTreeMap::new() };
        let mut arrivals = Vec::new();
        let mut id = 0;
        for key in 1..=u8::try_from(chance.between(1, 3)).unwrap_or(1) {
            for slot in slots(goal, n, &mut chance) {
                id += 1;
                let (value, at) = (chance.between(1, 1000), chance.millis(0, wide));
                let copies = u64::from(chance.per_mille(settings.faults.copies)) * chance.between(1, 2);
                let times: Vec<i64> = (0..copies).map(|_| at + chance.millis(0, 3000)).collect();
                if chance.below(100) >= u64::from(settings.keep) {
                    continue;
                }
                let note = Note::Event { key, id, slot, value, time: at };
                for at in std::iter::once(at).chain(times) {
                    arrivals.push((at, 0, text(&note)));
                }
                job.events.entry(key).or_default().insert(id, Happened { slot, value, at });
            }
        }
        (job, arrivals)
    }

    /// What is wrong with what was published; `open` are the events that still wait.
    #[must_use]
    pub(crate) fn problems(&self, published: &[Published], open: &BTreeSet<u32>) -> Vec<String> {
        let mut problems = Vec::new();
        let mut firings: BTreeMap<&str, (Firing, i64)> = BTreeMap::new();
        let mut late = BTreeSet::new();
        for one in published {
            if let Some(id) = one.id.strip_prefix("late:") {
                late.extend(id.parse::<u32>());
                continue;
            }
            let Ok(firing) = serde_json::from_str::<Firing>(&one.payload) else {
                problems.push(format!("{} cannot be read", one.payload));
                continue;
            };
            let (first, _) = firings.entry(&one.id).or_insert_with(|| (firing.clone(), one.at));
            if *first != firing {
                problems.push(format!("{} has two payloads: {first:?} and {firing:?}", one.id));
            }
        }
        for (key, events) in &self.events {
            let mine: Vec<&(Firing, i64)> =
                firings.values().filter(|(firing, _)| firing.key == *key).collect();
            self.judge(*key, events, &mine, &mut problems);
            if self.goal == Goal::Bounded {
                let fired: BTreeSet<u32> =
                    mine.iter().flat_map(|(firing, _)| firing.ids.iter().flatten().copied()).collect();
                let lost = events
                    .keys()
                    .filter(|id| !fired.contains(id) && !late.contains(id) && !open.contains(id));
                problems.extend(lost.map(|id| format!("event {id} of key {key} is nowhere")));
            }
        }
        problems
    }

    fn judge(
        &self,
        key: u8,
        events: &BTreeMap<u32, Happened>,
        firings: &[&(Firing, i64)],
        problems: &mut Vec<String>,
    ) {
        let total = events.len() as u64;
        let filled = events.values().map(|event| event.slot).collect::<BTreeSet<_>>().len() as u64;
        let expected = match self.goal {
            Goal::Exact | Goal::Once => Some(u64::from(total >= self.n)),
            Goal::Every => Some(total / self.n),
            Goal::Bounded => None,
            Goal::Slots => Some(u64::from(filled >= self.n)),
            Goal::Deadline => Some(1),
        };
        let outcomes = firings.len() as u64;
        if expected.is_some_and(|expected| outcomes != expected) {
            problems.push(format!("key {key}: {outcomes} outcomes of {total} events, {expected:?} expected"));
        }
        let mut used = BTreeSet::new();
        for (firing, at) in firings {
            if firing.timeout {
                let first = events.values().map(|event| event.at).min().unwrap_or(0);
                if *at < first + self.within {
                    problems.push(format!("key {key}: timed out too early, at {at}"));
                }
                continue;
            }
            if firing.count != self.n || self.goal == Goal::Deadline && firing.span > self.within {
                problems.push(format!(
                    "key {key}: fired with {} of {} over {} ms",
                    firing.count, self.n, firing.span
                ));
            }
            self.weigh(key, events, firing, problems);
            for id in firing.ids.iter().flatten() {
                if !used.insert(*id) {
                    problems.push(format!("key {key}: event {id} is in two firings"));
                }
            }
        }
    }

    /// The members of one firing.
    fn weigh(&self, key: u8, events: &BTreeMap<u32, Happened>, firing: &Firing, problems: &mut Vec<String>) {
        let sum = |ids: &BTreeSet<u32>| -> u64 {
            ids.iter().filter_map(|id| events.get(id)).map(|e| e.value).sum()
        };
        let all: BTreeSet<u32> = events.keys().copied().collect();
        let ids = firing.ids.as_ref().unwrap_or(&all);
        if self.goal != Goal::Exact && firing.ids.is_none() {
            return;
        }
        if sum(ids) != firing.sum || ids.len() as u64 != firing.count || !ids.is_subset(&all) {
            problems.push(format!(
                "key {key}: {firing:?}, but these events are {} worth {}",
                ids.len(),
                sum(ids)
            ));
        }
        let slots: BTreeSet<u16> =
            ids.iter().filter_map(|id| events.get(id)).map(|event| event.slot).collect();
        if matches!(self.goal, Goal::Slots | Goal::Deadline) && slots.len() as u64 != self.n {
            problems.push(format!("key {key}: {firing:?} has only the slots {slots:?}"));
        }
    }
}

/// The slots of a key's events, one each.
fn slots(goal: Goal, n: u64, chance: &mut Chance) -> Vec<u16> {
    let extra = chance.between(0, 2);
    let count = match goal {
        Goal::Exact => n,
        Goal::Once => n + extra,
        Goal::Every | Goal::Bounded => n * chance.between(1, 3) + extra,
        Goal::Slots | Goal::Deadline => {
            let names = u16::try_from(n).unwrap_or(1);
            let missing = if chance.one_in(3) { names } else { u16::MAX };
            let mut slots: Vec<u16> = (1..=names).filter(|slot| *slot != missing).collect();
            slots.extend((0..extra).map(|_| 1));
            return slots;
        }
    };
    vec![0; usize::try_from(count).unwrap_or(0)]
}

/// The wire form.
#[must_use]
pub(crate) fn text<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
