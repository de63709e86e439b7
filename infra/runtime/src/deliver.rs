//! From a text to the instances and rules it touches: recognize, then deliver to everybody who listens.

use std::sync::Arc;

use fanin_condition::{Effect, Input, Instance, Key, MemberEvent, Verdict, apply};
use fanin_event::{Identity, Timestamp};
use fanin_plan::{NameEntry, NameId};
use smallvec::SmallVec;

use crate::ahead::{Ahead, One};
use crate::dead::LetterKind;
use crate::engine::Engine;
use crate::instances::NewEntry;
use crate::plans::LoadedPlan;
use crate::slab::Place;
use crate::timers::{Sleeper, Wake};
use crate::trace::{Step, spot, step_of};
use crate::turn::{Pending, Reception};

/// An event under one of its names.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) identity: Identity,
    pub(crate) id: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) time: Timestamp,
    /// Names and values of its captures, in the order of the name's list.
    pub(crate) names: &'a [Arc<str>],
    pub(crate) values: &'a [&'a str],
    pub(crate) text: &'a str,
    pub(crate) hops: u8,
    /// Came from outside: a repetition is possible.
    pub(crate) raw: bool,
}

/// A text to recognize.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) at: Timestamp,
    pub(crate) identity: Option<Identity>,
    pub(crate) text: &'a str,
    pub(crate) hops: u8,
    pub(crate) raw: bool,
}

/// What is known of a recognized text, whatever it is recognized as.
struct About<'a> {
    identity: Identity,
    id: &'a str,
    time: Timestamp,
    incoming: &'a Incoming<'a>,
}

impl Engine {
    /// Takes an accepted event to everybody it concerns.
    pub(crate) fn event(&mut self, at: Timestamp, identity: Option<Identity>, text: &str) -> Reception {
        self.stats.accepted += 1;
        let incoming = Incoming { at, identity, text, hops: 0, raw: true };
        let reception = self.recognize(&incoming);
        if let Some((code, reason)) = &reception.refused {
            self.stats.refused += 1;
            self.bury(code, reason.clone(), text.to_owned(), LetterKind::Refused);
        } else if reception.matched == 0 {
            self.stats.unmatched += 1;
        }
        reception
    }

    /// Finds out which named events a text is, in the newest plan and in those that drain, and delivers each.
    pub(crate) fn recognize(&mut self, incoming: &Incoming<'_>) -> Reception {
        let mut reception = Reception::default();
        let Some(newest) = self.newest.clone() else {
            reception.refused =
                Some(("no-workflow", "no workflow is active: activate one, then send again".into()));
            return reception;
        };
        self.recognize_in(&newest, true, incoming, &mut reception);
        if reception.refused.is_none() && !self.draining.is_empty() {
            for plan in self.draining.clone() {
                let mut again = Reception::default();
                self.recognize_in(&plan, false, incoming, &mut again);
                reception.reached += again.reached;
                reception.duplicates += again.duplicates;
            }
        }
        reception
    }

    fn recognize_in(
        &mut self,
        plan: &LoadedPlan,
        newest: bool,
        incoming: &Incoming<'_>,
        reception: &mut Reception,
    ) {
        let mut scratch = std::mem::take(&mut self.scratch);
        match plan.recognizer.recognize(incoming.text, &mut scratch) {
            Err(error) => reception.refused = Some(("not-an-event", error.to_string())),
            Ok(recognized) => {
                let header = recognized.header();
                let (id, source) = (header.id.unwrap_or_default(), header.source.unwrap_or_default());
                if id.is_empty() || source.is_empty() {
                    let reason =
                        "the envelope needs a text `id` and a text `source`: together they are its identity";
                    reception.refused = Some(("no-identity", reason.to_owned()));
                } else {
                    let identity = incoming.identity.unwrap_or_else(|| Identity::of(&[source, id]));
                    let time = header.time.and_then(Timestamp::parse).unwrap_or(incoming.at);
                    let about = About { identity, id, time, incoming };
                    if newest {
                        self.note_accepted(&about);
                    }
                    for hit in recognized.hits() {
                        let values: SmallVec<[&str; 8]> = hit.captures().collect();
                        let reception = if newest { Some(&mut *reception) } else { None };
                        self.hit(plan, hit.definition, &values, (&about, reception));
                    }
                    if newest && reception.matched == 0 && incoming.raw {
                        self.unmatched.push(incoming.at, identity, incoming.text);
                    }
                }
            }
        }
        self.scratch = scratch;
    }

