//! The replay that gathers a story: what is known to have led to the event, and everything that follows from it.

use std::collections::HashSet;
use std::ops::ControlFlow;

use fanin_condition::{Key, Verdict};
use fanin_event::{Identity, Recognizer, Timestamp};
use fanin_runtime::{DeadLetter, Engine, LetterKind, Record, Spot, Step};
use fanin_store::Seq;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::document::{EventKind, EventTold, Fate, Miss, NameTold, OpenTold, PlaceTold};
use super::facts::{Delivery, Facts, Firing, RunFacts, Trigger, by_name, letter};
use super::find::{Heads, origin};
use super::links::{Causes, Place, place};
use crate::error::HistoryError;
use crate::history::{History, Past, Turned, Window};
use crate::limits::{MAX_MISSES_TOLD, MAX_REPEATS_TOLD, MAX_STORY_EVENTS};
use crate::moment::Moment;

/// Replays from `past` on and gathers what concerns `target`.
pub(super) fn gather(
    history: &History,
    mut past: Past,
    window: Window,
    (target, causes): (Identity, &Causes),
) -> Result<Facts, HistoryError> {
    let mut gather = Gather {
        target,
        causes,
        facts: Facts::default(),
        events: HashSet::from([target]),
        places: HashSet::new(),
        runs: HashSet::new(),
        heads: Heads::new(),
        moment: Timestamp(0),
        spots: Vec::new(),
    };
    past.engine.gather_steps();
    history.play_until(&mut past, window.until, &mut |turned, engine| {
        gather.turned(turned, engine);
        ControlFlow::Continue(())
    })?;
    gather.stand(&past.engine);
    Ok(gather.facts)
}

struct Gather<'a> {
    target: Identity,
    causes: &'a Causes,
    facts: Facts,
    /// The event and what follows from it.
    events: HashSet<Identity>,
    places: HashSet<Place>,
    runs: HashSet<Identity>,
    heads: Heads,
    /// The moment of the step before.
    moment: Timestamp,
    /// Places at which something counted, to see how they stand at the end.
    spots: Vec<(Place, Spot)>,
}

/// The part of a derived event that a story tells.
#[derive(Deserialize, Default)]
struct Ending {
    #[serde(default)]
    detail: EndingDetail,
}

#[derive(Deserialize, Default)]
struct EndingDetail {
    #[serde(default)]
    first_at: Option<String>,
    #[serde(default)]
    count: u64,
    #[serde(default)]
    missing: serde_json::Value,
}

