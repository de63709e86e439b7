//! What follows from a step of a run.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};

use crate::action::{Action, ActionId, Outcome};
use crate::rule::Target;

/// What follows from a step of a run: each is an outbox entry of the turn.
#[derive(Clone, Debug, PartialEq)]
pub enum RunEffect {
    /// Call a target.
    Dispatch(Action),
    /// The run is over and says so; at most one for a run.
    Emit(Emitted),
    /// An action is given up: no retrier is left and no catcher names its error.
    DeadLetter(DeadLetter),
}

/// A completion: an event, whole. The same bytes whatever crashes, repeats or races.
#[derive(Clone, Debug, PartialEq)]
pub struct Emitted {
    /// Deterministic; its text form is the envelope's `id`.
    pub identity: Identity,
    /// `RULE.done`, `RULE.failed` or what a catcher emits.
    pub name: Arc<str>,
    /// The moment it was decided: its time and its acceptance time.
    pub at: Timestamp,
    /// Those of the cause: values of [`Rule::captures`](crate::Rule::captures), in that order.
    pub captures: Vec<Arc<str>>,
    /// One more than those of the cause.
    pub hops: u8,
    /// The EventBridge envelope, JSON text.
    pub envelope: String,
    /// A result that is too large for the envelope; the envelope carries `{"$claim": key}` in its place.
    pub claim: Option<ResultClaim>,
}

/// A result put aside into the object store (claim check).
#[derive(Clone, Debug, PartialEq)]
pub struct ResultClaim {
    /// Object key: deterministic, from the completion's identity.
    pub key: String,
    /// JSON text.
    pub body: String,
}

/// An action that is given up, with all that is needed to make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// The action.
    pub action: ActionId,
    /// The run it belonged to.
    pub run: Identity,
    /// Its place in the run.
    pub index: u32,
    /// Name of the workflow.
    pub workflow: Arc<str>,
    /// Name of the rule.
    pub rule: Arc<str>,
    /// Whom it called.
    pub target: Target,
    /// The payload, JSON text. Where none could be made: the envelope of the event that started the run.
    pub payload: Arc<str>,
    /// Error name of the last attempt.
    pub error: String,
    /// Why, for people.
    pub cause: String,
    /// Attempts made; 0 when the run could not start.
    pub attempts: u32,
    /// When it was given up.
    pub at: Timestamp,
}

/// The answer to one call: [`Action::index`], [`Action::attempt`] and how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    /// Which action of the run.
    pub index: u32,
    /// Which attempt of it.
    pub attempt: u32,
    /// How it ended.
    pub outcome: Outcome,
}

impl Settlement {
    /// The answer `outcome` to `action`.
    #[must_use]
    pub fn of(action: &Action, outcome: Outcome) -> Settlement {
        Settlement { index: action.index, attempt: action.attempt, outcome }
    }
}
