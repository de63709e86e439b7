//! What travels in the queues beside raw events: the wire form, JSON with a format number.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_rule::{Cause, Outcome};
use serde::{Deserialize, Serialize};

/// The wire format this binary writes.
pub(crate) const MESSAGE_FORMAT: u32 = 1;

/// An internal message. A body that is none of these is a raw event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Message {
    /// A derived event goes back to matching. To the conditions.
    Derived(DerivedMessage),
    /// An event from outside whose identity is known already: a dead letter tried again. To the conditions.
    Event {
        /// What makes a repetition a repetition.
        identity: Identity,
        /// The envelope, JSON text.
        envelope: String,
    },
    /// An instance asked to be woken. To the conditions; a hint, the instance knows its own due moment.
    Wake {
        /// The condition's name.
        condition: Arc<str>,
        /// The correlation key.
        key: String,
        /// When.
        #[serde(with = "moment")]
        due: Timestamp,
    },
    /// A page of a hot key reports to its parent. To the conditions.
    Partial {
        /// The condition's name.
        condition: Arc<str>,
        /// The correlation key.
        key: String,
        /// The parent's place; empty: the root.
        to: String,
        /// The page's place.
        from: String,
        /// The page's commit count: an older report than the one known changes nothing.
        version: u64,
        /// The page's report, encoded.
        report: String,
    },
    /// An event starts a run. To the rules.
    Start(StartMessage),
    /// A call was answered. To the rules.
    Settled(SettledMessage),
    /// A run asked to be woken for a retry. To the rules.
    WakeRun {
        /// The rule's name.
        rule: Arc<str>,
        /// The run's identity.
        run: Identity,
        /// When.
        #[serde(with = "moment")]
        due: Timestamp,
    },
    /// The real message was put aside.
    Claimed {
        /// Where.
        key: String,
    },
}

/// A derived event on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DerivedMessage {
    /// Deterministic: what makes a repetition a repetition.
    pub identity: Identity,
    /// Its name.
    pub name: Arc<str>,
    /// Names and values of its captures.
    pub captures: Vec<(Arc<str>, Arc<str>)>,
    /// When it was decided: its acceptance time wherever it goes.
    #[serde(with = "moment")]
    pub at: Timestamp,
    /// Derived events in the chain that led here, itself included.
    pub hops: u8,
    /// The envelope, JSON text.
    pub envelope: String,
    /// The names of the chain that led here, for the dead letter of one that goes too far; the newest last.
    #[serde(default)]
    pub chain: Vec<Arc<str>>,
}

/// An event on its way to a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartMessage {
    /// The rule's name.
    pub rule: Arc<str>,
    /// Identity of the cause.
    pub cause: Identity,
    /// The name the cause had for the rule.
    pub name: Arc<str>,
    /// Names and values of the cause's captures.
    pub captures: Vec<(Arc<str>, Arc<str>)>,
    /// When the cause was accepted.
    #[serde(with = "moment")]
    pub accepted: Timestamp,
    /// The cause's hops.
    pub hops: u8,
    /// The cause's envelope, JSON text.
    pub envelope: String,
    /// A person tries a dead letter again: a run that is over starts once more, with the same action ids.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// An answer on its way to its run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettledMessage {
    /// The rule's name.
    pub rule: Arc<str>,
    /// The run.
    pub run: Identity,
    /// Which action of the run.
    pub index: u32,
    /// Which attempt of it.
    pub attempt: u32,
    /// How it ended.
    pub outcome: WireOutcome,
}

/// How a call ended, on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WireOutcome {
    /// With this result, JSON text.
    Done(String),
    /// With this error name and cause.
    Failed(String, String),
}

/// A body that says it is one of ours and cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Written by a newer program.
    #[error(
        "a message of format {0}, this fanin reads up to {MESSAGE_FORMAT}: deploy the newer one everywhere"
    )]
    Newer(u32),
    /// Not what it says.
    #[error("a message of fanin cannot be read: {0}")]
    Malformed(String),
}

#[derive(Serialize, Deserialize)]
struct Wrapped<T> {
    fanin: u32,
    #[serde(flatten)]
    message: T,
}

#[derive(Deserialize)]
struct Head {
    fanin: Option<u32>,
    #[serde(rename = "do")]
    what: Option<String>,
}

impl Message {
    /// The wire form.
    #[must_use]
    pub fn to_text(&self) -> String {
        // Maps with text keys and finite numbers: writing them cannot fail.
        serde_json::to_string(&Wrapped { fanin: MESSAGE_FORMAT, message: self }).unwrap_or_default()
    }

    /// Reads a body. `None`: it is not one of ours, so it is a raw event.
    ///
    /// # Errors
    /// It says it is one of ours, and it is not, or not for this program.
    pub fn from_text(body: &str) -> Result<Option<Message>, MessageError> {
        let Ok(Head { fanin: Some(format), what: Some(_) }) = serde_json::from_str::<Head>(body) else {
            return Ok(None);
        };
        if format > MESSAGE_FORMAT {
            return Err(MessageError::Newer(format));
        }
        serde_json::from_str::<Message>(body)
            .map(Some)
            .map_err(|error| MessageError::Malformed(error.to_string()))
    }
}

impl From<Outcome> for WireOutcome {
    fn from(outcome: Outcome) -> WireOutcome {
        match outcome {
            Outcome::Done { result } => WireOutcome::Done(result),
            Outcome::Failed { error, cause } => WireOutcome::Failed(error, cause),
        }
    }
}

impl From<WireOutcome> for Outcome {
    fn from(outcome: WireOutcome) -> Outcome {
        match outcome {
            WireOutcome::Done(result) => Outcome::Done { result },
            WireOutcome::Failed(error, cause) => Outcome::Failed { error, cause },
        }
    }
}

impl StartMessage {
    /// The cause, with its captures in the order the rule has them; a missing one is empty.
    #[must_use]
    pub fn cause(&self, wanted: &[Arc<str>]) -> Cause {
        let value = |name: &Arc<str>| {
            self.captures.iter().find(|(n, _)| n == name).map_or_else(|| Arc::from(""), |(_, v)| v.clone())
        };
        Cause {
            identity: self.cause,
            name: self.name.clone(),
            envelope: self.envelope.as_str().into(),
            captures: wanted.iter().map(value).collect(),
            hops: self.hops,
            accepted: self.accepted,
        }
    }
}

/// A moment as milliseconds.
mod moment {
    use fanin_event::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(from).map(Timestamp)
    }
}
