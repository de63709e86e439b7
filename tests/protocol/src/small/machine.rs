//! What the protocols with a cell decide: a tiny engine that counts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::job::{Firing, Goal, Note, text};

/// Events a page counts before it reports by itself.
const REPORT_EVERY: u64 = 3;
/// When a page reports at the latest, in milliseconds.
const FLUSH_AFTER: i64 = 300;
/// Ids remembered before the older half is folded.
const MAX_IDS: usize = 5;

/// What a cell holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    seen: BTreeMap<u32, i64>,
    open: BTreeMap<u32, (u64, u16, i64)>,
    round: u32,
    floor: i64,
    due: Option<i64>,
    over: bool,
    count: u64,
    sum: u64,
    version: u64,
    reported: u64,
    shares: BTreeMap<u8, (u64, u64, u64)>,
}

/// An outbox entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Entry {
    /// A derived event.
    Fire(String, Firing),
    /// An event that came too late to be told from a repetition.
    Late(u32),
    /// A message, after a delay.
    Send(Note, i64),
}

/// An input as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) note: Note,
    /// When it entered the queue.
    pub(crate) sent: i64,
    /// When it was received first.
    pub(crate) now: i64,
}

/// How ids are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    /// As long as the instance.
    Always,
    /// Until it fires.
    UntilFired,
    /// The younger ones; older events go to the late letters by a floor in the state, which compares what all copies share.
    Floor,
    /// The same, but compares the moment this copy was sent.
    FloorOfCopy,
    /// The younger ones, and older events are taken as new.
    Pruned,
    /// The younger ones by the worker's own clock, which also decides what is too late.
    Clock,
}

/// How a key is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pages {
    /// Not.
    None,
    /// By the event's identity.
    ById,
    /// By the moment this copy was sent.
    BySent,
    /// By identity, and nobody reports what is left.
    NoFlush,
}

/// What decides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    pub(crate) goal: Goal,
    pub(crate) n: u64,
    pub(crate) within: i64,
    pub(crate) ids: Ids,
    pub(crate) pages: Pages,
    /// A wake-up is believed without a look at the state.
    pub(crate) believes_wakes: bool,
}

impl Machine {
    /// The cell an input goes to.
    pub(crate) fn cell(&self, input: &Input) -> String {
        match (&input.note, self.pages) {
            (Note::Event { key, id, .. }, Pages::ById | Pages::NoFlush) => format!("{key}/{}", id % 2),
            (Note::Event { key, .. }, Pages::BySent) => format!("{key}/{}", input.sent / 100 % 2),
            (Note::Flush { key, page }, _) => format!("{key}/{page}"),
            (Note::Event { key, .. } | Note::Wake { key } | Note::Partial { key, .. }, _) => key.to_string(),
        }
    }

    /// Takes an input to a state; true: the state has changed.
    pub(crate) fn apply(&self, state: &mut State, input: &Input, clock: i64, out: &mut Vec<Entry>) -> bool {
        match &input.note {
            Note::Event { key, .. } if self.pages != Pages::None => self.page(state, input, *key, out),
            Note::Event { .. } => self.event(state, input, clock, out),
            Note::Wake { key } => self.wake(state, *key, input.now, out),
            Note::Flush { key, page } => {
                let changed = state.count > state.reported;
                if changed {
                    report(state, *key, *page, out);
                }
                changed
            }
            Note::Partial { key, page, version, count, sum } => {
                let known = state.shares.get(page).map_or(0, |share| share.0);
                if *version <= known {
                    return false;
                }
                state.shares.insert(*page, (*version, *count, *sum));
                let count: u64 = state.shares.values().map(|share| share.1).sum();
                if count >= self.n && !state.over {
                    state.over = true;
                    let sum = state.shares.values().map(|share| share.2).sum();
                    let firing = Firing { key: *key, count, sum, ..Firing::default() };
                    out.push(Entry::Fire(format!("{key}#1"), firing));
                }
                true
            }
        }
    }

