//! What happens to one run: the messages about it, and what the worker itself finds out.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_rule::Outcome;

use super::cell::Call;
use crate::message::StartMessage;

/// One thing that happened to a run. Each may come again, and in any order.
#[derive(Clone, Debug)]
pub(super) struct Input {
    /// When: what the step takes for now.
    pub(super) at: Timestamp,
    /// The id of the message that brought it.
    pub(super) message: Arc<str>,
    /// What.
    pub(super) what: What,
}

/// What happened.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// An event starts it.
    Start(Box<StartMessage>),
    /// A call was answered.
    Answer(Call, Outcome),
    /// The target has taken a call.
    Accepted(Call),
    /// A moment has come that was asked for.
    Wake(Timestamp),
    /// The worker's time is over: somebody else goes on with the calls it has not made.
    Release,
}

/// The messages about one run in a batch.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// Name of the rule.
    pub(super) rule: Arc<str>,
    /// The run.
    pub(super) run: Identity,
    /// In the order of their acceptance.
    pub(super) inputs: Vec<Input>,
    /// Their places in the batch.
    pub(super) places: Vec<usize>,
    /// The ids of these messages, and how often each was delivered. The first owns the calls that this worker makes.
    pub(super) owners: Vec<(Arc<str>, u32)>,
    /// Nothing but first deliveries of starts: most likely there is no such run.
    pub(super) fresh: bool,
}
