//! One thing that happened, as `fanin events` tells it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::moment::Moment;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    /// An event came from outside.
    Event,
    /// An event is one of the named events.
    Named,
    /// A condition fired.
    Fired,
    /// A condition timed out.
    Timeout,
    /// A run of a rule ended and said so: `RULE.done`, `RULE.failed`, or what a `catch` emits.
    Completed,
    /// A call was to be made.
    Called,
    /// A call ended.
    Settled,
    /// Something went to the dead letters.
    Dead,
    /// A person stepped in: an instance was dropped, expired or waived, a dead letter tried again.
    Operated,
    /// A version of the workflow became the current one.
    Activated,
}

impl EntryKind {
    /// All of them.
    pub const ALL: [EntryKind; 10] = [
        EntryKind::Event,
        EntryKind::Named,
        EntryKind::Fired,
        EntryKind::Timeout,
        EntryKind::Completed,
        EntryKind::Called,
        EntryKind::Settled,
        EntryKind::Dead,
        EntryKind::Operated,
        EntryKind::Activated,
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            EntryKind::Event => "event",
            EntryKind::Named => "named",
            EntryKind::Fired => "fired",
            EntryKind::Timeout => "timeout",
            EntryKind::Completed => "completed",
            EntryKind::Called => "called",
            EntryKind::Settled => "settled",
            EntryKind::Dead => "dead",
            EntryKind::Operated => "operated",
            EntryKind::Activated => "activated",
        }
    }

    /// The kind that a word stands for.
    #[must_use]
    pub fn of_word(word: &str) -> Option<EntryKind> {
        EntryKind::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether it stands in the log itself, and need not be derived from it.
    #[must_use]
    pub fn is_recorded(self) -> bool {
        matches!(self, EntryKind::Event | EntryKind::Named | EntryKind::Operated | EntryKind::Activated)
    }
}

/// One thing that happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The frame of the log in which it happened.
    pub frame: u64,
    /// When.
    pub at: Moment,
    /// What kind of thing.
    pub kind: EntryKind,
    /// The event's names, the condition, the rule, the code of a dead letter, the workflow.
    pub name: String,
    /// Captures, or the correlation key.
    pub key: BTreeMap<String, String>,
    /// The envelope's id; of a call the action's id, of a dead letter its number, of a workflow its version.
    pub id: String,
    /// Of an event the identity, as a UUID: what makes a repetition a repetition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// What else there is to say, for people.
    pub note: String,
    /// Of an event: none of the named events.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unmatched: bool,
    /// The envelope, the payload of a call, the answer to it, the payload of a dead letter; a text that is no JSON as a
    /// string. None where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
}

/// A JSON text as it is; any other text as a string.
pub(super) fn body(text: &str) -> Option<Box<RawValue>> {
    let whole = RawValue::from_string(text.to_owned()).ok();
    whole.or_else(|| serde_json::value::to_raw_value(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_word() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::of_word(kind.word()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.word()));
        }
        assert_eq!(EntryKind::of_word("Event"), None);
    }

    #[test]
    fn a_text_stays_as_it_is() {
        assert_eq!(body("{\"n\":1.50}").unwrap().get(), "{\"n\":1.50}");
        assert_eq!(body("not json").unwrap().get(), "\"not json\"");
    }
}
