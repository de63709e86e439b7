//! What must come out of a run, written in the slowest obvious way from the events alone.
//!
//! Where several outcomes are right, because the order in which concurrent messages are taken is anybody's, the model says
//! what all of them have in common: a firing is a firing of its kind, of events that were sent, of its key; no event is in
//! two; what has to fire has fired; what cannot has not.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use fanin_event::Timestamp;
use serde_json::{Value, json};

use super::ports::Seen;
use super::workflow::{Chained, Kind, NAMES, Shape};
use crate::chance::Chance;
use crate::limits::MAX_LATE;
use crate::settings::Settings;

/// An event.
#[derive(Clone, Debug)]
struct Event {
    name: &'static str,
    value: u64,
    number: u64,
    /// Its own time.
    time: i64,
    /// When it first came.
    at: i64,
}

/// All events, by key and id.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    keys: BTreeMap<String, BTreeMap<String, Event>>,
}

/// What is to be said of a run.
pub(crate) struct Judged {
    pub(crate) problems: Vec<String>,
    /// So many dead letters are right.
    pub(crate) letters: RangeInclusive<usize>,
}

/// A derived event as a rule was shown it.
#[derive(Clone, Debug)]
pub(super) struct Derived {
    pub(super) id: String,
    pub(super) name: String,
    key: String,
    count: u64,
    first_at: i64,
    last_at: i64,
    time: i64,
    /// When a target was first shown it.
    shown: i64,
    /// Name and id.
    pub(super) members: Vec<(String, String)>,
}

impl History {
    /// The events that the seed decides, and the messages that bring them.
    pub(crate) fn of(shape: &Shape, settings: &Settings, start: i64) -> (History, Vec<(i64, usize, String)>) {
        let mut chance = Chance::part(settings.workload, 4);
        let (mut history, mut arrivals) = (History::default(), Vec::new());
        let mut number = 0;
        let keys = if shape.hot.is_some() { 1 } else { chance.between(1, 3) };
        for key in 0..keys {
            let key = format!("k{key}");
            for _ in 0..shape.hot.unwrap_or_else(|| chance.between(1, 8)) {
                number += 1;
                let id = format!("e{number}");
                let name = chance.pick(&NAMES).filter(|_| shape.hot.is_none()).copied().unwrap_or("a");
                let at = start + chance.millis(0, shape.wide);
                let time = at - chance.millis(0, shape.wide / 3);
                let event =
                    Event { name, value: chance.between(1, 4), number: chance.between(1, 4), time, at };
                let copies = u64::from(chance.per_mille(settings.faults.copies)) * chance.between(1, 2);
                let times: Vec<i64> = (0..copies).map(|_| at + chance.millis(0, shape.wide)).collect();
                if chance.below(100) >= u64::from(settings.keep) {
                    continue;
                }
                let body = body(&key, &id, &event, shape.padding);
                arrivals.extend(std::iter::once(at).chain(times).map(|at| (at, 0, body.clone())));
                history.keys.entry(key.clone()).or_default().insert(id, event);
            }
        }
        (history, arrivals)
    }

    /// What is wrong with what the targets saw, and how many dead letters go with it.
    pub(crate) fn judge(&self, shape: &Shape, calls: &[Seen], settings: &Settings) -> Judged {
        let mut problems = Vec::new();
        let firsts = shown(calls, "see_first", &mut problems);
        for derived in &firsts {
            if !self.keys.contains_key(&derived.key) {
                problems.push(format!("{derived:?} is of no key"));
            }
            if settings.is_calm() && derived.shown - derived.time > MAX_LATE {
                problems.push(format!("{derived:?} comes too late, though nothing goes wrong"));
            }
        }
        for (key, events) in &self.keys {
            let mine: Vec<&Derived> = firsts.iter().filter(|derived| derived.key == *key).collect();
            let fired: Vec<&Derived> =
                mine.iter().copied().filter(|derived| derived.name == "first").collect();
            let timeouts: Vec<&Derived> =
                mine.iter().copied().filter(|d| d.name == "first.timeout").collect();
            let mut say = |what: String| problems.push(format!("key {key}: {what}"));
            each(shape, events, &fired, &timeouts, &mut say);
            enough(shape, events, fired.len(), timeouts.len(), &mut say);
        }
        chained(self, shape, &firsts, &shown(calls, "see_second", &mut problems), &mut problems);
        let letters = super::runs::check(shape, &firsts, calls, settings, &mut problems);
        Judged { problems, letters }
    }
}

/// An event as a producer sends it.
fn body(key: &str, id: &str, event: &Event, padding: usize) -> String {
    json!({
        "version": "0", "id": id, "source": "s", "detail-type": event.name, "account": "1", "region": "r",
        "time": Timestamp(event.time).to_string(), "resources": ["x", "y"],
        "detail": { "job": key, "v": event.value, "n": event.number, "padding": "x".repeat(padding) },
    })
    .to_string()
}

