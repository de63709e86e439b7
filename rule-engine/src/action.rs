//! One call of a target: its stable id, its cause and its outcome.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};

use crate::rule::Target;

/// The stable id of an action: the target's idempotency key. A retry or a call after a crash has the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionId(pub Identity);

impl std::fmt::Display for ActionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_uuid())
    }
}

/// The event that started a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// Its identity.
    pub identity: Identity,
    /// The name it had for the rule: one of its `when`.
    pub name: Arc<str>,
    /// The whole envelope, JSON text.
    pub envelope: Arc<str>,
    /// Values of [`Rule::captures`](crate::Rule::captures), in that order.
    pub captures: Vec<Arc<str>>,
    /// Its hops.
    pub hops: u8,
    /// Its acceptance time.
    pub accepted: Timestamp,
}

/// A call to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Stable.
    pub id: ActionId,
    /// The run it belongs to.
    pub run: Identity,
    /// Its place in the run: the item's index with `map`, else 0.
    pub index: u32,
    /// 1 for the first call.
    pub attempt: u32,
    /// Name of the rule.
    pub rule: Arc<str>,
    /// Name of the workflow.
    pub workflow: Arc<str>,
    /// Whom to call.
    pub target: Target,
    /// JSON text.
    pub payload: Arc<str>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The target answered; JSON text.
    Done {
        /// The answer, JSON text.
        result: String,
    },
    /// The target failed or refused; retriers and catchers decide by the error name.
    Failed {
        /// Error name as ASL has them: `States.TaskFailed`, `States.Timeout`, or the function's own `errorType`.
        error: String,
        /// Why, for people.
        cause: String,
    },
}
