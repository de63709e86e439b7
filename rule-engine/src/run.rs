//! One mapping in progress: a pure state machine from the event that started it to its completion.
//!
//! [`Run::start`] and every later step push what follows from them; a step that says nothing new (an unknown index, an old
//! attempt, an action already settled) changes nothing and pushes nothing.

mod answer;
pub mod codec;
mod completion;
mod failure;
mod payload;
mod slot;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use fanin_event::{Identity, Timestamp};

use crate::action::{Action, Cause, Outcome};
use crate::compiled::CompiledRule;
use crate::effect::{RunEffect, Settlement};
use crate::limits::{MAX_OPEN_PAYLOAD_BYTES, MAX_RUN_RESULT_BYTES};
use crate::retry;
use failure::{Failure, FirstFailure};
use payload::Parsed;
use slot::{Slot, State};

/// A run: one slot for each call (one, or one an item), and how far it is.
///
/// It is small at rest: the cause as text and 40 bytes a slot, plus results and the trouble of failed ones. The parsed
/// envelope is kept while a `map` may need it and is made again after a restart.
#[derive(Clone, Debug)]
pub struct Run {
    identity: Identity,
    rule: Arc<str>,
    version: u64,
    cause: Cause,
    slots: Vec<Slot>,
    /// The first slot that never started.
    next: u32,
    /// Slots in flight or waiting for a retry: a retry keeps its place in `max_concurrency`, as in ASL.
    open: u32,
    open_bytes: usize,
    failed: u32,
    result_bytes: usize,
    first_failure: Option<FirstFailure>,
    /// More has failed than is tolerated: nothing starts any more.
    doomed: bool,
    over: bool,
    retries: BinaryHeap<Reverse<(Timestamp, u32)>>,
    parsed: Option<Box<Parsed>>,
}

/// What every step is given: the rule, the moment, and where effects go.
struct Step<'a> {
    rule: &'a CompiledRule,
    now: Timestamp,
    effects: &'a mut Vec<RunEffect>,
}

impl Run {
    /// Starts a run of `rule` for `cause`. The run may already be over: no items, or nothing that could be called.
    #[must_use]
    pub fn start(rule: &CompiledRule, cause: Cause, now: Timestamp) -> (Run, Vec<RunEffect>) {
        let mut effects = Vec::new();
        let mut step = Step { rule, now, effects: &mut effects };
        let mut run = Run::empty(rule, cause);
        match run.lay_out(rule) {
            Ok(slots) => {
                run.slots.resize_with(slots, Slot::default);
                run.advance(&mut step);
            }
            Err(failure) => run.refuse(failure, &mut step),
        }
        (run, effects)
    }

    fn empty(rule: &CompiledRule, cause: Cause) -> Run {
        Run {
            identity: rule.run_identity(&cause),
            rule: rule.rule().name.clone(),
            version: rule.rule().version,
            cause,
            slots: Vec::new(),
            next: 0,
            open: 0,
            open_bytes: 0,
            failed: 0,
            result_bytes: 0,
            first_failure: None,
            doomed: false,
            over: false,
            retries: BinaryHeap::new(),
            parsed: None,
        }
    }

    /// Takes the answer to a call.
    pub fn settle(
        &mut self,
        rule: &CompiledRule,
        settlement: Settlement,
        now: Timestamp,
        effects: &mut Vec<RunEffect>,
    ) {
        let Settlement { index, attempt, outcome } = settlement;
        let Some(slot) = self.slots.get(index as usize) else { return };
        if slot.state != State::InFlight || slot.attempt != attempt {
            return;
        }
        let mut step = Step { rule, now, effects };
        let room = MAX_RUN_RESULT_BYTES.saturating_sub(self.result_bytes);
        match answer::accept(outcome, room) {
            Outcome::Done { result } => self.succeed(index, result),
            Outcome::Failed { error, cause } => self.fail(index, Failure::new(&error, &cause), &mut step),
        }
        self.advance(&mut step);
    }

    /// Makes the retries whose time has come.
    pub fn due(&mut self, rule: &CompiledRule, now: Timestamp, effects: &mut Vec<RunEffect>) {
        let mut step = Step { rule, now, effects };
        let mut ready = Vec::new();
        while let Some(Reverse((_, index))) =
            self.retries.peek().filter(|Reverse((due, _))| *due <= now).copied()
        {
            self.retries.pop();
            ready.push(index);
        }
        if ready.is_empty() {
            return;
        }
        for index in ready {
            // A retry that failed at once may have ended the run's patience for the ones after it.
            if self.slots.get(index as usize).is_some_and(|slot| slot.state == State::Backoff) {
                self.call(index, &mut step);
            }
        }
        self.advance(&mut step);
    }

    /// When [`Run::due`] is to be called next; [`Timestamp::NEVER`] while no retry waits.
    #[must_use]
    pub fn next_due(&self) -> Timestamp {
        self.retries.peek().map_or(Timestamp::NEVER, |Reverse((due, _))| *due)
    }

    /// Whether the completion has been emitted. Nothing changes such a run any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Which run this is: a function of workflow, rule and cause alone.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Name and version of the rule it was started under: the one to give to every step.
    #[must_use]
    pub fn rule(&self) -> (&Arc<str>, u64) {
        (&self.rule, self.version)
    }