/// The derived events that a rule was shown, each once; repetitions must be the same.
fn shown(calls: &[Seen], rule: &str, problems: &mut Vec<String>) -> Vec<Derived> {
    let mut payloads: BTreeMap<&str, &str> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for call in calls.iter().filter(|call| *call.rule == *rule) {
        let before = payloads.entry(&call.id).or_insert(&call.payload);
        if **before != *call.payload {
            problems.push(format!("action {} has two payloads: {before} and {}", call.id, call.payload));
        }
        let Some(derived) = derived(&call.payload) else {
            problems.push(format!("{rule} was shown {}", call.payload));
            continue;
        };
        match found.get(&derived.id) {
            Some((other, _)) if *other != call.id => {
                problems.push(format!("{} was shown by two actions, {other} and {}", derived.id, call.id));
            }
            Some(_) => {}
            None => {
                let derived = Derived { shown: call.at, ..derived };
                found.insert(derived.id.clone(), (call.id.clone(), derived));
            }
        }
    }
    found.into_values().map(|(_, derived)| derived).collect()
}

fn derived(payload: &str) -> Option<Derived> {
    let value: Value = serde_json::from_str(payload).ok()?;
    let detail = value.get("detail")?;
    let moment = |text: Option<&Value>| Timestamp::parse(text?.as_str()?).map(|at| at.0);
    let none = serde_json::Map::new();
    let members =
        detail.get("members").and_then(Value::as_object).unwrap_or(&none).iter().flat_map(|(name, list)| {
            let ids = list.as_array().into_iter().flatten().filter_map(|member| member.get("id")?.as_str());
            ids.map(|id| (name.clone(), id.to_owned())).collect::<Vec<_>>()
        });
    Some(Derived {
        id: value.get("id")?.as_str()?.to_owned(),
        name: value.get("detail-type")?.as_str()?.to_owned(),
        key: detail.get("key")?.get("job").and_then(Value::as_str).unwrap_or_default().to_owned(),
        count: detail.get("count")?.as_u64()?,
        first_at: moment(detail.get("first_at"))?,
        last_at: moment(detail.get("last_at"))?,
        time: moment(value.get("time"))?,
        shown: 0,
        members: members.collect(),
    })
}

/// What every outcome of a key must be by itself, and beside the others.
fn each(
    shape: &Shape,
    events: &BTreeMap<String, Event>,
    fired: &[&Derived],
    timeouts: &[&Derived],
    say: &mut dyn FnMut(String),
) {
    let mut used = BTreeSet::new();
    for derived in fired.iter().chain(timeouts) {
        for (name, id) in &derived.members {
            match events.get(id) {
                Some(event) if event.name == name && shape.listens().contains(&event.name) => {}
                _ => say(format!("{name} {id} of {derived:?} was not sent")),
            }
            if !used.insert((name, id)) {
                say(format!("{name} {id} of {derived:?} is in another outcome"));
            }
        }
        let in_time =
            derived.members.iter().filter_map(|(_, id)| events.get(id)).all(|e| e.at <= derived.last_at);
        if !in_time || derived.first_at > derived.last_at {
            say(format!("{derived:?} is older than its members"));
        }
    }
    for derived in fired {
        if !is_of_its_kind(shape, events, derived) {
            say(format!("{derived:?} is no {:?}", shape.kind));
        }
    }
    for derived in timeouts {
        let due = shape.within.map(|within| derived.first_at + within);
        if due.is_none_or(|due| derived.time < due) {
            say(format!("{derived:?} came before its deadline {due:?}"));
        }
    }
}

/// Does a firing have what its condition asks for?
fn is_of_its_kind(shape: &Shape, events: &BTreeMap<String, Event>, derived: &Derived) -> bool {
    let names: Vec<&str> = derived.members.iter().map(|(name, _)| name.as_str()).collect();
    let different: BTreeSet<&str> = names.iter().copied().collect();
    let members: Vec<&Event> = derived.members.iter().filter_map(|(_, id)| events.get(id)).collect();
    let counted = || members.iter().filter(|event| event.name == "a");
    let of = |n: usize| names.len() == n && different.len() == n && derived.count == n as u64;
    match shape.kind {
        Kind::All => of(shape.names),
        Kind::Any => of(1),
        Kind::AtLeast(n) => of(n),
        Kind::Sequence => {
            let mut times: Vec<(&str, i64)> = members.iter().map(|event| (event.name, event.time)).collect();
            times.sort_unstable();
            of(shape.names) && times.is_sorted_by_key(|(_, time)| *time)
        }
        Kind::Count { reach, distinct } => {
            let values: BTreeSet<u64> = counted().map(|event| event.value).collect();
            let n = counted().count() as u64;
            let shown = shape.hot.is_some() || n == reach;
            derived.count == reach && shown && (!distinct || values.len() as u64 == reach)
        }
        // It may be met already when the number becomes known.
        Kind::Captured => {
            let number = members.iter().find(|event| event.name == "c").map(|event| event.number);
            number.is_some_and(|number| derived.count >= number && counted().count() as u64 == derived.count)
        }
        Kind::Sliding { reach, length } => {
            derived.count == reach
                && counted().count() as u64 == reach
                && derived.last_at - derived.first_at <= length
        }
        Kind::Tumbling { reach, length } => {
            derived.count == reach
                && derived.first_at.div_euclid(length) == derived.last_at.div_euclid(length)
        }
        Kind::Watch { hold } => derived.time == derived.last_at + hold,
        // The earliest `b` decides, though it may have come after the one that is shown.
        Kind::Follow { hold } => {
            let earliest = events.values().filter(|event| event.name == "b").map(|event| event.at).min();
            earliest.is_some_and(|earliest| derived.time >= earliest + hold) && !names.contains(&"a")
        }
    }
}

