//! What a story is told in: the JSON document of `fanin explain`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::history::KnownFrom;
use crate::moment::Moment;

/// The answer to a question about an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// What became of it.
    Story(Box<Story>),
    /// Several events fit what was asked for.
    Several {
        /// Some of them.
        candidates: Vec<EventTold>,
        /// There are more.
        more: bool,
    },
    /// No event fits.
    Unknown {
        /// From where on that is certain.
        known_from: KnownFrom,
    },
}

/// What became of one event, and what it came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Story {
    /// From where on everything is known.
    pub known_from: KnownFrom,
    /// The event.
    pub event: EventTold,
    /// What it came from, unless it came from outside.
    pub because: Option<Because>,
    /// What it set off.
    pub effects: Vec<Effect>,
    /// For an event that is none of the named ones: how near it came to each, the nearest first.
    pub near_misses: Vec<Miss>,
    /// There was more than a story holds: something is left out.
    pub cut: bool,
}

/// What an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// It came from outside.
    Raw,
    /// A condition fired.
    Fired,
    /// A condition timed out.
    Timeout,
    /// A run of a rule ended.
    Completed,
    /// A person took a member as given.
    Waived,
}

/// Who stepped in, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorTold {
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

/// An event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EventTold {
    /// The envelope's id.
    pub id: String,
    /// Its identity as a UUID: what makes a repetition a repetition.
    pub identity: String,
    /// What it is.
    pub kind: EventKind,
    /// When it was accepted, or decided.
    pub at: Moment,
    /// The frame of the log in which that happened.
    pub frame: u64,
    /// The names it has in the workflow. Empty: it is none of the named events.
    pub names: Vec<NameTold>,
    /// The way it came in; none for a derived one.
    pub origin: Option<String>,
    /// The envelope's `source`.
    pub source: String,
    /// The envelope's `detail-type`.
    pub detail_type: String,
    /// When it came again, at most 20 moments.
    pub again: Vec<Moment>,
    /// How often it came in all.
    pub times: u64,
    /// The envelope; only of the event that was asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope: Option<Value>,
    /// A person took it as given: no event came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<OperatorTold>,
}

/// A name of an event, with its captures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameTold {
    /// The name.
    pub name: String,
    /// Values of its captures.
    pub captures: BTreeMap<String, String>,
}

/// An instance in one of its rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceTold {
    /// The condition.
    pub condition: String,
    /// The correlation key by name.
    pub key: BTreeMap<String, String>,
    /// This life of the key, 16 hex digits.
    pub generation: String,
    /// The round.
    pub round: u32,
}

/// What an event came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Because {
    /// The round of an instance ended.
    Round {
        /// Which.
        place: PlaceTold,
        /// It was the time that ended it, not an event.
        by_time: bool,
        /// What it had counted.
        count: u64,
        /// What it lacked: names, or a number.
        missing: Value,
        /// A person ended it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operator: Option<OperatorTold>,
        /// What came to it and counted, in order.
        members: Vec<Caused>,
        /// Members that are not listed.
        not_shown: u64,
    },
    /// A run of a rule ended.
    Run {
        /// Which.
        run: RunTold,
        /// The event that started it.
        cause: Box<Caused>,
    },
    /// It lies before what is known.
    Forgotten,
}

/// An event that something came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Caused {
    /// The name under which it counted.
    pub name: String,
    /// The event.
    pub event: EventTold,
    /// What it came from in its turn.
    pub because: Option<Because>,
    /// The rest of this branch stands elsewhere in the story.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_elsewhere: bool,
}

/// What became of an event at an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It counted.
    Counted,
    /// It counted, and the condition fired.
    Completed,
    /// The same event had come before.
    Duplicate,
    /// The instance was closed.
    Late,
    /// Its slot was filled, its value known.
    Extra,
    /// It could not be taken, and went to the dead letters.
    Rejected,
}

/// One thing that an event set off.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Effect {
    /// It came to an instance.
    Reached {
        /// Which.
        place: PlaceTold,
        /// As which member.
        member: String,
        /// When.
        at: Moment,
        /// What became of it there.
        fate: Fate,
        /// What the round had counted then.
        count: u64,
        /// What it needed.
        needed: Option<u64>,
        /// How the round stands at the end of what is known; none: it is over.
        open: Option<OpenTold>,
        /// A person dropped the instance, so that nothing came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        dropped: Option<OperatorTold>,
        /// What the round gave out in the end.
        then: Option<Box<Consequence>>,
    },
    /// It started a run of a rule.
    Ran {
        /// Which.
        run: RunTold,
        /// When.
        at: Moment,
        /// The same event had started it before, so nothing happened.
        known: bool,
        /// How it ended.
        then: Option<Box<Consequence>>,
    },
    /// It went to the dead letters.
    Died {
        /// The letter.
        letter: LetterTold,
    },
}

/// A round that is still under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTold {
    /// What it has counted.
    pub count: u64,
    /// What it needs; none: that is not known yet.
    pub needed: Option<u64>,
    /// When it times out, or fires because nothing came.
    pub deadline: Option<Moment>,
}

/// A derived event and what it set off in its turn.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Consequence {
    /// The event.
    pub event: EventTold,
    /// How many members it had.
    pub count: Option<u64>,
    /// What it set off.
    pub effects: Vec<Effect>,
    /// It stands elsewhere in the story, with its effects.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told_elsewhere: bool,
}

/// A run of a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunTold {
    /// The rule.
    pub rule: String,
    /// Its identity as a UUID.
    pub id: String,
    /// Whom it calls.
    pub target: String,
    /// Calls, in the order in which they were made.
    pub calls: Vec<CallTold>,
    /// Calls in all.
    pub made: u64,
    /// Of these, calls that ended well.
    pub done: u64,
    /// Of these, calls that ended badly.
    pub failed: u64,
    /// What it gave up.
    pub letters: Vec<LetterTold>,
}

/// A call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallTold {
    /// The action's id: the target's idempotency key.
    pub action: String,
    /// The item of a `map`, else 0.
    pub index: u32,
    /// 1 for the first call.
    pub attempt: u32,
    /// When it was to be made.
    pub at: Moment,
    /// What it was given; cut where it is long.
    pub input: String,
    /// When it ended; none: no answer is known.
    pub ended: Option<Moment>,
    /// What it answered; cut where it is long.
    pub result: Option<String>,
    /// The name of its error.
    pub error: Option<String>,
    /// Why it failed.
    pub cause: Option<String>,
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterTold {
    /// Its number.
    pub number: u64,
    /// When.
    pub at: Moment,
    /// Code or error name.
    pub code: String,
    /// Why.
    pub reason: String,
}

/// A named event that an event is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Miss {
    /// The name.
    pub name: String,
    /// The field that stands in the way; empty where it is none in particular.
    pub field: String,
    /// Why, as a sentence.
    pub reason: String,
    /// How many fields are as asked for.
    pub matched: usize,
    /// Of how many.
    pub of: usize,
}
