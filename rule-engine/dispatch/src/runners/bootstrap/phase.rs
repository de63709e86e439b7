//! Where an instance stands with its one call: the states that the caller and the Runtime API share.

use bytes::Bytes;
use fanin_rule::Outcome;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::errors::{NO_RESPONSE, failed};
use crate::limits::MAX_DELIVERIES;

/// A call as the Runtime API hands it out.
#[derive(Clone, Debug)]
pub(super) struct Invocation {
    /// The action's id: the Lambda request id.
    pub(super) id: String,
    pub(super) payload: Bytes,
    /// Client context, JSON text.
    pub(super) context: String,
    pub(super) timeout: Duration,
}

/// Idle -> Offered -> Delivered -> Settled -> Idle.
#[derive(Clone, Debug)]
pub(super) enum Phase {
    /// No call.
    Idle,
    /// A call waits to be asked for.
    Offered(Invocation),
    /// The bootstrap has the call; how often it was handed out, and until when (Unix milliseconds).
    Delivered { invocation: Invocation, times: u8, deadline: u128 },
    /// It has ended. `delivered`: the bootstrap had it.
    Settled { outcome: Outcome, delivered: bool },
}

/// What the bootstrap gets when it asks.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) invocation: Invocation,
    pub(super) deadline: u128,
}

impl Phase {
    /// Hands the call out, if there is one. A bootstrap that asks again without having answered (its connection broke)
    /// gets the same call again, so many times.
    pub(super) fn deliver(&mut self) -> Option<Delivery> {
        match std::mem::replace(self, Phase::Idle) {
            Phase::Offered(invocation) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let deadline = now.saturating_add(invocation.timeout).as_millis();
                *self = Phase::Delivered { invocation: invocation.clone(), times: 1, deadline };
                Some(Delivery { invocation, deadline })
            }
            Phase::Delivered { invocation, times, deadline } if times < MAX_DELIVERIES => {
                *self = Phase::Delivered { invocation: invocation.clone(), times: times + 1, deadline };
                Some(Delivery { invocation, deadline })
            }
            Phase::Delivered { .. } => {
                let cause = "the bootstrap asked for the next call without having answered this one";
                *self = Phase::Settled { outcome: failed(NO_RESPONSE, cause), delivered: true };
                None
            }
            other => {
                *self = other;
                None
            }
        }
    }

    /// Takes the answer to the call `id`; false when there is no such call.
    pub(super) fn settle(&mut self, id: &str, outcome: Outcome) -> bool {
        let expected = matches!(self, Phase::Delivered { invocation, .. } if invocation.id == id);
        if expected {
            *self = Phase::Settled { outcome, delivered: true };
        }
        expected
    }

    /// The bootstrap reports that it cannot start: the call it would have got fails.
    pub(super) fn refuse(&mut self, outcome: Outcome) {
        if self.is_deliverable() {
            *self = Phase::Settled { outcome, delivered: matches!(self, Phase::Delivered { .. }) };
        }
    }

    /// Whether a bootstrap that asks need not wait.
    pub(super) fn is_deliverable(&self) -> bool {
        matches!(self, Phase::Offered(_) | Phase::Delivered { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Phase {
        let invocation = Invocation {
            id: "1".to_owned(),
            payload: Bytes::new(),
            context: String::new(),
            timeout: Duration::from_secs(3),
        };
        Phase::Offered(invocation)
    }

    fn done() -> Outcome {
        Outcome::Done { result: "1".to_owned() }
    }

    #[test]
    fn a_call_is_delivered_and_settled_once() {
        let mut phase = offered();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let delivery = phase.deliver().unwrap();
        assert!((now + 2_900..now + 4_000).contains(&delivery.deadline));
        assert!(!phase.settle("2", done()), "an answer to another call");
        assert!(phase.settle("1", done()));
        assert!(!phase.settle("1", failed("A", "late")), "a second answer");
        assert!(matches!(phase, Phase::Settled { outcome: Outcome::Done { .. }, delivered: true }));
        assert!(phase.deliver().is_none());
    }

    #[test]
    fn a_broken_connection_gets_the_call_again_so_many_times() {
        let mut phase = offered();
        let deadline = phase.deliver().unwrap().deadline;
        for _ in 1..MAX_DELIVERIES {
            assert_eq!(phase.deliver().unwrap().deadline, deadline, "the deadline does not move");
        }
        assert!(phase.deliver().is_none());
        let Phase::Settled { outcome: Outcome::Failed { error, .. }, delivered: true } = phase else {
            panic!()
        };
        assert_eq!(error, NO_RESPONSE);
    }

    #[test]
    fn a_bootstrap_that_cannot_start_fails_the_call_it_would_have_got() {
        let mut phase = offered();
        phase.refuse(failed("Runtime.InitError", "no"));
        assert!(matches!(phase, Phase::Settled { delivered: false, .. }));
        let mut idle = Phase::Idle;
        idle.refuse(failed("Runtime.InitError", "no"));
        assert!(matches!(idle, Phase::Idle));
        assert!(!idle.settle("1", done()), "no call, no answer");
    }
}
