//! Dead letters: rows of a list, and one whole.

use fanin_event::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::followed::Followed;
use crate::dead::{DeadLetter, LetterKind};
use crate::engine::Engine;

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

/// Which letters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeadFilter {
    /// With this code or error name.
    pub code: Option<String>,
    /// Of this kind.
    pub kind: Option<String>,
    /// About this rule or derived event.
    pub subject: Option<String>,
    /// That died at or after this moment, RFC 3339.
    pub since: Option<String>,
}

impl DeadFilter {
    /// Whether the letter is meant. A moment that cannot be read leaves nothing out; [`DeadFilter::check`] tells.
    #[must_use]
    pub fn fits(&self, letter: &DeadLetter) -> bool {
        let row = DeadRow::of(letter);
        let same =
            |wanted: &Option<String>, is: Option<&str>| wanted.as_deref().is_none_or(|w| is == Some(w));
        let since = self.since.as_deref().and_then(Timestamp::parse);
        same(&self.code, Some(&row.code))
            && same(&self.kind, Some(&row.kind))
            && same(&self.subject, row.subject.as_deref())
            && since.is_none_or(|since| letter.at >= since)
    }

    /// Says what is wrong with it.
    ///
    /// # Errors
    /// In words.
    pub fn check(&self) -> Result<(), String> {
        match self.since.as_deref() {
            Some(text) if Timestamp::parse(text).is_none() => {
                Err(format!("`since` is {text:?}; write a moment such as 2026-01-02T03:04:05Z"))
            }
            _ => Ok(()),
        }
    }
}

impl DeadPage {
    /// Up to `limit` letters with numbers after `after`, the oldest first.
    #[must_use]
    pub fn of(engine: &Engine, filter: &DeadFilter, after: u64, limit: usize) -> DeadPage {
        let all = engine.dead_letters();
        let mut later = all.after(after).filter(|letter| filter.fits(letter));
        let letters: Vec<DeadRow> = later.by_ref().take(limit).map(DeadRow::of).collect();
        let next = later.next().and_then(|_| letters.last().map(|last| last.number));
        DeadPage { letters, next, total: all.len(), dropped: all.dropped }
    }
}

/// What became of a letter that was tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redriven {
    /// Its number.
    pub number: u64,
    /// Whether it is gone from the dead letters.
    pub redriven: bool,
    /// Why it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// It was tried, and this new letter came of it at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died_again: Option<u64>,
    /// What followed at once.
    pub followed: Followed,
}

/// What became of several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedrivenPage {
    /// One by one.
    pub letters: Vec<Redriven>,
    /// What to ask for with `after` to go on; none: all were tried.
    pub next: Option<u64>,
}

/// Why a letter stays although it was to be tried again.
#[must_use]
pub fn stays(letter: &DeadLetter) -> String {
    match &letter.what {
        LetterKind::Refused => {
            "what is no event cannot become one by waiting: mend it where it comes from, and send it again"
                .to_owned()
        }
        LetterKind::Action { rule, .. } => {
            format!("rule `{rule}` is not in the workflow any more, or its run for this event is in progress")
        }
        LetterKind::Event { .. } | LetterKind::Derived { .. } => "it could not be tried".to_owned(),
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