    fn event(&self, state: &mut State, input: &Input, clock: i64, out: &mut Vec<Entry>) -> bool {
        let Note::Event { key, id, slot, value, time } = input.note else { return false };
        let age = if self.ids == Ids::FloorOfCopy { input.sent } else { time };
        if self.ids == Ids::Clock {
            state.seen.retain(|_, at| *at >= clock - 400);
        }
        if state.seen.contains_key(&id) {
            return false;
        }
        let too_old = match self.ids {
            Ids::Floor | Ids::FloorOfCopy => age <= state.floor,
            Ids::Clock => age < clock - 400,
            _ => false,
        };
        if too_old {
            out.push(Entry::Late(id));
            return true;
        }
        if state.over || state.open.values().any(|open| slot > 0 && open.1 == slot) {
            return false;
        }
        if self.goal == Goal::Deadline && state.due.is_some_and(|due| due < input.sent) {
            self.time_out(state, key, out);
            return true;
        }
        self.remember(state, id, age);
        state.open.insert(id, (value, slot, input.sent));
        let due = input.sent + self.within;
        if self.goal == Goal::Deadline && state.due.is_none_or(|known| due < known) {
            state.due = Some(due);
            out.push(Entry::Send(Note::Wake { key }, (due - input.now).max(0)));
        }
        if state.open.len() as u64 >= self.n {
            // The earliest member may come last, and with it an earlier deadline.
            if self.goal == Goal::Deadline && firing(key, false, &state.open).span > self.within {
                self.time_out(state, key, out);
                return true;
            }
            state.round += 1;
            let id = format!("{key}#{}", state.round);
            out.push(Entry::Fire(id, firing(key, false, &state.open)));
            state.open.clear();
            state.over = !matches!(self.goal, Goal::Every | Goal::Bounded);
            if self.ids == Ids::UntilFired {
                state.seen.clear();
            }
        }
        true
    }

    fn remember(&self, state: &mut State, id: u32, age: i64) {
        let bounded = matches!(self.ids, Ids::Floor | Ids::FloorOfCopy | Ids::Pruned);
        if bounded && state.seen.len() >= MAX_IDS {
            let mut ages: Vec<i64> = state.seen.values().copied().collect();
            ages.sort_unstable();
            let floor = ages.get(ages.len() / 2).copied().unwrap_or(0);
            state.seen.retain(|_, at| *at > floor);
            state.floor = state.floor.max(floor);
        }
        state.seen.insert(id, age);
    }

    fn wake(&self, state: &mut State, key: u8, now: i64, out: &mut Vec<Entry>) -> bool {
        let waits = !state.over && state.due.is_some_and(|due| due <= now);
        if !waits && !self.believes_wakes {
            return false;
        }
        self.time_out(state, key, out);
        true
    }

    fn time_out(&self, state: &mut State, key: u8, out: &mut Vec<Entry>) {
        state.over = true;
        out.push(Entry::Fire(format!("{key}#timeout"), firing(key, true, &state.open)));
    }

    fn page(&self, state: &mut State, input: &Input, key: u8, out: &mut Vec<Entry>) -> bool {
        let Note::Event { id, value, .. } = input.note else { return false };
        if state.seen.insert(id, 0).is_some() {
            return false;
        }
        let page = self.cell(input).split('/').nth(1).and_then(|page| page.parse().ok()).unwrap_or(0);
        state.count += 1;
        state.sum += value;
        if state.count - state.reported >= REPORT_EVERY {
            report(state, key, page, out);
        } else if state.count - state.reported == 1 && self.pages != Pages::NoFlush {
            out.push(Entry::Send(Note::Flush { key, page }, FLUSH_AFTER));
        }
        true
    }
}

impl State {
    /// The events that wait.
    pub(crate) fn waiting(&self) -> BTreeSet<u32> {
        self.open.keys().copied().collect()
    }
}

fn report(state: &mut State, key: u8, page: u8, out: &mut Vec<Entry>) {
    state.version += 1;
    state.reported = state.count;
    let (version, count, sum) = (state.version, state.count, state.sum);
    out.push(Entry::Send(Note::Partial { key, page, version, count, sum }, 0));
}

fn firing(key: u8, timeout: bool, open: &BTreeMap<u32, (u64, u16, i64)>) -> Firing {
    let first = open.values().map(|event| event.2).min().unwrap_or(0);
    let last = open.values().map(|event| event.2).max().unwrap_or(0);
    Firing {
        key,
        timeout,
        count: open.len() as u64,
        sum: open.values().map(|event| event.0).sum(),
        ids: Some(open.keys().copied().collect()),
        span: last - first,
    }
}

/// The head of a cell.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    text(value).into_bytes()
}

/// What a head says; nothing where it is empty.
pub(crate) fn decode<T: Default + for<'a> Deserialize<'a>>(bytes: &[u8]) -> T {
    serde_json::from_slice(bytes).unwrap_or_default()
}
