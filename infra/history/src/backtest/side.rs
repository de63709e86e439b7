//! One of the two versions at play: an engine in virtual time, and what comes out of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{Action, Emitted, FunctionKind, Outcome};
use fanin_runtime::{ActivateError, Engine, Notice, OutcomeRef, Reception, Record, Step};

use super::happening::{Call, Happening, KeyParts};
use super::names::Renames;
use super::report::What;
use super::{BacktestError, TooMuch};
use crate::limits::MAX_ENDED_KEYS;

/// A run in progress: how it is known on both sides.
#[derive(Debug)]
struct RunKnown {
    pair: Identity,
    key: KeyParts,
}

/// An answer on its way.
#[derive(Debug)]
struct Answer {
    run: Identity,
    index: u32,
    attempt: u32,
    outcome: Outcome,
}

/// The captures of an event under one of its names.
type Captures = Vec<(Arc<str>, Box<str>)>;

/// The version.
#[derive(Debug, Default)]
pub(super) struct Side {
    pub(super) engine: Engine,
    /// Its names as the old version has them.
    renames: Renames,
    /// The stubs of the current plan.
    pub(super) functions: HashMap<Arc<str>, FunctionKind>,
    /// It has rules: time has to pass step by step, for calls to be answered in between.
    calls: bool,
    answers: BTreeMap<(Timestamp, u64), Answer>,
    planned: u64,
    /// How often each key of each condition has ended.
    ended: HashMap<Identity, u32>,
    runs: HashMap<Identity, RunKnown>,
    /// Derived events of the current turn: what pairs them, and their keys.
    derived: HashMap<Identity, (Identity, KeyParts)>,
    /// The last event that was a named event.
    named: Option<(Identity, Captures)>,
    /// What came out, until it is taken.
    pub(super) out: Vec<Happening>,
}

impl Side {
    /// A version whose names are the old version's, but for `renames`.
    pub(super) fn new(renames: Renames) -> Side {
        Side { renames, ..Side::default() }
    }

    /// Makes a plan the current one.
    pub(super) fn activate(&mut self, plan: &Plan, at: Timestamp) -> Result<(), BacktestError> {
        let text = plan.to_json().map_err(ActivateError::from)?;
        self.engine.turn(&Record::Activated { at, plan: &text })?;
        self.functions = plan.functions.iter().map(|f| (f.name.clone(), f.kind.clone())).collect();
        if !self.calls && !plan.rules.is_empty() {
            self.calls = true;
            self.engine.gather_run_steps();
        }
        self.collect(at)
    }

    /// Takes a record at its moment; whatever happens before it by itself has been seen to with [`Side::step`].
    pub(super) fn take(&mut self, record: &Record<'_>) -> Result<Reception, BacktestError> {
        let reception = self.engine.turn(record)?;
        self.collect(record.at())?;
        Ok(reception)
    }

    /// Plans the answer to a call.
    pub(super) fn answer(&mut self, call: &Happening, at: Timestamp, outcome: Outcome) {
        let Some(target) = &call.call else { return };
        self.planned += 1;
        let (run, index, attempt) = (target.run, call.index, call.nth);
        self.answers.insert((at, self.planned), Answer { run, index, attempt, outcome });
    }

    /// Does the next thing that happens by itself: a timer before `until`, or an answer up to and at it. False: there is
    /// none.
    pub(super) fn step(&mut self, until: Timestamp) -> Result<bool, BacktestError> {
        if !self.calls {
            return Ok(false);
        }
        let due = self.engine.next_due();
        let answer = self.answers.first_key_value().map(|((at, _), _)| *at);
        let at = if let Some(at) = answer.filter(|at| *at <= until && *at <= due) {
            if let Some((_, answer)) = self.answers.pop_first() {
                let outcome = match &answer.outcome {
                    Outcome::Done { result } => OutcomeRef::Done(result),
                    Outcome::Failed { error, cause } => OutcomeRef::Failed(error, cause),
                };
                let Answer { run, index, attempt, .. } = answer;
                self.engine.turn(&Record::Settled { at, run, index, attempt, outcome })?;
            }
            at
        } else if due < until {
            self.engine.turn(&Record::Tick { at: due })?;
            due
        } else {
            return Ok(false);
        };
        self.collect(at)?;
        Ok(true)
    }

    /// Lets time pass up to and including `at`. True: something may have come out that wants to be answered.
    pub(super) fn tick(&mut self, at: Timestamp) -> Result<bool, BacktestError> {
        if self.engine.next_due() > at {
            return Ok(false);
        }
        self.engine.turn(&Record::Tick { at })?;
        self.collect(at)?;
        Ok(true)
    }

