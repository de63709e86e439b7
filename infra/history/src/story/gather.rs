//! The replay that gathers a story: what is known to have led to the event, and everything that follows from it.

use std::collections::HashSet;
use std::ops::ControlFlow;

use fanin_condition::{Derived, Verdict};
use fanin_event::{Identity, Timestamp};
use fanin_runtime::{Command, DeadLetter, Engine, LetterKind, Record, Spot, Step};
use fanin_store::Seq;
use serde::Deserialize;

use super::document::{EventKind, EventTold, Fate, NameTold, OpenTold, OperatorTold};
use super::facts::{Delivery, Facts, Firing, RunFacts, Trigger, by_name, letter};
use super::find::{Heads, origin};
use super::links::{Causes, Place, place};
use super::words::{misses, place_told, standing};
use crate::error::HistoryError;
use crate::history::{History, Past, Turned, Window};
use crate::limits::{MAX_REPEATS_TOLD, MAX_STORY_EVENTS};
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
        operator: None,
        source: String::new(),
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
    /// Who stepped in with this record.
    operator: Option<OperatorTold>,
    /// The source of derived events.
    source: String,
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
    #[serde(default)]
    operator: Option<OperatorTold>,
}

impl Gather<'_> {
    fn turned(&mut self, turned: &Turned<'_>, engine: &mut Engine) {
        self.moment = turned.record.at();
        self.operator = None;
        if self.source.is_empty() || matches!(turned.record, Record::Activated { .. }) {
            self.source = engine.plan().map(|plan| format!("fanin.{}", plan.workflow)).unwrap_or_default();
        }
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
                let causes = &self.causes.events;
                if self.places.contains(&place(at)) || causes.contains(&derived.identity) {
                    self.fired((at, cause.is_none()), derived, (turned.frame, engine));
                }
            }
            Step::Operated { at, command, by, why } => {
                let operator = OperatorTold { by: by.to_string(), why: why.to_string() };
                let place = place(at);
                if *command == Command::Drop && self.places.contains(&place) {
                    self.facts.dropped.insert(place, operator.clone());
                }
                self.operator = Some(operator);
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
            _ => self.run_step(step, turned, engine),
        }
    }

    /// A place gave out an event.
    fn fired(&mut self, (at, by_time): (&Spot, bool), derived: &Derived, (frame, engine): (Seq, &Engine)) {
        let place = place(at);
        let detail = serde_json::from_str::<Ending>(&derived.envelope).unwrap_or_default().detail;
        let told = place_told(at, engine);
        let kind = if derived.name == at.condition { EventKind::Fired } else { EventKind::Timeout };
        self.follow(place, derived.identity);
        let event = self.derived(derived.identity, kind, &derived.name, frame);
        event.at = Moment(derived.at);
        event.names.first_mut().into_iter().for_each(|named| named.captures = told.key.clone());
        self.keep_envelope(derived.identity, &derived.envelope);
        let first_at = detail.first_at.as_deref().and_then(Timestamp::parse);
        let (event, count, missing) = (derived.identity, detail.count, detail.missing);
        let operator = detail.operator;
        self.facts.firings.insert(place, Firing { event, told, by_time, count, missing, operator, first_at });
    }

    fn run_step(&mut self, step: &Step, turned: &Turned<'_>, engine: &Engine) {
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
            Step::Completed { run, rule, emitted } => {
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
                let rule = engine.plan().and_then(|plan| plan.rules.iter().find(|r| r.name == *rule));
                let names = rule.map(|rule| rule.captures.as_slice()).unwrap_or_default();
                let captures = by_name(names, &emitted.captures);
                told.names.first_mut().into_iter().for_each(|named| named.captures = captures.clone());
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
            operator: None,
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
            source: self.source.clone(),
            detail_type: name.to_owned(),
            again: Vec::new(),
            times: 1,
            envelope: None,
            operator: None,
        })
    }

    fn keep_envelope(&mut self, identity: Identity, text: &str) {
        if identity == self.target
            && let Some(told) = self.facts.events.get_mut(&identity)
        {
            told.envelope = serde_json::from_str(text).ok();
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
        if leads && !self.facts.events.contains_key(&event) {
            self.waived(event, member, at);
        }
        if counted && follows && !leads {
            self.places.insert(place);
            self.spots.push((place, at.clone()));
        }
        let (count, needed) = standing(at, engine).unwrap_or((0, None));
        let (told, member, at) = (place_told(at, engine), member.to_owned(), Moment(at.moment));
        self.facts.deliveries.push(Delivery { event, place, told, member, at, fate, count, needed });
    }

    /// No event came: a person took it as given.
    fn waived(&mut self, event: Identity, member: &str, at: &Spot) {
        let Some(operator) = self.operator.clone() else { return };
        let told = self.derived(event, EventKind::Waived, member, 0);
        told.at = Moment(at.moment);
        told.operator = Some(operator);
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