impl Gather<'_> {
    fn turned(&mut self, turned: &Turned<'_>, engine: &mut Engine) {
        self.moment = turned.record.at();
        for step in engine.take_steps() {
            self.step(&step, turned, engine);
        }
        if let Record::Event { text, .. } = turned.record
            && turned.reception.matched == 0
            && self.facts.misses.is_empty()
            && self.facts.events.get(&self.target).is_some_and(|told| told.frame == turned.frame)
            && self.is_target(text)
        {
            self.facts.misses = misses(engine, text);
        }
    }

    fn is_target(&mut self, text: &str) -> bool {
        let id = self.facts.events.get(&self.target).map(|told| told.id.clone());
        self.heads.read(text).is_some_and(|head| Some(head.id) == id.as_deref())
    }

    fn concerns(&self, event: Identity) -> bool {
        self.events.contains(&event) || self.causes.events.contains(&event)
    }

    fn step(&mut self, step: &Step, turned: &Turned<'_>, engine: &Engine) {
        match step {
            Step::Accepted { identity, id, derived } => {
                if !derived && self.concerns(*identity) {
                    self.accepted(*identity, id, turned);
                }
            }
            Step::Named { identity, name, captures } => {
                if let Some(told) = self.facts.events.get_mut(identity) {
                    let captures = by_name(captures.iter().map(|(n, _)| n), captures.iter().map(|(_, v)| v));
                    let named = NameTold { name: name.to_string(), captures };
                    if !told.names.contains(&named) {
                        told.names.push(named);
                    }
                }
            }
            Step::Delivered { identity, at, name, verdict, .. } => {
                self.moment = at.moment;
                self.delivered((*identity, name), at, *verdict, engine);
            }
            Step::Fired { at, cause, derived } => {
                self.moment = derived.at;
                let place = place(at);
                let wanted = self.places.contains(&place) || self.causes.events.contains(&derived.identity);
                if wanted {
                    let detail = serde_json::from_str::<Ending>(&derived.envelope).unwrap_or_default().detail;
                    let told = place_told(at, engine);
                    let kind =
                        if derived.name == at.condition { EventKind::Fired } else { EventKind::Timeout };
                    self.follow(place, derived.identity);
                    let event = self.derived(derived.identity, kind, &derived.name, turned.frame);
                    event.at = Moment(derived.at);
                    event.names.first_mut().into_iter().for_each(|named| named.captures = told.key.clone());
                    self.keep_envelope(derived.identity, &derived.envelope);
                    let first_at = detail.first_at.as_deref().and_then(Timestamp::parse);
                    let (count, missing) = (detail.count, detail.missing);
                    let by_time = cause.is_none();
                    let event = derived.identity;
                    self.facts
                        .firings
                        .insert(place, Firing { event, told, by_time, count, missing, first_at });
                }
            }
            Step::Triggered { identity, rule, run, known } => {
                let follows = self.events.contains(identity);
                let leads = self.causes.events.contains(identity) && self.causes.runs.contains(run);
                if follows || leads {
                    let (event, at) = (*identity, Moment(self.moment));
                    self.facts.triggers.push(Trigger { event, run: *run, at, known: *known });
                    self.facts.runs.entry(*run).or_insert_with(|| RunFacts::new(rule, *run));
                    if follows && !known && !leads {
                        self.runs.insert(*run);
                    }
                }
            }
            _ => self.run_step(step, turned),
        }
    }

    fn run_step(&mut self, step: &Step, turned: &Turned<'_>) {
        match step {
            Step::Called(action) => {
                let at = self.moment;
                if let Some(run) = self.facts.runs.get_mut(&action.run) {
                    run.called(action, at);
                }
            }
            Step::Settled { run, index, attempt, outcome } => {
                self.moment = turned.record.at();
                if let Some(run) = self.facts.runs.get_mut(run) {
                    run.settled((*index, *attempt), outcome, turned.record.at());
                }
            }
            Step::Completed { run, emitted, .. } => {
                self.moment = emitted.at;
                let Some(facts) = self.facts.runs.get_mut(run) else { return };
                facts.completion = Some(emitted.identity);
                if self.runs.contains(run) {
                    self.take_up(emitted.identity);
                }
                if !self.concerns(emitted.identity) {
                    return;
                }
                let told = self.derived(emitted.identity, EventKind::Completed, &emitted.name, turned.frame);
                told.at = Moment(emitted.at);
                self.keep_envelope(emitted.identity, &emitted.envelope);
            }
            Step::Buried(buried) => self.buried(buried),
            _ => {}
        }
    }

    /// What a place gives out follows from the event if something that follows from it counted there.
    fn follow(&mut self, place: Place, derived: Identity) {
        if self.places.contains(&place) {
            self.take_up(derived);
        }
    }

    /// One more event that follows, as long as there is room.
    fn take_up(&mut self, event: Identity) {
        if self.events.len() < MAX_STORY_EVENTS {
            self.events.insert(event);
        } else {
            self.facts.cut = true;
        }
    }

    fn accepted(&mut self, identity: Identity, id: &str, turned: &Turned<'_>) {
        if let Some(told) = self.facts.events.get_mut(&identity) {
            told.times += 1;
            if told.again.len() < MAX_REPEATS_TOLD {
                told.again.push(Moment(turned.record.at()));
            }
            return;
        }
        let Record::Event { at, origin: way, text, .. } = turned.record else { return };
        let (source, detail_type) = match self.heads.read(text) {
            Some(head) => (head.source.to_owned(), head.detail_type.to_owned()),
            None => (String::new(), String::new()),
        };
        let told = EventTold {
            id: id.to_owned(),
            identity: identity.to_uuid(),
            kind: EventKind::Raw,
            at: Moment(at),
            frame: turned.frame,
            names: Vec::new(),
            origin: Some(origin(way).to_owned()),
            source,
            detail_type,
            again: Vec::new(),
            times: 1,
            envelope: None,
        };
        self.facts.events.insert(identity, told);
        self.keep_envelope(identity, text);
    }

    /// A derived event, told as far as it is known.
    fn derived(&mut self, identity: Identity, kind: EventKind, name: &str, frame: Seq) -> &mut EventTold {
        self.facts.events.entry(identity).or_insert_with(|| EventTold {
            id: identity.to_uuid(),
            identity: identity.to_uuid(),
            kind,
            at: Moment(Timestamp(0)),
            frame,
            names: vec![NameTold { name: name.to_owned(), captures: Default::default() }],
            origin: None,
            source: "fanin".to_owned(),
            detail_type: name.to_owned(),
            again: Vec::new(),
            times: 1,
            envelope: None,
        })
    }

    fn keep_envelope(&mut self, identity: Identity, text: &str) {
        if identity == self.target
            && let Some(told) = self.facts.events.get_mut(&identity)
        {
            told.envelope = RawValue::from_string(text.to_owned()).ok();
        }
    }

    fn delivered(&mut self, (event, member): (Identity, &str), at: &Spot, verdict: Verdict, engine: &Engine) {
        let place = place(at);
        let follows = self.events.contains(&event);
        let leads = self.causes.events.contains(&event) && self.causes.places.contains(&place);
        if !follows && !leads {
            return;
        }
        let fate = match verdict {
            Verdict::Waiting => Fate::Counted,
            Verdict::Fired => Fate::Completed,
            Verdict::Duplicate => Fate::Duplicate,
            Verdict::Late | Verdict::Expired | Verdict::Forgotten => Fate::Late,
            Verdict::Ignored => Fate::Extra,
            Verdict::Rejected => Fate::Rejected,
        };
        let counted = matches!(fate, Fate::Counted | Fate::Completed);
        if counted && follows && !leads {
            self.places.insert(place);
            self.spots.push((place, at.clone()));
        }
        let (count, needed) = standing(at, engine).unwrap_or((0, None));
        let (told, member, at) = (place_told(at, engine), member.to_owned(), Moment(at.moment));
        self.facts.deliveries.push(Delivery { event, place, told, member, at, fate, count, needed });
    }

    fn buried(&mut self, buried: &DeadLetter) {
        match &buried.what {
            LetterKind::Refused => {}
            LetterKind::Event { identity } | LetterKind::Derived { identity, .. } => {
                if self.events.contains(identity) {
                    self.facts.letters.push((*identity, letter(buried)));
                }
            }
            LetterKind::Action { rule, cause, .. } => {
                let runs = self.facts.triggers.iter().filter(|t| t.event == *cause).map(|t| t.run);
                for run in runs {
                    if let Some(facts) = self.facts.runs.get_mut(&run)
                        && facts.told.rule == *rule
                    {
                        facts.told.letters.push(letter(buried));
                        break;
                    }
                }
            }
        }
    }

    /// How the rounds stand at the end in which something counted.
    fn stand(&mut self, engine: &Engine) {
        for (place, at) in &self.spots {
            let Some(view) = engine.instance(&at.condition, &at.key) else { continue };
            let same = view.instance.generation() == at.generation && view.instance.round() == at.round;
            if !same || !view.instance.is_open() {
                continue;
            }
            let told = fanin_condition::explain(view.condition, view.key, view.instance, engine.now());
            let deadline = Some(view.instance.next_due()).filter(|at| *at != Timestamp::NEVER);
            let deadline = deadline.filter(|_| told.forgotten_at.is_none()).map(Moment);
            self.facts.open.insert(*place, OpenTold { count: told.count, needed: told.needed, deadline });
        }
    }
}

