//! The engine: the whole state of a log-first host, moved by records and by nothing else.

use std::collections::VecDeque;
use std::sync::Arc;

use fanin_condition::{Condition, Effect, Operator};
use fanin_event::{Identity, Scratch, Timestamp};
use fanin_plan::Plan;

use crate::ahead::{Ahead, Recognition};
use crate::chain::Chain;
use crate::dead::{DeadLetter, DeadLetters, LetterKind};
use crate::deliver::Incoming;
use crate::instances::Instances;
use crate::limits::MAX_DRAINING_PLANS;
use crate::named::Named;
use crate::plans::{ActivateError, LoadedPlan};
use crate::record::{OutcomeRef, Record};
use crate::runs::Runs;
use crate::stats::Stats;
use crate::timers::{Sleeper, Timers};
use crate::trace::Step;
use crate::turn::{Outbox, Pending, Reception};
use crate::unmatched::Unmatched;

/// A condition in one version, with how many instances are pinned to it.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) condition: Arc<Condition>,
    pub(crate) family: u32,
    pub(crate) live: usize,
    /// Of these, how many have a round under way.
    pub(crate) open: usize,
}

/// The state. [`Engine::turn`] is the only way in, [`Engine::outbox`] the only way out.
#[derive(Debug)]
pub struct Engine {
    pub(crate) now: Timestamp,
    pub(crate) floor: Timestamp,
    pub(crate) newest: Option<Arc<LoadedPlan>>,
    pub(crate) draining: Vec<Arc<LoadedPlan>>,
    pub(crate) conditions: Vec<Known>,
    pub(crate) families: Vec<Arc<str>>,
    pub(crate) instances: Instances,
    /// Instances with a round under way.
    pub(crate) open: usize,
    pub(crate) runs: Runs,
    pub(crate) timers: Timers,
    pub(crate) pending: VecDeque<Pending>,
    pub(crate) dead: DeadLetters,
    pub(crate) letters: u64,
    pub(crate) chain: Chain,
    pub(crate) stats: Stats,
    pub(crate) out: Outbox,
    pub(crate) scratch: Scratch,
    pub(crate) key: String,
    pub(crate) effects: Vec<Effect>,
    pub(crate) cascade: usize,
    /// Events by name: memory only.
    pub(crate) named: Named,
    /// Events that were no named event: memory only.
    pub(crate) unmatched: Unmatched,
    /// What the turns did, if somebody asked for it.
    pub(crate) steps: Option<Vec<Step>>,
    /// Of these only the steps of runs.
    pub(crate) run_steps_only: bool,
}

impl Default for Engine {
    fn default() -> Self {
        Engine {
            now: Timestamp(0),
            floor: Timestamp(0),
            newest: None,
            draining: Vec::new(),
            conditions: Vec::new(),
            families: Vec::new(),
            instances: Instances::default(),
            open: 0,
            runs: Runs::default(),
            timers: Timers::default(),
            pending: VecDeque::new(),
            dead: DeadLetters::default(),
            letters: 0,
            chain: Chain::default(),
            stats: Stats::default(),
            out: Outbox::default(),
            scratch: Scratch::default(),
            key: String::new(),
            effects: Vec::new(),
            cascade: 0,
            named: Named::default(),
            unmatched: Unmatched::default(),
            steps: None,
            run_steps_only: false,
        }
    }
}

impl Engine {
    /// Takes one record to the state. What has to leave the process gathers in the outbox.
    ///
    /// # Errors
    /// Only an activation can fail, and then changes nothing; [`Engine::check_activation`] tells beforehand.
    pub fn turn(&mut self, record: &Record<'_>) -> Result<Reception, ActivateError> {
        let at = record.at().max(self.floor);
        self.cascade = 0;
        if let Record::Tick { .. } = record {
            self.advance(at);
            self.floor = at;
            return Ok(Reception::default());
        }
        self.advance(Timestamp(at.0.saturating_sub(1)));
        self.now = at;
        self.floor = at;
        let mut reception = Reception::default();
        match *record {
            Record::Event { identity, text, .. } => reception = self.event(at, identity, text),
            Record::Settled { run, index, attempt, outcome, .. } => {
                self.settle(run, index, attempt, outcome.to_owned());
            }
            Record::Activated { plan, .. } => self.activate(Plan::from_json(plan)?)?,
            Record::Refused { code, reason, payload, .. } => {
                self.stats.refused += 1;
                self.bury(code, reason.to_owned(), payload.to_owned(), LetterKind::Refused);
            }
            Record::Redriven { letter, .. } => self.redrive(letter),
            Record::Operated { condition, key, command, by, why, .. } => {
                self.operated((condition, key), command, Operator { by, why });
            }
            Record::Tick { .. } => {}
        }
        self.drain();
        Ok(reception)
    }

    /// Wakes everybody due at or before `until`, in order of time, each at its own moment: the result does not depend on
    /// whether the process was running then.
    fn advance(&mut self, until: Timestamp) {
        while let Some(wake) = self.timers.pop(until) {
            self.now = self.now.max(wake.due);
            self.cascade = 0;
            match wake.sleeper {
                Sleeper::Instance(place) => self.wake_instance(place, (wake.due, wake.tie)),
                Sleeper::Run(place) => self.wake_run(place, wake.due),
            }
            self.drain();
        }
        self.now = self.now.max(until);
        self.runs.forget(self.now);
    }

    /// The moment to stamp on the next record, given the wall clock: never before what was decided already.
    #[must_use]
    pub fn stamp(&self, wall: Timestamp) -> Timestamp {
        wall.max(self.floor)
    }

