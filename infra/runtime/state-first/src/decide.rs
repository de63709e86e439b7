//! The decision about one cell: what the messages of a batch do to it. No store here; everything it knows comes in.

use std::sync::Arc;

use fanin_condition::pages::{self, Paging};
use fanin_condition::{
    Condition, Effect, Input, Instance, OperateError, Operator, Verdict, Waiver, apply, check_expire,
};
use fanin_event::Timestamp;
use fanin_event::limits::MAX_HOPS;
use fanin_runtime::{Command, LetterKind};

use crate::dead::DeadRecord;
use crate::happenings::Occurrence;
use crate::instances::{Armed, Held, remembers};
use crate::message::{DerivedMessage, Message};
use crate::outbox::Entry;
use crate::pages::Partial;
use crate::plans::PlanSet;
use crate::ports::Lane;
use crate::route::{Happened, Touch};

/// What a batch has for one cell.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    pub(crate) touches: Vec<Touch>,
    /// Reports of pages.
    pub(crate) partials: Vec<Partial>,
    /// Wake-ups that are due, by their moments.
    pub(crate) wakes: Vec<Timestamp>,
    /// What a wake-up takes for now.
    pub(crate) now: Timestamp,
}

/// What became of it.
#[derive(Debug, Default)]
pub(crate) struct Decision {
    /// The state afterwards; none: there is nothing to keep.
    pub(crate) held: Option<Held>,
    /// It has to be written.
    pub(crate) write: bool,
    /// What follows, for the outbox.
    pub(crate) entries: Vec<Entry>,
    /// Events that could not be taken: they remember nothing here and are found again by a repetition.
    pub(crate) rejected: Vec<DeadRecord>,
    /// The wake-up to send once all is written: it was armed just now, or a repetition cannot know that it was sent.
    pub(crate) wake: Option<Timestamp>,
    pub(crate) tally: Tally,
    /// Events that changed nothing: repetitions, and those that came too late.
    pub(crate) passed: Vec<(Occurrence, Arc<Happened>)>,
    /// What belongs to the pages of a hot key: no matter for this cell.
    pub(crate) paged: Vec<Touch>,
    pub(crate) partials: Vec<Partial>,
}

/// Verdicts, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) fired: usize,
    pub(crate) duplicates: usize,
    pub(crate) late: usize,
}

/// A decision in the making.
struct Turn<'a> {
    plans: &'a PlanSet,
    name: &'a str,
    key: &'a str,
    effects: Vec<Effect>,
    decision: Decision,
    /// A repetition of the message that armed the wake-up may be among the messages.
    repeated: bool,
    /// The last event that changed something.
    by: u64,
}

/// Takes the messages to the cell, in the order of acceptance. The version of `held` is one that the plans have.
pub(crate) fn decide(
    plans: &PlanSet,
    (name, key): (&str, &str),
    inputs: &Inputs,
    held: Option<Held>,
) -> Decision {
    let before = held.as_ref().map_or(Armed::NONE, |held| held.armed);
    let decision = Decision { held, ..Decision::default() };
    let mut turn = Turn { plans, name, key, effects: Vec::new(), decision, repeated: false, by: 0 };
    let mut touches: Vec<&Touch> = inputs.touches.iter().collect();
    touches.sort_by_key(|touch| (touch.event.accepted, touch.event.identity, touch.member));
    for touch in touches {
        turn.touch(touch, before);
    }
    turn.hear(&inputs.partials);
    let woke = inputs.wakes.iter().max().copied();
    if woke.is_some() {
        turn.until(inputs.now, &[]);
    }
    turn.arm(before, woke);
    turn.decision
}

/// What a person does to one instance, and when.
pub(crate) struct Deed<'a> {
    pub(crate) command: &'a Command,
    pub(crate) operator: Operator<'a>,
    pub(crate) now: Timestamp,
}

