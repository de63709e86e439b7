//! What a turn did, step by step: for whoever explains the past by replaying the log. Off unless asked for.
//!
//! The steps are facts in the order in which they happened. They are not part of the state: no snapshot holds them, and
//! an engine that gathers them decides the same as one that does not.

use std::sync::Arc;

use fanin_condition::{Condition, Derived, Input, Verdict};
use fanin_event::{Identity, Timestamp};
use fanin_rule::{Action, Emitted, Outcome};

use crate::dead::DeadLetter;
use crate::engine::Engine;
use crate::instances::Entry;
use crate::operate::Command;

/// One thing that happened in a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An event with an identity was taken in: from outside, or a derived one that is matched like any other.
    Accepted {
        /// Its identity.
        identity: Identity,
        /// The envelope's id.
        id: Box<str>,
        /// Not from outside: a derived event on its way back.
        derived: bool,
    },
    /// That event is the named event `name` of the newest plan. An event without such a step is unmatched.
    Named {
        /// The event.
        identity: Identity,
        /// The name.
        name: Arc<str>,
        /// Values of its captures, by name.
        captures: Vec<(Arc<str>, Box<str>)>,
    },
    /// An event came to an instance as one of its members.
    Delivered {
        /// The event.
        identity: Identity,
        /// The instance, as it is after the delivery.
        at: Spot,
        /// Index into the condition's members.
        member: u16,
        /// The member's name.
        name: Arc<str>,
        /// What became of it.
        verdict: Verdict,
    },
    /// A timer of an instance did something.
    Woken {
        /// The instance, as it is afterwards.
        at: Spot,
        /// What it did.
        verdict: Verdict,
    },
    /// An instance gave out a firing or a timeout.
    Fired {
        /// The instance.
        at: Spot,
        /// The event whose delivery completed it; none: time did.
        cause: Option<Identity>,
        /// What it gave out.
        derived: Box<Derived>,
    },
    /// An event started a run of a rule.
    Triggered {
        /// The event.
        identity: Identity,
        /// The rule.
        rule: Arc<str>,
        /// The run.
        run: Identity,
        /// The run was known before: nothing happened.
        known: bool,
    },
    /// A call was to be made.
    Called(Box<Action>),
    /// A call ended, and somebody waited for that.
    Settled {
        /// The run.
        run: Identity,
        /// The action's place in the run.
        index: u32,
        /// Which attempt.
        attempt: u32,
        /// How.
        outcome: Box<Outcome>,
    },
    /// A run gave out an event: its completion, or what a `catch` emits.
    Completed {
        /// The run.
        run: Identity,
        /// The rule.
        rule: Arc<str>,
        /// What it gave out.
        emitted: Box<Emitted>,
    },
    /// A person intervened at an instance.
    Operated {
        /// The instance, as it was before.
        at: Spot,
        /// What was done; what follows from it comes after.
        command: Command,
        /// Who.
        by: Box<str>,
        /// Why.
        why: Box<str>,
    },
    /// Something went to the dead letters.
    Buried(Box<DeadLetter>),
}

/// An instance at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The condition's name.
    pub condition: Arc<str>,
    /// The correlation key, canonical text.
    pub key: Box<str>,
    /// Nonce of this life of the key.
    pub generation: u64,
    /// Number of the current or last round.
    pub round: u32,
    /// Acceptance of the event, or the moment of the timer.
    pub moment: Timestamp,
}

impl Engine {
    /// From now on [`Engine::take_steps`] has something to give.
    pub fn gather_steps(&mut self) {
        self.steps = Some(Vec::new());
    }

    /// As [`Engine::gather_steps`], but only the steps of runs and dead letters, and the names of the events that start runs:
    /// what is dear about steps is to note each event and each delivery.
    pub fn gather_run_steps(&mut self) {
        self.steps = Some(Vec::new());
        self.run_steps_only = true;
    }

    /// The steps since the last call; none unless they are gathered.
    pub fn take_steps(&mut self) -> Vec<Step> {
        self.steps.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Notes a step of an event or an instance, if such are gathered.
    pub(crate) fn note_all(&mut self, step: impl FnOnce() -> Step) {
        if !self.run_steps_only {
            self.note(step);
        }
    }

    /// Whether the steps of events and instances are gathered.
    pub(crate) fn notes_all(&self) -> bool {
        self.steps.is_some() && !self.run_steps_only
    }

    /// Notes a step if steps are gathered.
    pub(crate) fn note(&mut self, step: impl FnOnce() -> Step) {
        if let Some(steps) = &mut self.steps {
            steps.push(step());
        }
    }
}

/// The instance as it stands, at the moment of an input.
pub(crate) fn spot(condition: &Condition, entry: &Entry, input: &Input<'_>) -> Spot {
    let moment = match input {
        Input::Event(event) => event.accepted,
        Input::Timer { now } | Input::Expire { now, .. } => *now,
    };
    let (generation, round) = (entry.instance.generation(), entry.instance.round());
    Spot { condition: condition.name.clone(), key: entry.key.clone(), generation, round, moment }
}

/// What an input did there. What a person did is noted by itself.
pub(crate) fn step_of(condition: &Condition, at: &Spot, input: &Input<'_>, verdict: Verdict) -> Option<Step> {
    let at = at.clone();
    match input {
        Input::Timer { .. } => Some(Step::Woken { at, verdict }),
        Input::Expire { .. } => None,
        Input::Event(event) => {
            let member = condition.members.get(usize::from(event.member));
            let name = member.map_or_else(|| Arc::from(""), |member| member.name.clone());
            Some(Step::Delivered { identity: event.identity, at, member: event.member, name, verdict })
        }
    }
}
