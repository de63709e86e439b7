//! What a condition is: the compiled definition that `apply` decides by.

use std::sync::Arc;

use fanin_event::Span;
use serde::{Deserialize, Serialize};

/// A compiled condition. Immutable; every instance is pinned to the `version` that opened it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Name of the workflow: part of the derived events' source, `fanin.<workflow>`.
    pub workflow: Arc<str>,
    /// Name of the condition, which is the name of the event it emits.
    pub name: Arc<str>,
    /// Fingerprint of the definition and of the event definitions its members stand for.
    pub version: u64,
    /// What must have happened.
    pub kind: Kind,
    /// The names it listens to. For `All`, `Any`, `AtLeast`, `Sequence` the index is the slot. For `Count` the first is
    /// the counted one and a second one, if there, only brings `reach`. For `Absent` the first is the awaited one, a
    /// second one is `after`.
    pub members: Vec<Member>,
    /// Names of the captures that make the correlation key; empty: one instance for all.
    pub by: Vec<Arc<str>>,
    /// How long after the first member the instance (or the round) times out.
    pub within: Option<Span>,
    /// Once, or round after round.
    pub fire: Fire,
    /// What a firing carries of its members.
    pub collect: Collect,
    /// How long a closed instance is remembered.
    pub retain: Span,
}

impl Condition {
    /// An `absent` without `after`: it watches its one member, round after round.
    pub(crate) fn watches(&self) -> bool {
        matches!(self.kind, Kind::Absent { .. }) && self.members.len() < 2
    }

    /// An `absent` with `after`: it follows its second member and fires at most once.
    pub(crate) fn follows(&self) -> bool {
        matches!(self.kind, Kind::Absent { .. }) && self.members.len() >= 2
    }
}

/// What must have happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// Every member.
    All,
    /// One member.
    Any,
    /// So many different members.
    AtLeast {
        /// How many names, 1 to the number of members.
        n: u32,
    },
    /// Every member, in the order of the events' own time.
    Sequence,
    /// So many events, or distinct values, of the first member.
    Count {
        /// The number to reach.
        reach: Reach,
        /// Only with `Fire::Every`.
        window: Option<Window>,
    },
    /// No first member for `hold`: after its last one, or (with a second member, `after`) after that one.
    Absent {
        /// `for` of the language.
        hold: Span,
    },
}

/// The number a `Count` has to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Written in the workflow: 1 to 10,000,000.
    Number(u64),
    /// Brought by a capture of a member: the member whose [`Member::reach`] is set.
    Captured,
}

/// A window over acceptance time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// The members accepted in the last so long.
    Sliding(Span),
    /// Aligned to the epoch, UTC; fires at most once a window.
    Tumbling(Span),
}

/// How often an instance fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fire {
    /// Closes after the first firing or timeout.
    #[default]
    Once,
    /// Starts the next round with the next event.
    Every,
}

/// What a firing carries of its members.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Collect {
    /// Whole envelopes with captures for the first 1,000 members, then as `Captures`.
    #[default]
    Event,
    /// Id, time and captures.
    Captures,
    /// Counts only.
    None,
}

/// One name a condition listens to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// The event name: of an event, a condition, `NAME.timeout`, `RULE.done`, `RULE.failed` or an emitted name.
    pub name: Arc<str>,
    /// The captures every event of this name has, in the order its values are handed over.
    pub captures: Vec<Arc<str>>,
    /// For each name of [`Condition::by`] its place in `captures`.
    pub key: Vec<u16>,
    /// `count` with `distinct`: the place of the distinct capture.
    pub distinct: Option<u16>,
    /// This member brings `reach`: the place of that capture.
    pub reach: Option<u16>,
}