/// What a place has counted and needs, as it is now; none when it is gone.
fn standing(at: &Spot, engine: &Engine) -> Option<(u64, Option<u64>)> {
    let view = engine.instance(&at.condition, &at.key)?;
    let told = fanin_condition::explain(view.condition, view.key, view.instance, engine.now());
    Some((told.count, told.needed))
}

/// A place in the words of its workflow.
pub(crate) fn place_told(at: &Spot, engine: &Engine) -> PlaceTold {
    PlaceTold {
        condition: at.condition.to_string(),
        key: key_told(&at.condition, &at.key, engine),
        generation: format!("{:016x}", at.generation),
        round: at.round,
    }
}

/// A key by name. Of a condition that is gone nobody knows the names any more.
pub(crate) fn key_told(
    condition: &str,
    key: &str,
    engine: &Engine,
) -> std::collections::BTreeMap<String, String> {
    let held = engine.instance(condition, key).map(|view| view.condition.by.clone());
    let current = || {
        let plan = engine.plan()?;
        plan.conditions.iter().find(|c| *c.name == *condition).map(|c| c.by.clone())
    };
    match held.or_else(current) {
        Some(by) => by_name(&by, Key::decode(key, by.len())),
        None => by_name(["key"], [key]),
    }
}

/// Why an event is none of the named events, the nearest first.
pub(crate) fn misses(engine: &Engine, text: &str) -> Vec<Miss> {
    let Some(recognizer) = engine.plan().and_then(|plan| Recognizer::new(&plan.events).ok()) else {
        return Vec::new();
    };
    let mut misses = recognizer.explain(text);
    let near = |(has, of): (usize, usize)| has.saturating_mul(1_000) / of.max(1);
    misses.sort_by_key(|miss| std::cmp::Reverse(near(miss.matched)));
    let told = misses.into_iter().take(MAX_MISSES_TOLD).map(|miss| Miss {
        name: miss.name.to_string(),
        field: miss.field,
        reason: miss.reason,
        matched: miss.matched.0,
        of: miss.matched.1,
    });
    told.collect()
}
