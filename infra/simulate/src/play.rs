//! Plays one case: lets its events in at their moments, answers calls as declared, moves the time, and notes what comes out.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use fanin_event::{Identity, Span, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{Action, Function, FunctionKind, Outcome, Target};
use fanin_runtime::{DeadLetter, Notice};
use fanin_workflow::testfile::TestCase;

use crate::Stage;
use crate::build::{BuildError, Built, build};
use crate::limits::MAX_STEPS;
use crate::script::{Arrival, Chance, Disturbance, Happened, Script};

/// 2026-01-01T00:00:00Z: when every test starts. The start of a day, so that windows of whole hours begin there.
pub const START: Timestamp = Timestamp(1_767_225_600_000);

/// How a case is varied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variation {
    /// As it is written.
    #[default]
    Written,
    /// In another arrival order, with duplicates and crashes, all fixed by this seed.
    Shuffled(u64),
    /// As it is written, with crashes fixed by this seed.
    Crashing(u64),
}

/// A call that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Name of the function; none for a `send`.
    pub function: Option<Arc<str>>,
    /// Name of the rule.
    pub rule: Arc<str>,
    /// Which attempt.
    pub attempt: u32,
    /// JSON text.
    pub payload: Arc<str>,
    /// When.
    pub at: Timestamp,
    /// Its stable id.
    pub id: Identity,
}

/// What came out of a play.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// Derived events.
    pub derived: Vec<Notice>,
    /// Calls, each attempt once.
    pub calls: Vec<Call>,
    /// What died.
    pub dead: Vec<DeadLetter>,
    /// An id with two payloads: a fault of the engine.
    pub torn: Vec<String>,
    /// How it was played: playing this again gives the same.
    pub script: Script,
    /// What was done to the stage, in order.
    pub timeline: Vec<(Timestamp, Happened)>,
    /// The moment the play ended: the clock stops there.
    pub end: Timestamp,
}

/// A case that could not be played.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlayError {
    /// A `given` entry that no event can be made of.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The stage would not take an event.
    #[error("the event was not taken: {0}")]
    Refused(String),
    /// It does not end.
    #[error("the play does not end: more than {MAX_STEPS} steps")]
    Endless,
}

enum Step {
    Submit(Arrival),
    Settle(Box<Action>, Outcome),
}

/// Plays cases of one workflow.
#[derive(Debug)]
pub struct Player<'a> {
    plan: &'a Plan,
}

/// One play in progress.
struct Play<'a> {
    stage: &'a mut dyn Stage,
    functions: HashMap<Arc<str>, FunctionKind>,
    built: Vec<Built>,
    queue: BTreeMap<(Timestamp, u64), Step>,
    ordinal: u64,
    /// When a call's answer was first planned: a crash does not move it.
    planned: HashMap<(Identity, u32), Timestamp>,
    payloads: HashMap<Identity, String>,
    heard: HashSet<Identity>,
    played: Played,
    chance: Chance,
}

impl<'a> Player<'a> {
    /// A player of `plan`'s cases.
    #[must_use]
    pub fn new(plan: &'a Plan) -> Player<'a> {
        Player { plan }
    }

    /// Plays `case` on `stage`, which is fresh and has the plan.
    ///
    /// # Errors
    /// [`PlayError`]: the case cannot be played. What did not come out as expected is not an error but for
    /// [`check`](crate::check::check) to say.
    pub fn play(
        &self,
        case: &TestCase,
        stage: &mut dyn Stage,
        variation: Variation,
    ) -> Result<Played, PlayError> {
        let built = self.built(case)?;
        let moments = built.iter().map(|b| b.at).collect();
        let (arrivals, chance) = match variation {
            Variation::Written => (Script::written(moments).arrivals, Chance::None),
            Variation::Shuffled(seed) => Script::shuffled(moments, seed),
            Variation::Crashing(seed) => Script::crashing(moments, seed),
        };
        self.perform(case, stage, Act { built, arrivals, chance })
    }

    /// Plays `case` on `stage`, which is fresh and has the plan, exactly as a script says.
    ///
    /// # Errors
    /// As [`Player::play`].
    pub fn play_script(
        &self,
        case: &TestCase,
        stage: &mut dyn Stage,
        script: &Script,
    ) -> Result<Played, PlayError> {
        let built = self.built(case)?;
        let chance = Chance::Written(script.disturbances.clone().into());
        self.perform(case, stage, Act { built, arrivals: script.arrivals.clone(), chance })
    }

    /// Plays `case` on `stage`, which is fresh and has the plan, with events that were built before.
    pub(crate) fn play_built(
        &self,
        case: &TestCase,
        stage: &mut dyn Stage,
        built: Vec<Built>,
        (arrivals, chance): (Vec<Arrival>, Chance),
    ) -> Result<Played, PlayError> {
        self.perform(case, stage, Act { built, arrivals, chance })
    }

    /// The events of the case's `given`, in their order.
    ///
    /// # Errors
    /// [`PlayError::Build`]: an entry that no event can be made of.
    pub fn built(&self, case: &TestCase) -> Result<Vec<Built>, PlayError> {
        let mut built = Vec::with_capacity(case.given.len());
        let mut at = START;
        for (ordinal, given) in case.given.iter().enumerate() {
            at = match given.at {
                Some(after) => START.plus(after),
                None if ordinal == 0 => START,
                None => at.plus(Span(1)),
            };
            built.push(build(self.plan, given, ordinal, at)?);
        }
        Ok(built)
    }

    fn perform(&self, case: &TestCase, stage: &mut dyn Stage, act: Act) -> Result<Played, PlayError> {
        let Act { built, arrivals, chance } = act;
        let last = built.iter().map(|b| b.at).max().unwrap_or(START);
        let end = case.wait.map_or(last, |wait| last.plus(wait));
        let script = Script { arrivals, disturbances: Vec::new() };
        let mut play = Play {
            stage,
            functions: functions(&self.plan.functions, &case.functions),
            built,
            queue: BTreeMap::new(),
            ordinal: 0,
            planned: HashMap::new(),
            payloads: HashMap::new(),
            heard: HashSet::new(),
            played: Played { script, end, ..Played::default() },
            chance,
        };
        play.line_up();
        play.run(end)?;
        play.played.dead = play.stage.dead_letters();
        Ok(play.played)
    }
}

/// What a play needs beside its case and its stage.
struct Act {
    built: Vec<Built>,
    arrivals: Vec<Arrival>,
    chance: Chance,
}

fn functions(declared: &[Function], overridden: &[Function]) -> HashMap<Arc<str>, FunctionKind> {
    declared.iter().chain(overridden).map(|f| (f.name.clone(), f.kind.clone())).collect()
}

impl Play<'_> {
    /// Gives each event its arrival.
    fn line_up(&mut self) {
        for arrival in self.played.script.arrivals.clone() {
            self.push(arrival.at, Step::Submit(arrival));
        }
    }

