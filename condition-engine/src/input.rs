//! What goes into a decision and what comes out of it.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};

use crate::operate::Operator;

/// One input to one instance. Every input may be repeated or reordered.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// An event of a member.
    Event(MemberEvent<'a>),
    /// Time has come to `now` and the instance asked to be woken by then.
    Timer {
        /// The moment of the wake-up; acts on everything due at or before it.
        now: Timestamp,
    },
    /// A person ends the open round: as if its deadline had come.
    Expire {
        /// The moment.
        now: Timestamp,
        /// Who, and why.
        operator: Operator<'a>,
    },
}

/// An event as one member of one condition.
#[derive(Clone, Copy, Debug)]
pub struct MemberEvent<'a> {
    /// Index into [`Condition::members`](crate::Condition::members).
    pub member: u16,
    /// What makes a repetition a repetition.
    pub identity: Identity,
    /// The envelope's `id`.
    pub id: &'a str,
    /// When it entered; all durations count this.
    pub accepted: Timestamp,
    /// The event's own time; only `sequence` orders by it.
    pub time: Timestamp,
    /// Values of [`Member::captures`](crate::Member::captures), in that order.
    pub captures: &'a [&'a str],
    /// The whole envelope, JSON text.
    pub envelope: &'a str,
    /// How many derived events led here; what is derived from it has one more.
    pub hops: u8,
    /// A person took the member as given.
    pub waived: Option<Operator<'a>>,
}

/// What became of one input at one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Counted; the condition is not met yet.
    Waiting,
    /// Counted, and the condition fired.
    Fired,
    /// Seen before: changed nothing.
    Duplicate,
    /// The instance is closed (or its window is spent); counted as late, changed nothing else.
    Late,
    /// A deadline passed: closed with a timeout, silently, or the round ended.
    Expired,
    /// Nothing to do: a name whose slot is filled, a timer that was moved, a value that says nothing new.
    Ignored,
    /// Could not be taken; an [`Effect::Rejected`] says why.
    Rejected,
    /// `retain` is over: the host drops the instance.
    Forgotten,
}

/// What follows from an input: each is an outbox entry of the turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// A derived event: a firing or a timeout.
    Derived(Derived),
    /// The input event belongs into the dead letters.
    Rejected {
        /// Stable code, as in docs/errors.
        code: &'static str,
        /// What is wrong and what to do.
        reason: String,
    },
}

/// A derived event, whole: the same bytes whatever crashes, repeats or races.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// Deterministic; its text form is the envelope's `id`.
    pub identity: Identity,
    /// `NAME` or `NAME.timeout`.
    pub name: Arc<str>,
    /// The moment it was decided: its time and its acceptance time.
    pub at: Timestamp,
    /// The correlation key's values, in the order of `by`: the captures of the derived event.
    pub captures: Vec<Arc<str>>,
    /// One more than the highest of its causes.
    pub hops: u8,
    /// The EventBridge envelope, JSON text.
    pub envelope: String,
    /// Members that are too large for the envelope; the envelope carries the reference.
    pub claim: Option<Claim>,
}

/// A payload put aside into the object store (claim check).
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Object key: deterministic, from the derived id.
    pub key: String,
    /// JSON text.
    pub body: String,
}