/// Carries out what a person wants; `None` in place of a decision: the instance is to be dropped.
pub(crate) fn operate(
    plans: &PlanSet,
    (name, key): (&str, &str),
    deed: &Deed<'_>,
    held: Held,
) -> Result<Option<Decision>, OperateError> {
    if *deed.command == Command::Drop {
        return Ok(None);
    }
    let before = held.armed;
    let decision = Decision { held: Some(held), ..Decision::default() };
    let mut turn = Turn { plans, name, key, effects: Vec::new(), decision, repeated: false, by: 0 };
    turn.until(Timestamp(deed.now.0.saturating_sub(1)), &[]);
    let missing = || OperateError::NoInstance { condition: name.to_owned(), key: key.to_owned() };
    let held = turn.decision.held.as_mut().filter(|held| !held.instance.is_new()).ok_or_else(missing)?;
    let condition = plans.condition(name, held.instance.version()).ok_or_else(missing)?;
    match deed.command {
        Command::Drop => return Ok(None),
        Command::Expire => {
            check_expire(condition, key, &held.instance)?;
            let input = Input::Expire { now: deed.now, operator: deed.operator };
            apply(condition, key, &mut held.instance, &input, &mut turn.effects);
        }
        Command::Waive { member, set } => {
            let instance = (condition, key, &held.instance);
            let waiver = Waiver::new(instance, member, set, deed.operator, deed.now)?;
            waiver.with_event(|event| {
                apply(condition, key, &mut held.instance, &Input::Event(event), &mut turn.effects)
            });
        }
    }
    turn.follow(condition, &[], None);
    turn.decision.write = true;
    turn.arm(before, Some(deed.now));
    Ok(Some(turn.decision))
}

impl Decision {
    /// All that the messages brought is for pages.
    pub(crate) fn only_pages(&self, inputs: &Inputs) -> bool {
        let paged = self.paged.len() + self.partials.len();
        paged > 0 && paged == inputs.touches.len() + inputs.partials.len() && inputs.wakes.is_empty()
    }
}