    fn push(&mut self, at: Timestamp, step: Step) {
        self.ordinal += 1;
        self.queue.insert((at, self.ordinal), step);
    }

    fn run(&mut self, end: Timestamp) -> Result<(), PlayError> {
        for number in 0..MAX_STEPS {
            let next = self.queue.keys().next().map_or(Timestamp::NEVER, |(at, _)| *at);
            let due = self.stage.next_due();
            if next.min(due) > end || next.min(due) == Timestamp::NEVER {
                self.stage.tick(end);
                return Ok(());
            }
            // What comes at the moment of a deadline still counts: events first.
            let now = if next <= due {
                if let Some((_, step)) = self.queue.pop_first() {
                    self.step(next, step)?;
                }
                next
            } else {
                self.stage.tick(due);
                due
            };
            self.collect(now);
            self.disturb(now, number);
        }
        Err(PlayError::Endless)
    }

    fn step(&mut self, at: Timestamp, step: Step) -> Result<(), PlayError> {
        match step {
            Step::Submit(arrival) => {
                let Some(built) = self.built.get(arrival.given) else { return Ok(()) };
                self.played.timeline.push((at, Happened::Arrived(arrival)));
                self.stage.submit(at, built.identity, &built.text).map_err(PlayError::Refused)
            }
            Step::Settle(action, outcome) => {
                self.stage.settle(at, &action, &outcome);
                Ok(())
            }
        }
    }

    /// Notes what came out, and plans the answers to calls.
    fn collect(&mut self, now: Timestamp) {
        let (actions, notices) = self.stage.outbox();
        for notice in notices {
            self.one_payload(notice.identity, &notice.envelope, &notice.name);
            if self.heard.insert(notice.identity) {
                self.played.derived.push(notice);
            }
        }
        for action in actions {
            let function = match &action.target {
                Target::Invoke { function } => Some(function.clone()),
                Target::Send(_) => None,
            };
            self.one_payload(action.id.0, &action.payload, &action.rule);
            let (outcome, after) = self.answer(function.as_ref());
            let call = (action.id.0, action.attempt);
            let first = !self.planned.contains_key(&call);
            let at = *self.planned.entry(call).or_insert(now.plus(after));
            if first {
                let (rule, attempt, payload) = (action.rule.clone(), action.attempt, action.payload.clone());
                self.played.calls.push(Call { function, rule, attempt, payload, at: now, id: action.id.0 });
            }
            self.push(at.max(now), Step::Settle(Box::new(action), outcome));
        }
    }

    fn one_payload(&mut self, id: Identity, payload: &str, name: &str) {
        let before = self.payloads.entry(id).or_insert_with(|| payload.to_owned());
        if before != payload {
            self.played.torn.push(format!("{name}: id {} had another payload before", id.to_uuid()));
        }
    }

    fn answer(&self, function: Option<&Arc<str>>) -> (Outcome, Span) {
        match function.and_then(|name| self.functions.get(name)) {
            Some(FunctionKind::Respond { fail: Some(error), after, .. }) => {
                let cause = "the test says so".to_owned();
                (Outcome::Failed { error: error.clone(), cause }, *after)
            }
            Some(FunctionKind::Respond { value, after, .. }) => {
                (Outcome::Done { result: value.to_string() }, *after)
            }
            Some(_) => (Outcome::Done { result: "{}".to_owned() }, Span(0)),
            None => (Outcome::Done { result: "null".to_owned() }, Span(0)),
        }
    }

    /// Now and then the process dies, or begins a snapshot.
    fn disturb(&mut self, now: Timestamp, number: usize) {
        for disturbance in self.chance.at(number) {
            self.played.script.disturbances.push((number, disturbance));
            self.played.timeline.push((now, Happened::Disturbed(disturbance)));
            match disturbance {
                Disturbance::Snapshot(pace) => self.stage.snapshot(pace),
                Disturbance::Crash => {
                    self.stage.crash();
                    // Answers on their way are lost with the process; the calls are made again.
                    self.queue.retain(|_, step| matches!(step, Step::Submit(_)));
                    self.collect(now);
                }
            }
        }
    }
}