    /// The event that started it.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// How far it is: (actions settled for good, actions in all).
    #[must_use]
    pub fn progress(&self) -> (u32, u32) {
        let total = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        (self.next.saturating_sub(self.open), total)
    }

    /// The actions dispatched and not settled, with the ids, attempts and payloads they had: to be called again after a
    /// restart.
    #[must_use]
    pub fn pending(&self, rule: &CompiledRule) -> Vec<Action> {
        let waiting = |slot: &Slot| slot.state == State::InFlight;
        if !self.slots.iter().any(waiting) {
            return Vec::new();
        }
        let own = if self.parsed.is_none() { self.parse(rule).ok() } else { None };
        let parsed = self.parsed.as_deref().or(own.as_ref());
        let cause = self.cause.identity.to_uuid();
        let actions =
            self.slots.iter().zip(0..).filter(|(slot, _)| waiting(slot)).filter_map(|(slot, index)| {
                let id = rule.action_id(&cause, index);
                let payload = self.payload(rule, parsed, index, id).ok()?;
                Some(self.action(rule, payload, Place { id, index, attempt: slot.attempt }))
            });
        actions.collect()
    }

    /// Starts what may start, and ends the run when nothing is left to wait for.
    fn advance(&mut self, step: &mut Step<'_>) {
        let total = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
        while !self.doomed && self.next < total && self.may_open(step.rule) {
            let index = self.next;
            self.next = self.next.saturating_add(1);
            self.open = self.open.saturating_add(1);
            self.call(index, step);
        }
        if step.rule.items.is_none() {
            // A single call: a retry is rare, the parsed envelope is not worth its room.
            self.parsed = None;
        }
        if !self.over && self.open == 0 && (self.doomed || self.next >= total) {
            self.finish(step);
        }
    }

    fn may_open(&self, rule: &CompiledRule) -> bool {
        self.open == 0 || (self.open < rule.max_open() && self.open_bytes < MAX_OPEN_PAYLOAD_BYTES)
    }

    /// Makes the next attempt of an open slot.
    fn call(&mut self, index: u32, step: &mut Step<'_>) {
        self.ensure_parsed(step.rule);
        let id = step.rule.action_id(&self.cause.identity.to_uuid(), index);
        let payload = self.payload(step.rule, self.parsed.as_deref(), index, id);
        let Some(slot) = self.slots.get_mut(index as usize) else { return };
        slot.attempt = slot.attempt.saturating_add(1);
        slot.state = State::InFlight;
        match payload {
            Ok(payload) => {
                let attempt = slot.attempt;
                let before = std::mem::replace(
                    &mut slot.payload_bytes,
                    u32::try_from(payload.len()).unwrap_or(u32::MAX),
                );
                self.open_bytes =
                    self.open_bytes.saturating_sub(before as usize).saturating_add(payload.len());
                let action = self.action(step.rule, payload, Place { id, index, attempt });
                step.effects.push(RunEffect::Dispatch(action));
            }
            Err(failure) => self.fail(index, failure, step),
        }
    }

    fn succeed(&mut self, index: u32, result: String) {
        let Some(slot) = self.slots.get_mut(index as usize) else { return };
        self.result_bytes = self.result_bytes.saturating_add(result.len());
        slot.state = State::Done;
        slot.result = Some(result.into_boxed_str());
        slot.trouble = None;
        self.close(index);
    }

    /// An attempt failed: waits for a retry, or gives the slot up.
    fn fail(&mut self, index: u32, failure: Failure, step: &mut Step<'_>) {
        let doomed = self.doomed;
        let id = step.rule.action_id(&self.cause.identity.to_uuid(), index);
        let Some(slot) = self.slots.get_mut(index as usize) else { return };
        let retriers = &step.rule.rule().retry;
        let trouble = slot.trouble.get_or_insert_default();
        trouble.used.resize(retriers.len(), 0);
        let retrier = retriers
            .iter()
            .zip(trouble.used.iter_mut())
            .find(|(r, _)| retry::names(&r.errors, &failure.error));
        trouble.error = failure.error.clone();
        trouble.cause = failure.cause.clone();
        match retrier {
            Some((retrier, used)) if !doomed && *used < retrier.max_attempts => {
                let due = step.now.plus(retry::delay(retrier, *used, id, slot.attempt));
                *used = used.saturating_add(1);
                trouble.due = due;
                slot.state = State::Backoff;
                self.retries.push(Reverse((due, index)));
            }
            _ => self.give_up(index, failure, step),
        }
    }

    /// A slot is no longer open.
    fn close(&mut self, index: u32) {
        let Some(slot) = self.slots.get_mut(index as usize) else { return };
        self.open = self.open.saturating_sub(1);
        self.open_bytes = self.open_bytes.saturating_sub(std::mem::take(&mut slot.payload_bytes) as usize);
    }
}

/// Which call of the run.
#[derive(Clone, Copy, Debug)]
struct Place {
    id: crate::action::ActionId,
    index: u32,
    attempt: u32,
}
