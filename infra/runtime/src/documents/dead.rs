//! Dead letters: rows of a list, and one whole.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dead::{DeadLetter, LetterKind};

/// One dead letter of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadRow {
    /// Counting from 1, never used again.
    pub number: u64,
    /// When it died.
    pub at: String,
    /// Stable code or error name.
    pub code: String,
    /// Why, for people.
    pub reason: String,
    /// `refused`, `event`, `derived` or `action`.
    pub kind: String,
    /// What it was about: the rule of a call, the name of a derived event.
    pub subject: Option<String>,
    /// Calls made, if it was a call.
    pub attempts: Option<u32>,
    /// Identity of the event, derived event or call; bytes that were refused have none.
    pub id: Option<String>,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadPage {
    /// The letters, the oldest first.
    pub letters: Vec<DeadRow>,
    /// What to ask for with `after` to get the next page; none: this was the last.
    pub next: Option<u64>,
    /// How many there are altogether.
    pub total: usize,
    /// Older letters that left the full list; they stay in the log.
    pub dropped: u64,
}

/// One dead letter, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadTold {
    /// As in the list.
    #[serde(flatten)]
    pub row: DeadRow,
    /// What was refused or given up: JSON if it is some, else text.
    pub payload: Value,
    /// The event that caused a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Names of the derived events that led to one, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<String>,
}

/// The event that caused a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its identity.
    pub id: String,
    /// The name it had for the rule.
    pub name: String,
    /// Its envelope.
    pub envelope: Value,
}

impl DeadRow {
    /// Of a letter.
    #[must_use]
    pub fn of(letter: &DeadLetter) -> DeadRow {
        let (kind, subject, attempts, id) = match &letter.what {
            LetterKind::Refused => ("refused", None, None, None),
            LetterKind::Event { identity } => ("event", None, None, Some(*identity)),
            LetterKind::Derived { identity, name, .. } => ("derived", Some(name), None, Some(*identity)),
            LetterKind::Action { id, rule, attempts, .. } => {
                ("action", Some(rule), Some(*attempts), Some(*id))
            }
        };
        DeadRow {
            number: letter.number,
            at: letter.at.to_string(),
            code: letter.code.clone(),
            reason: letter.reason.clone(),
            kind: kind.to_owned(),
            subject: subject.cloned(),
            attempts,
            id: id.map(fanin_event::Identity::to_uuid),
        }
    }
}

impl DeadPage {
    /// Up to `limit` letters with numbers after `after`, the oldest first.
    #[must_use]
    pub fn of(engine: &crate::Engine, after: u64, limit: usize) -> DeadPage {
        let all = engine.dead_letters();
        let mut later = all.iter().filter(|letter| letter.number > after);
        let letters: Vec<DeadRow> = later.by_ref().take(limit).map(DeadRow::of).collect();
        let next = later.next().and_then(|_| letters.last().map(|last| last.number));
        DeadPage { letters, next, total: all.len(), dropped: all.dropped }
    }
}

impl DeadTold {
    /// Of a letter.
    #[must_use]
    pub fn of(letter: &DeadLetter) -> DeadTold {
        let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        let (mut cause, mut chain) = (None, Vec::new());
        match &letter.what {
            LetterKind::Action { cause: id, cause_name, envelope, .. } => {
                let (id, name) = (id.to_uuid(), cause_name.clone());
                cause = Some(Cause { id, name, envelope: json(envelope) });
            }
            LetterKind::Derived { chain: names, .. } => chain.clone_from(names),
            LetterKind::Refused | LetterKind::Event { .. } => {}
        }
        DeadTold { row: DeadRow::of(letter), payload: json(&letter.payload), cause, chain }
    }
}
