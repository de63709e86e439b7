//! The last calls that ended, and how many wait, run and have ended, by rule.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use fanin_dispatch::Settled;
use fanin_event::Timestamp;
use fanin_rule::{Action, Outcome};

use crate::limits::{MAX_CALL_BYTES, MAX_CALLS};

/// A call that ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) at: Timestamp,
    pub(crate) action: Action,
    pub(crate) outcome: Outcome,
    /// Milliseconds; queueing not counted.
    pub(crate) took: f64,
}

impl Ended {
    fn bytes(&self) -> usize {
        let outcome = match &self.outcome {
            Outcome::Done { result } => result.len(),
            Outcome::Failed { error, cause } => error.len() + cause.len(),
        };
        self.action.payload.len() + outcome
    }
}

/// Calls of one rule since the host started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OfRule {
    pub(crate) begun: u64,
    pub(crate) done: u64,
    pub(crate) failed: u64,
}

impl OfRule {
    /// Those that wait or run.
    pub(crate) fn running(self) -> u64 {
        self.begun.saturating_sub(self.done + self.failed)
    }
}

/// The memory of calls.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    ended: VecDeque<Arc<Ended>>,
    bytes: usize,
    by_rule: HashMap<Arc<str>, OfRule>,
}

impl Calls {
    pub(crate) fn begun(&mut self, actions: &[Action]) {
        for action in actions {
            self.of(&action.rule).begun += 1;
        }
    }

    pub(crate) fn ended(&mut self, settled: &Settled, at: Timestamp) {
        let Settled { action, outcome, took } = settled;
        let of = self.of(&action.rule);
        match outcome {
            Outcome::Done { .. } => of.done += 1,
            Outcome::Failed { .. } => of.failed += 1,
        }
        let took = took.as_secs_f64() * 1e3;
        let ended = Ended { at, action: action.clone(), outcome: outcome.clone(), took };
        self.bytes += ended.bytes();
        self.ended.push_back(Arc::new(ended));
        while self.ended.len() > 1
            && (self.ended.len() > MAX_CALLS || self.bytes > MAX_CALL_BYTES)
            && let Some(oldest) = self.ended.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
        }
    }

    fn of(&mut self, rule: &Arc<str>) -> &mut OfRule {
        // Names are few: a rule is new once.
        if !self.by_rule.contains_key(rule) {
            self.by_rule.insert(rule.clone(), OfRule::default());
        }
        self.by_rule.entry(rule.clone()).or_default()
    }

    /// All that are kept, the oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Ended>> {
        self.ended.iter().cloned().collect()
    }

    /// Counters of a rule.
    pub(crate) fn of_rule(&self, rule: &str) -> OfRule {
        self.by_rule.get(rule).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fanin_event::Identity;
    use fanin_rule::{ActionId, SendTarget, Target};

    use super::*;

    fn settled(result: usize) -> Settled {
        let action = Action {
            id: ActionId(Identity([0; 16])),
            run: Identity([0; 16]),
            index: 0,
            attempt: 1,
            rule: "r".into(),
            workflow: "w".into(),
            target: Target::Send(SendTarget::Log("l".into())),
            payload: "{}".into(),
        };
        Settled { action, outcome: Outcome::Done { result: "x".repeat(result) }, took: Duration::ZERO }
    }

    #[test]
    fn so_many_are_kept_and_all_are_counted() {
        let mut calls = Calls::default();
        calls.begun(&vec![settled(1).action; MAX_CALLS + 3]);
        (0..MAX_CALLS).for_each(|_| calls.ended(&settled(1), Timestamp(0)));
        assert_eq!(calls.all().len(), MAX_CALLS);
        calls.ended(&settled(1), Timestamp(1));
        assert_eq!((calls.all().len(), calls.of_rule("r").running()), (MAX_CALLS, 2));
        assert_eq!(calls.bytes, 3 * MAX_CALLS);
        calls.ended(&settled(MAX_CALL_BYTES), Timestamp(2));
        assert_eq!((calls.all().len(), calls.of_rule("r").done), (1, MAX_CALLS as u64 + 2));
    }
}