impl<'a> Turn<'a> {
    fn condition(&self, version: u64) -> Option<&'a Condition> {
        self.plans.condition(self.name, version)
    }

    /// Does what was due at or before `now`.
    fn until(&mut self, now: Timestamp, chain: &[Arc<str>]) {
        let Some(held) = &mut self.decision.held else { return };
        if held.instance.is_new() || held.instance.next_due() > now {
            return;
        }
        let Some(condition) = self.plans.condition(self.name, held.instance.version()) else { return };
        apply(condition, self.key, &mut held.instance, &Input::Timer { now }, &mut self.effects);
        self.follow(condition, chain, None);
    }

    /// Takes one event to the instance, if its version has a say over it.
    fn touch(&mut self, touch: &Touch, before: Armed) {
        let (event, said) = (&touch.event, self.decision.entries.len());
        self.until(Timestamp(event.accepted.0.saturating_sub(1)), &event.chain);
        let mine = match &self.decision.held {
            Some(held) if !held.instance.is_new() => held.instance.version() == touch.version,
            _ => touch.opens,
        };
        let Some(condition) = self.condition(touch.version).filter(|_| mine) else {
            if self.decision.entries.len() > said {
                self.by = event.identity.short();
            }
            return;
        };
        let held = self.decision.held.get_or_insert_with(|| Held::new(condition));
        if held.instance.is_new() {
            held.instance = Instance::new(condition);
        }
        let paged = held.instance.is_open() && held.pages().is_some() && Paging::takes(touch.member);
        if paged && !touch.with_event(|event| pages::knows(condition, self.key, &held.instance, &event)) {
            self.decision.paged.push(touch.clone());
            return;
        }
        let (key, effects) = (self.key, &mut self.effects);
        let verdict = touch
            .with_event(|event| apply(condition, key, &mut held.instance, &Input::Event(event), effects));
        if verdict == Verdict::Waiting {
            held.sample(condition, event.own_time());
        }
        match verdict {
            Verdict::Fired => self.decision.tally.fired += 1,
            Verdict::Duplicate => {
                self.decision.tally.duplicates += 1;
                self.decision.passed.push((Occurrence::Duplicate, event.clone()));
            }
            Verdict::Late => {
                self.decision.tally.late += 1;
                self.decision.passed.push((Occurrence::Late, event.clone()));
            }
            _ => {}
        }
        self.follow(condition, &event.chain, Some(event));
        if remembers(condition, verdict) {
            self.decision.write = true;
            // A key that has become hot gets pages, which take what follows in this very batch: the root, which every
            // batch reads, stays small.
            if let Some(held) = &mut self.decision.held {
                held.page(condition);
            }
        }
        if remembers(condition, verdict) || self.decision.entries.len() > said {
            self.by = event.identity.short();
        } else if before.at != Timestamp::NEVER && before.by == event.identity.short() {
            self.repeated = true;
        }
    }

    /// Takes what pages report: to this root, or on to another page of it.
    fn hear(&mut self, partials: &[Partial]) {
        let Some(held) = &mut self.decision.held else { return };
        let (generation, version) = (held.instance.generation(), held.instance.version());
        let Some(condition) = self.plans.condition(self.name, version) else { return };
        if !held.instance.is_open() {
            return;
        }
        let Some((instance, paging)) = held.pages_mut() else { return };
        for partial in partials.iter().filter(|partial| partial.generation == generation) {
            if partial.to.is_some() {
                self.decision.partials.push(partial.clone());
            } else if paging.hear(&partial.from, partial.report) {
                self.decision.write = true;
            }
        }
        let verdict = paging.settle(condition, self.key, instance, &mut self.effects);
        self.decision.tally.fired += usize::from(verdict == Verdict::Fired);
        self.follow(condition, &[], None);
    }

    /// Turns effects into what has to leave.
    fn follow(&mut self, condition: &Condition, chain: &[Arc<str>], cause: Option<&Arc<Happened>>) {
        for effect in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Derived(derived) => {
                    self.decision.write = true;
                    if let Some(claim) = derived.claim {
                        self.decision.entries.push(Entry::Claim { key: claim.key, body: claim.body });
                    }
                    let mut links = chain.to_vec();
                    links.push(derived.name.clone());
                    let over = links.len().saturating_sub(usize::from(MAX_HOPS) + 1);
                    links.drain(..over);
                    self.decision.entries.push(Entry::Derived(DerivedMessage {
                        identity: derived.identity,
                        name: derived.name,
                        captures: condition.by.iter().cloned().zip(derived.captures).collect(),
                        at: derived.at,
                        hops: derived.hops,
                        envelope: derived.envelope,
                        chain: links,
                    }));
                }
                Effect::Rejected { code, reason } => {
                    let Some(event) = cause else { continue };
                    let what = LetterKind::Event { identity: event.identity };
                    let record =
                        DeadRecord::new(event.accepted, (code, reason), event.envelope.clone(), what);
                    self.decision.rejected.push(record);
                }
            }
        }
    }

    /// Sees to the next wake-up. While the instance will have something to say, one is on its way, for no later moment.
    fn arm(&mut self, before: Armed, woke: Option<Timestamp>) {
        let Some(held) = &mut self.decision.held else { return };
        if held.instance.is_new() {
            // It was opened and given nothing, or it is over: nothing is to be kept but what it said last.
            held.armed = Armed::NONE;
            return;
        }
        let Some(condition) = self.plans.condition(self.name, held.instance.version()) else { return };
        let speaks = held.instance.speaks_at(condition);
        let came = woke.is_some_and(|woke| woke >= before.at);
        let on_its_way = if came { Timestamp::NEVER } else { before.at };
        if woke.is_some_and(|woke| before.woke >= woke) {
            self.repeated = true;
        }
        let at = if speaks == Timestamp::NEVER { Timestamp::NEVER } else { on_its_way.min(speaks) };
        if at != before.at {
            self.decision.write = true;
            held.armed = if at == Timestamp::NEVER {
                Armed::NONE
            } else {
                Armed { at, by: self.by, woke: woke.unwrap_or(Timestamp(i64::MIN)) }
            };
            self.decision.wake = (at != Timestamp::NEVER).then_some(at);
        } else if self.repeated && at != Timestamp::NEVER {
            self.decision.wake = Some(at);
        }
    }
}

/// The message that wakes an instance at `due`.
pub(crate) fn wake(name: &Arc<str>, key: &str, due: Timestamp) -> Entry {
    let message = Message::Wake { condition: name.clone(), key: key.to_owned(), due };
    Entry::Send { lane: Lane::Conditions, message, due: Some(due) }
}