    /// Takes what the last turn gave out, which was at `at` as far as it was calls.
    fn collect(&mut self, at: Timestamp) -> Result<(), BacktestError> {
        let outbox = self.engine.outbox();
        let steps = self.engine.take_steps();
        let claims: HashMap<String, String> = outbox.claims.into_iter().collect();
        let of_runs = |step: &Step| match step {
            Step::Completed { emitted, .. } => Some(emitted.identity),
            _ => None,
        };
        let of_runs: HashSet<Identity> = steps.iter().filter_map(of_runs).collect();
        for notice in outbox.derived {
            if !of_runs.contains(&notice.identity) {
                self.ending(notice, &claims)?;
            }
        }
        for step in steps {
            match step {
                Step::Named { identity, captures, .. } => self.named = Some((identity, captures)),
                Step::Triggered { identity, rule, run, known: false } => self.started(identity, &rule, run),
                Step::Called(action) => self.called(*action, at),
                Step::Completed { run, rule, emitted } => self.completed(run, rule, *emitted),
                _ => {}
            }
        }
        self.derived.clear();
        Ok(())
    }

    /// A round of a condition has ended.
    fn ending(&mut self, notice: Notice, claims: &HashMap<String, String>) -> Result<(), BacktestError> {
        let base = notice.name.strip_suffix(".timeout");
        let timed_out = base.is_some();
        let name = self.renames.condition(&base.map_or_else(|| notice.name.clone(), Arc::from));
        let mut parts: Vec<&str> = vec![&name];
        parts.extend(notice.captures.iter().map(|(_, value)| &**value));
        let nth = number_of(&mut self.ended, Identity::of(&parts), MAX_ENDED_KEYS)?;
        let number = nth.to_string();
        parts.push(&number);
        let pair = Identity::of(&parts);
        let claim = if claims.is_empty() {
            None
        } else {
            let id = notice.identity.to_uuid();
            claims.iter().find(|(key, _)| key.contains(&id)).map(|(_, body)| body.as_str().into())
        };
        let key: KeyParts = notice.captures.into();
        if self.calls {
            self.derived.insert(notice.identity, (pair, key.clone()));
        }
        self.out.push(Happening {
            pair,
            what: What::Ending,
            name,
            key,
            nth,
            index: 0,
            at: notice.at,
            identity: notice.identity,
            outcome: Cow::Borrowed(if timed_out { "timed out" } else { "fired" }),
            text: notice.envelope.into(),
            claim,
            call: None,
        });
        Ok(())
    }

    /// An event has started a run of a rule.
    fn started(&mut self, cause: Identity, rule: &Arc<str>, run: Identity) {
        let (cause, key) = match (self.derived.get(&cause), &self.named) {
            (Some((pair, key)), _) => (*pair, key.clone()),
            (None, Some((identity, captures))) if *identity == cause => {
                (cause, captures.iter().map(|(name, value)| (name.clone(), Arc::from(&**value))).collect())
            }
            _ => (cause, KeyParts::from([])),
        };
        let pair = Identity::of(&["run", &self.renames.rule(rule), &cause.to_uuid()]);
        self.runs.insert(run, RunKnown { pair, key });
    }

    fn called(&mut self, action: Action, at: Timestamp) {
        let Some(run) = self.runs.get(&action.run) else { return };
        let (index, attempt) = (action.index.to_string(), action.attempt.to_string());
        self.out.push(Happening {
            pair: Identity::of(&["call", &run.pair.to_uuid(), &index, &attempt]),
            what: What::Call,
            name: self.renames.rule(&action.rule),
            key: run.key.clone(),
            nth: action.attempt,
            index: action.index,
            at,
            identity: action.id.0,
            outcome: Cow::Borrowed("called"),
            text: (&*action.payload).into(),
            claim: None,
            call: Some(Box::new(Call { run: action.run, rule: action.rule, target: action.target })),
        });
    }

    fn completed(&mut self, run: Identity, rule: Arc<str>, emitted: Emitted) {
        let Some(known) = self.runs.remove(&run) else { return };
        let pair = Identity::of(&["end", &known.pair.to_uuid()]);
        self.derived.insert(emitted.identity, (pair, known.key.clone()));
        let ending = emitted.name.strip_prefix(&*rule).and_then(|rest| rest.strip_prefix('.'));
        let outcome = match ending {
            Some("done") => Cow::Borrowed("done"),
            Some("failed") => Cow::Borrowed("failed"),
            _ => Cow::Owned(emitted.name.to_string()),
        };
        self.out.push(Happening {
            pair,
            what: What::RunEnd,
            name: self.renames.rule(&rule),
            key: known.key,
            nth: 1,
            index: 0,
            at: emitted.at,
            identity: emitted.identity,
            outcome,
            text: emitted.envelope.into(),
            claim: emitted.claim.map(|claim| claim.body.into()),
            call: None,
        });
    }
}

/// The number of this ending of a key, from 1; at most `limit` keys are known.
fn number_of(ended: &mut HashMap<Identity, u32>, key: Identity, limit: usize) -> Result<u32, TooMuch> {
    let nth = ended.entry(key).or_insert(0);
    *nth = nth.saturating_add(1);
    let nth = *nth;
    if ended.len() > limit {
        return Err(TooMuch { what: "keys that ended", limit: limit as u64 });
    }
    Ok(nth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_ended_are_numbered_and_bounded() {
        let mut ended = HashMap::new();
        let mut number = |key: &str, limit| number_of(&mut ended, Identity::of(&[key]), limit);
        assert_eq!((number("a", 2), number("b", 2), number("a", 2)), (Ok(1), Ok(1), Ok(2)));
        assert_eq!(number("c", 2).unwrap_err().what, "keys that ended");
    }
}
