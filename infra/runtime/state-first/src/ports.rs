//! What the turn needs of its host beside the store: queues, claims, callers, and how much time is left.

use std::future::Future;

use fanin_event::{Span, Timestamp};
use fanin_rule::{Action, Outcome};
use fanin_store::state::StateError;

/// The two queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Inputs of instances: events, derived events, wake-ups.
    Conditions,
    /// Inputs of runs: starts, answers, wake-ups.
    Rules,
}

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its text.
    pub body: String,
    /// Not to be delivered before so long; zero, or up to fifteen minutes.
    pub delay: Span,
}

/// A message as a worker receives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The queue's own id of the message: the identity of a body that has none.
    pub id: String,
    /// Its text.
    pub body: String,
    /// When it entered the queue: the acceptance time of an event. The same at every redelivery.
    pub sent: Timestamp,
    /// When it was received for the first time: what this turn takes for now. Never before `sent`.
    pub received: Timestamp,
    /// How often it was received, from 1.
    pub attempt: u32,
}

/// What becomes of a received message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// Everything that follows from it is safe: the queue may forget it.
    Done,
    /// The queue has to deliver it again.
    Again,
}

/// Sends messages. At least once: a message may be delivered twice, never lost once the send is acknowledged.
pub trait Queue: Send + Sync {
    /// Sends; the answers are in the order of the messages.
    fn send(
        &self,
        lane: Lane,
        messages: Vec<Outgoing>,
    ) -> impl Future<Output = Vec<Result<(), StateError>>> + Send;
}

/// Payloads that are put aside (claim check).
pub trait Claims: Send + Sync {
    /// Puts a payload; the same key always gets the same payload.
    fn put(&self, key: &str, body: &str) -> impl Future<Output = Result<(), StateError>> + Send;

    /// Gets a payload.
    fn get(&self, key: &str) -> impl Future<Output = Result<Option<String>, StateError>> + Send;
}

/// What a call is known by when its answer comes back by another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallTag {
    /// The plan's version.
    pub plan: String,
    /// The target's own limit: past it the call has failed with `States.Timeout`.
    pub timeout: Span,
    /// What this worker has left for the call. Where that is over first, nothing is known: [`Called::Unfinished`].
    pub left: Span,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Called {
    /// The target has answered.
    Answered(Outcome),
    /// The target has taken it; the answer comes as a message.
    Accepted,
    /// The worker's time was over before the target answered: the call is made again, with the same id.
    Unfinished,
}

/// Makes calls. A failure of the target is an outcome, never an error.
pub trait Caller: Send + Sync {
    /// Makes one call.
    fn call(&self, action: &Action, tag: &CallTag) -> impl Future<Output = Called> + Send;
}

/// How long this invocation may still work.
pub trait Deadline: Send + Sync {
    /// What is left.
    fn left(&self) -> Span;
}