    /// As [`Engine::event`], with what was recognized ahead.
    pub(crate) fn event_ahead(&mut self, incoming: &Incoming<'_>, ahead: &Ahead, one: &One<'_>) -> Reception {
        self.stats.accepted += 1;
        let mut reception = Reception::default();
        let time = one.time.unwrap_or(incoming.at);
        let about = About { identity: one.identity, id: one.id, time, incoming };
        self.note_accepted(&about);
        for (definition, values) in ahead.hits(one, incoming.text) {
            let values: SmallVec<[&str; 8]> = values.collect();
            self.hit(&ahead.plan, definition, &values, (&about, Some(&mut reception)));
        }
        if reception.matched == 0 {
            self.stats.unmatched += 1;
            self.unmatched.push(incoming.at, one.identity, incoming.text);
        }
        reception
    }

    /// An event is one of the plan's named events.
    fn hit(
        &mut self,
        plan: &LoadedPlan,
        definition: usize,
        values: &[&str],
        (about, reception): (&About<'_>, Option<&mut Reception>),
    ) {
        let name = NameId(u32::try_from(definition).unwrap_or(u32::MAX));
        let Some(entry) = plan.names.get(name) else { return };
        let delivery = Delivery {
            identity: about.identity,
            id: about.id,
            at: about.incoming.at,
            time: about.time,
            names: plan.recognizer.capture_names(definition),
            values,
            text: about.incoming.text,
            hops: about.incoming.hops,
            raw: about.incoming.raw,
        };
        match reception {
            Some(reception) => {
                reception.matched = reception.matched.saturating_add(1);
                self.named.count(definition);
                if !self.run_steps_only || !entry.rules.is_empty() {
                    self.note_named(&entry.name, &delivery);
                }
                self.deliver(plan, entry, &delivery, Some(reception));
            }
            None => self.deliver(plan, entry, &delivery, None),
        }
    }

    fn note_accepted(&mut self, about: &About<'_>) {
        let derived = !about.incoming.raw;
        self.note_all(|| Step::Accepted { identity: about.identity, id: about.id.into(), derived });
    }

    fn note_named(&mut self, name: &Arc<str>, delivery: &Delivery<'_>) {
        self.note(|| {
            let values = delivery.values.iter().map(|value| Box::from(*value));
            let captures = delivery.names.iter().cloned().zip(values).collect();
            Step::Named { identity: delivery.identity, name: name.clone(), captures }
        });
    }

    /// Takes an event under one name to the members and rules of that name. Only the newest plan opens instances and
    /// starts runs (`newest` is there then, and hears what became of it).
    pub(crate) fn deliver(
        &mut self,
        plan: &LoadedPlan,
        entry: &NameEntry,
        delivery: &Delivery<'_>,
        newest: Option<&mut Reception>,
    ) {
        let opens = newest.is_some();
        let mut sink = Reception::default();
        let reception = newest.unwrap_or(&mut sink);
        for (condition, member) in &entry.members {
            let Some(number) = plan.conditions.get(*condition) else { continue };
            let drains = || self.newest.as_ref().is_some_and(|newest| LoadedPlan::drains(newest, *number));
            if !opens && !drains() {
                continue;
            }
            if let Some(verdict) = self.route(*number, *member, delivery, opens) {
                reception.reached = reception.reached.saturating_add(1);
                self.count(verdict, reception);
            }
        }
        if opens {
            for rule in &entry.rules {
                if let Some(rule) = plan.rules.get(*rule) {
                    let known = self.start_run(rule, entry.name.clone(), delivery);
                    reception.reached = reception.reached.saturating_add(1);
                    if known {
                        self.count(Verdict::Duplicate, reception);
                    }
                }
            }
        }
    }

    fn count(&mut self, verdict: Verdict, reception: &mut Reception) {
        match verdict {
            Verdict::Duplicate => {
                self.stats.duplicates += 1;
                reception.duplicates = reception.duplicates.saturating_add(1);
            }
            Verdict::Late => {
                self.stats.late += 1;
                reception.late = reception.late.saturating_add(1);
            }
            Verdict::Ignored => self.stats.ignored += 1,
            Verdict::Waiting | Verdict::Fired | Verdict::Expired | Verdict::Rejected | Verdict::Forgotten => {
            }
        }
    }

    /// Takes an event to the one instance of a condition it touches. None: this plan has no say over that instance.
    fn route(&mut self, number: u32, member: u16, delivery: &Delivery<'_>, opens: bool) -> Option<Verdict> {
        let known = self.conditions.get_mut(number as usize)?;
        let condition = &known.condition;
        let listener = condition.members.get(usize::from(member))?;
        let remapped: SmallVec<[&str; 8]>;
        let values = if delivery.raw || delivery.names == listener.captures {
            delivery.values
        } else {
            remapped = remap(delivery, &listener.captures)?;
            &remapped
        };
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        let parts: SmallVec<[&str; 4]> =
            listener.key.iter().filter_map(|place| values.get(usize::from(*place)).copied()).collect();
        Key::encode_into(&parts, &mut key);
        let place = match self.instances.find(known.family, &key) {
            Some(place) if self.instances.get(place).is_some_and(|e| e.condition != number) => None,
            Some(place) => Some(place),
            None if opens => {
                known.live += 1;
                let instance = Instance::new(condition);
                let new = NewEntry { condition: number, family: known.family, key: &key, instance };
                self.instances.insert(&condition.name, new)
            }
            None => None,
        };
        self.key = key;
        let input = Input::Event(MemberEvent {
            member,
            identity: delivery.identity,
            id: delivery.id,
            accepted: delivery.at,
            time: delivery.time,
            captures: values,
            envelope: delivery.text,
            hops: delivery.hops,
            waived: None,
        });
        Some(self.apply_at(place?, &input, delivery.identity, delivery.text))
    }

    /// The turn of one instance: decide, queue what follows, see to the next wake-up.
    pub(crate) fn apply_at(
        &mut self,
        place: Place,
        input: &Input<'_>,
        cause: Identity,
        text: &str,
    ) -> Verdict {
        let mut effects = std::mem::take(&mut self.effects);
        let Some(entry) = self.instances.get_mut(place) else { return Verdict::Ignored };
        let Some(known) = self.conditions.get_mut(entry.condition as usize) else { return Verdict::Ignored };
        let condition = known.condition.clone();
        let was_open = entry.instance.is_open();
        let verdict = apply(&condition, &entry.key, &mut entry.instance, input, &mut effects);
        let noted = self.steps.is_some() && !self.run_steps_only;
        let spot = noted.then(|| spot(&condition, entry, input));
        let verdict_step = spot.as_ref().and_then(|at| step_of(&condition, at, input, verdict));
        let is_open = entry.instance.is_open();
        self.open = self.open.wrapping_add(usize::from(is_open)).wrapping_sub(usize::from(was_open));
        known.open = known.open.wrapping_add(usize::from(is_open)).wrapping_sub(usize::from(was_open));
        // A first event that was rejected opened nothing.
        let unopened = verdict == Verdict::Rejected && entry.instance.is_new();
        if verdict == Verdict::Forgotten || unopened {
            known.live = known.live.saturating_sub(1);
            self.instances.remove(place);
        } else {
            let due = entry.instance.next_due();
            if due < entry.armed {
                entry.armed = due;
                self.timers.push(Wake { due, tie: entry.tie, sleeper: Sleeper::Instance(place) });
            }
        }
        if let (Some(steps), Some(step)) = (&mut self.steps, verdict_step) {
            steps.push(step);
        }
        for effect in effects.drain(..) {
            match effect {
                Effect::Derived(derived) => {
                    if let (Some(steps), Some(at)) = (&mut self.steps, &spot) {
                        let cause = matches!(input, Input::Event(_)).then_some(cause);
                        steps.push(Step::Fired { at: at.clone(), cause, derived: Box::new(derived.clone()) });
                    }
                    let fired = derived.name == condition.name;
                    if fired {
                        self.stats.fired += 1;
                    } else {
                        self.stats.timeouts += 1;
                    }
                    let (pending, claim) = Pending::of(derived, &condition.by, cause);
                    self.out.claims.extend(claim);
                    self.pending.push_back(pending);
                }
                Effect::Rejected { code, reason } => {
                    self.bury(code, reason, text.to_owned(), event_letter(cause));
                }
            }
        }
        self.effects = effects;
        verdict
    }

    /// A timer of an instance has come up.
    pub(crate) fn wake_instance(&mut self, place: Place, (due, tie): (Timestamp, u64)) {
        let Some(entry) = self.instances.get(place) else { return };
        // A place may have been given to another instance since.
        if entry.armed != due || entry.tie != tie {
            return;
        }
        let next = entry.instance.next_due();
        if next > due {
            // It was moved: ask again then. Only bookkeeping changes, which a snapshot does not hold.
            if let Some(entry) = self.instances.get_mut(place) {
                entry.armed = next;
            }
            self.timers.push(Wake { due: next, tie, sleeper: Sleeper::Instance(place) });
            return;
        }
        if let Some(entry) = self.instances.get_mut(place) {
            entry.armed = Timestamp::NEVER;
        }
        self.apply_at(place, &Input::Timer { now: due }, Identity([0; 16]), "");
    }
}

fn event_letter(identity: Identity) -> LetterKind {
    LetterKind::Event { identity }
}

/// The values a listener's list asks for, by name. None when one is missing.
pub(crate) fn remap<'a>(delivery: &Delivery<'a>, wanted: &[Arc<str>]) -> Option<SmallVec<[&'a str; 8]>> {
    wanted
        .iter()
        .map(|name| {
            let place = delivery.names.iter().position(|n| n == name)?;
            delivery.values.get(place).copied()
        })
        .collect()
}
