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
    /// It has ended.
    Settled(Outcome),
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
                *self = Phase::Settled(failed(NO_RESPONSE, cause));
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
            *self = Phase::Settled(outcome);
        }
        expected
    }

    /// The bootstrap reports that it cannot start: the call it would have got fails.
    pub(super) fn refuse(&mut self, outcome: Outcome) {
        if matches!(self, Phase::Offered(_) | Phase::Delivered { .. }) {
            *self = Phase::Settled(outcome);
        }
    }

    /// Whether a bootstrap that asks need not wait.
    pub(super) fn is_deliverable(&self) -> bool {
        matches!(self, Phase::Offered(_) | Phase::Delivered { .. })
    }
}