    /// Takes an event to the state, with what was recognized ahead: event `n` of a batch.
    pub fn turn_ahead(&mut self, record: &Record<'_>, ahead: &Ahead, n: usize) -> Reception {
        if let Record::Event { identity, text, .. } = *record
            && self.draining.is_empty()
            && self.newest.as_ref().is_some_and(|newest| Arc::ptr_eq(newest, &ahead.plan))
            && let Some(one) = ahead.event(n, text)
        {
            let at = record.at().max(self.floor);
            self.cascade = 0;
            self.advance(Timestamp(at.0.saturating_sub(1)));
            (self.now, self.floor) = (at, at);
            let incoming = Incoming { at, identity, text, hops: 0, raw: true };
            let reception = self.event_ahead(&incoming, ahead, &one);
            self.drain();
            return reception;
        }
        // Only activations can fail.
        self.turn(record).unwrap_or_default()
    }

    /// What others may recognize with, ahead of the turn.
    #[must_use]
    pub fn recognition(&self) -> Option<Recognition> {
        self.newest.clone().map(Recognition)
    }

    /// When somebody wants to be woken next, or `NEVER`: the host writes a tick then.
    #[must_use]
    pub fn next_due(&self) -> Timestamp {
        self.timers.next_due()
    }

    /// What the turns since the last call gave out. Release it only once their records are durable.
    #[must_use]
    pub fn outbox(&mut self) -> Outbox {
        self.out.take()
    }

    /// Whether `plan` could become the current one now.
    ///
    /// # Errors
    /// The reason why not.
    pub fn check_activation(&self, plan: &Plan) -> Result<(), ActivateError> {
        LoadedPlan::load(plan.clone(), |_| 0)?;
        if let Some(newest) = &self.newest
            && newest.plan.workflow != plan.workflow
        {
            return Err(ActivateError::OtherWorkflow {
                found: newest.plan.workflow.to_string(),
                wanted: plan.workflow.to_string(),
            });
        }
        let newest = self.newest.as_deref();
        let busy = newest.map_or(0, |newest| self.draining.iter().filter(|p| self.in_use(p, newest)).count());
        if busy >= MAX_DRAINING_PLANS {
            return Err(ActivateError::TooManyDraining(busy));
        }
        Ok(())
    }

    pub(crate) fn in_use(&self, plan: &LoadedPlan, newest: &LoadedPlan) -> bool {
        plan.in_use(newest, |n| self.conditions.get(n as usize).map_or(0, |k| k.live))
    }

    /// Makes `plan` the current one.
    pub(crate) fn activate(&mut self, plan: Plan) -> Result<(), ActivateError> {
        if self.newest.as_ref().is_some_and(|newest| newest.plan == plan) {
            return Ok(());
        }
        self.check_activation(&plan)?;
        let loaded = LoadedPlan::load(plan, |condition| self.know(condition))?;
        let mut older = std::mem::take(&mut self.draining);
        if let Some(before) = &self.newest {
            self.named.next_plan(before);
        }
        older.extend(self.newest.take());
        older.retain(|plan| self.in_use(plan, &loaded));
        self.draining = older;
        self.newest = Some(Arc::new(loaded));
        Ok(())
    }

    /// The engine's number of a condition; a new name or version gets the next one.
    pub(crate) fn know(&mut self, condition: &Condition) -> u32 {
        let same = |k: &Known| k.condition.version == condition.version && k.condition.name == condition.name;
        if let Some(number) = self.conditions.iter().position(same) {
            return u32::try_from(number).unwrap_or(u32::MAX);
        }
        let family = match self.families.iter().position(|name| *name == condition.name) {
            Some(family) => family,
            None => {
                self.families.push(condition.name.clone());
                self.families.len() - 1
            }
        };
        let family = u32::try_from(family).unwrap_or(u32::MAX);
        self.conditions.push(Known { condition: Arc::new(condition.clone()), family, live: 0, open: 0 });
        u32::try_from(self.conditions.len() - 1).unwrap_or(u32::MAX)
    }

    /// Writes a dead letter.
    pub(crate) fn bury(&mut self, code: &str, reason: String, payload: String, what: LetterKind) {
        self.letters += 1;
        self.stats.dead_letters += 1;
        let number = self.letters;
        let letter = DeadLetter { number, at: self.now, code: code.to_owned(), reason, payload, what };
        self.note(|| Step::Buried(Box::new(letter.clone())));
        self.dead.push(letter);
    }

    /// Tries a dead letter again: an event is matched as if it had just come, a call's run starts again with the same
    /// action ids. Bytes that are no event cannot become one by waiting; they stay.
    fn redrive(&mut self, number: u64) {
        let Some(letter) = self.dead.take(number) else { return };
        match letter.what.clone() {
            LetterKind::Refused => self.dead.put_back(letter),
            LetterKind::Event { identity } => {
                let _ = self.event(self.now, Some(identity), &letter.payload);
            }
            LetterKind::Derived { identity, name, captures, .. } => {
                self.redeliver(identity, &name, &captures, letter.payload);
            }
            LetterKind::Action { .. } => self.restart(letter),
        }
    }

    /// Whether a run of this identity is known, in progress or remembered.
    #[must_use]
    pub fn knows_run(&self, run: Identity) -> bool {
        self.runs.find(run).is_some()
    }
}

impl OutcomeRef<'_> {
    fn to_owned(self) -> fanin_rule::Outcome {
        match self {
            OutcomeRef::Done(result) => fanin_rule::Outcome::Done { result: result.to_owned() },
            OutcomeRef::Failed(error, cause) => {
                fanin_rule::Outcome::Failed { error: error.to_owned(), cause: cause.to_owned() }
            }
        }
    }
}