/// How many outcomes a key must have.
fn enough(
    shape: &Shape,
    events: &BTreeMap<String, Event>,
    fired: usize,
    timeouts: usize,
    say: &mut dyn FnMut(String),
) {
    let of = |name: &str| events.values().filter(|event| event.name == name).count();
    let heard = events.values().filter(|event| shape.listens().contains(&event.name)).count();
    let names = shape.listens().iter().filter(|name| of(name) > 0).count();
    let values = events.values().filter(|e| e.name == "a").map(|e| e.value).collect::<BTreeSet<_>>().len();
    let least_of_each = shape.listens().iter().map(|name| of(name)).min().unwrap_or(0);
    let usize_of = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    // The least and the most firings if no deadline comes in between.
    let (least, most) = match shape.kind {
        Kind::All => (usize::from(least_of_each > 0), least_of_each),
        Kind::Any => (heard, heard),
        Kind::AtLeast(n) => (usize::from(names >= n), heard / n.max(1)),
        Kind::Sequence => (usize::from(is_sequence(shape, events)), least_of_each),
        Kind::Count { reach, distinct: false } => (of("a") / usize_of(reach), of("a") / usize_of(reach)),
        Kind::Count { reach, distinct: true } => {
            (usize::from(values >= usize_of(reach)), of("a") / usize_of(reach))
        }
        Kind::Captured => {
            let greatest = events.values().filter(|event| event.name == "c").map(|event| event.number).max();
            let sure = greatest.is_some_and(|greatest| of("a") as u64 >= greatest);
            (usize::from(sure), of("c").min(of("a")))
        }
        Kind::Sliding { reach, .. } | Kind::Tumbling { reach, .. } => (0, of("a") / usize_of(reach)),
        Kind::Watch { .. } => (usize::from(of("a") > 0), of("a")),
        Kind::Follow { .. } => (usize::from(of("b") > 0 && of("a") == 0), usize::from(of("b") > 0)),
    };
    let (least, most) = if shape.every { (least, most) } else { (least.min(1), most.min(1)) };
    let least = if shape.within.is_some() { 0 } else { least };
    if fired < least || fired > most {
        say(format!("{fired} firings of {heard} events, {least} to {most} are right"));
    }
    if shape.within.is_none() {
        return;
    }
    let outcomes = fired + timeouts;
    if !shape.every && outcomes != usize::from(heard > 0) {
        say(format!("{fired} firings and {timeouts} timeouts of {heard} events, one outcome is right"));
    }
    if shape.every && (outcomes > heard || heard > 0 && outcomes == 0) {
        say(format!("{fired} firings and {timeouts} timeouts of {heard} events"));
    }
}

/// Is there an increasing choice?
fn is_sequence(shape: &Shape, events: &BTreeMap<String, Event>) -> bool {
    let mut last = i64::MIN;
    shape.listens().iter().all(|name| {
        let next = events.values().filter(|e| e.name == *name && e.time > last).map(|e| e.time).min();
        last = next.unwrap_or(last);
        next.is_some()
    })
}

/// The second condition has just what follows from the first one's outcomes.
fn chained(
    history: &History,
    shape: &Shape,
    firsts: &[Derived],
    seconds: &[Derived],
    problems: &mut Vec<String>,
) {
    let fired = firsts.iter().filter(|derived| derived.name == "first");
    let expected = match shape.chained {
        Chained::None => 0,
        Chained::Count(reach) => fired.count() / usize::try_from(reach).unwrap_or(1),
        Chained::Each => firsts.len(),
        Chained::With => {
            let keys: BTreeSet<&str> = fired.map(|derived| derived.key.as_str()).collect();
            let has_b =
                |key: &&&str| history.keys.get(**key).is_some_and(|e| e.values().any(|e| e.name == "b"));
            keys.iter().filter(has_b).count()
        }
    };
    if seconds.len() != expected {
        problems.push(format!("{} of the second condition, {expected} follow from the first", seconds.len()));
    }
    let ids: BTreeSet<&str> = firsts.iter().map(|derived| derived.id.as_str()).collect();
    let mut used = BTreeSet::new();
    for (name, id) in seconds.iter().flat_map(|second| &second.members) {
        let known = ids.contains(id.as_str()) || name == "b";
        if !known || !used.insert((name, id)) {
            problems.push(format!("{name} {id} is in the second condition twice, or never happened"));
        }
    }
}
