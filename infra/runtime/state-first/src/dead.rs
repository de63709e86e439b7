//! Dead letters as rows: what could not be taken or was given up, found again by moment and identity, and tried again.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_runtime::{DeadLetter, LetterKind};
use fanin_store::state::{PutIf, Read, Shelf, ShelfEntry, ShelfName, StateError};
use serde::{Deserialize, Serialize};

use crate::limits::{DEAD_KEPT, MAX_DEAD_LISTED, MAX_DEAD_ROW_BYTES};
use crate::message::{DerivedMessage, Message, StartMessage};
use crate::ports::Claims;

/// The format of rows this binary writes.
const ROW_FORMAT: u32 = 1;

/// A dead letter with what is needed to try it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeadRecord {
    /// The letter. Its number means nothing here: rows are known by their place.
    pub letter: DeadLetter,
    /// The names of the captures whose values the letter has.
    #[serde(default)]
    pub names: Vec<Arc<str>>,
}

/// A dead letter in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadFound {
    /// Its place: what `show`, `redrive` and `drop` are given.
    pub sort: String,
    /// The record; none where its content was put aside and is gone.
    pub record: Option<DeadRecord>,
}

/// What stands in a row.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
struct Row {
    format: u32,
    kind: String,
    code: String,
    reason: String,
    at: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<DeadRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<String>,
}

/// Why a dead letter could not be tried again.
#[derive(Debug, thiserror::Error)]
pub enum DeadError {
    /// There is none in this place.
    #[error("there is no dead letter {0:?}: `fanin dead list --stack NAME` shows those there are")]
    Missing(String),
    /// It cannot become anything by trying again.
    #[error("{0}")]
    Stays(String),
    /// Its content cannot be read.
    #[error("the dead letter {0:?} cannot be read: {1}")]
    Damaged(String, String),
    /// The store, the claims or the queue.
    #[error(transparent)]
    Store(#[from] StateError),
    /// There is no plan to send it by.
    #[error(transparent)]
    Plan(#[from] crate::plans::PlanTrouble),
}

impl DeadRecord {
    /// A letter that died at `at`.
    #[must_use]
    pub fn new(
        at: Timestamp,
        (code, reason): (&str, String),
        payload: String,
        what: LetterKind,
    ) -> DeadRecord {
        let letter = DeadLetter { number: 0, at, code: code.to_owned(), reason, payload, what };
        DeadRecord { letter, names: Vec::new() }
    }

    /// Its place: the same letter always has the same.
    #[must_use]
    pub fn sort(&self) -> String {
        let (at, code) = (self.letter.at.0, self.letter.code.as_str());
        let identity = match &self.letter.what {
            LetterKind::Refused => {
                Identity::of(&["refused", code, &self.letter.reason, &self.letter.payload])
            }
            LetterKind::Event { identity } => {
                Identity::of(&["event", code, &identity.to_uuid(), &self.letter.reason])
            }
            LetterKind::Derived { identity, .. } => Identity::of(&["derived", code, &identity.to_uuid()]),
            LetterKind::Action { id, .. } => Identity::of(&["action", code, &id.to_uuid()]),
        };
        format!("{at:015}-{}", identity.to_uuid())
    }

    fn kind(&self) -> &'static str {
        match self.letter.what {
            LetterKind::Refused => "refused",
            LetterKind::Event { .. } => "event",
            LetterKind::Derived { .. } => "derived",
            LetterKind::Action { .. } => "action",
        }
    }

    /// What trying it again sends: a derived event, an event or the start of a run, at `now`.
    ///
    /// # Errors
    /// What is no event cannot become one by waiting.
    pub fn again(&self, now: Timestamp) -> Result<Message, DeadError> {
        let payload = &self.letter.payload;
        let pairs = |values: &[String]| {
            let values = values.iter().map(|value| Arc::from(value.as_str()));
            self.names.iter().cloned().zip(values).collect()
        };
        match &self.letter.what {
            LetterKind::Refused => Err(DeadError::Stays(fanin_runtime::documents::stays(&self.letter))),
            LetterKind::Event { identity } => {
                Ok(Message::Event { identity: *identity, envelope: payload.clone() })
            }
            LetterKind::Derived { identity, name, captures, .. } => Ok(Message::Derived(DerivedMessage {
                identity: *identity,
                name: name.as_str().into(),
                captures: pairs(captures),
                at: now,
                hops: 1,
                envelope: payload.clone(),
                chain: Vec::new(),
            })),
            LetterKind::Action { rule, cause, cause_name, captures, envelope, .. } => {
                Ok(Message::Start(StartMessage {
                    rule: rule.as_str().into(),
                    cause: *cause,
                    name: cause_name.as_str().into(),
                    captures: pairs(captures),
                    accepted: now,
                    hops: 0,
                    envelope: envelope.clone(),
                    again: true,
                }))
            }
        }
    }
}

/// Writes a letter into its row. Writing it again changes nothing.
///
/// # Errors
/// What store or claims say.
pub async fn bury<S: Shelf, C: Claims>(
    (shelf, claims): (&S, &C),
    workflow: &str,
    record: &DeadRecord,
) -> Result<(), StateError> {
    let sort = record.sort();
    let letter = &record.letter;
    let mut row = Row {
        format: ROW_FORMAT,
        kind: record.kind().to_owned(),
        code: letter.code.clone(),
        reason: letter.reason.clone(),
        at: letter.at.0,
        record: None,
        claim: None,
    };
    let body = serde_json::to_string(record).unwrap_or_default();
    if body.len() > MAX_DEAD_ROW_BYTES {
        let key = format!("fanin-dead/{sort}.json");
        claims.put(&key, &body).await?;
        row.claim = Some(key);
    } else {
        row.record = Some(record.clone());
    }
    let value = serde_json::to_vec(&row).unwrap_or_default();
    let expires = Some(letter.at.plus(DEAD_KEPT).0);
    shelf.put(&shelf_of(workflow), ShelfEntry { sort, value }, PutIf::Any, expires).await.map(drop)
}

/// Dead letters after a place, the oldest first, at most `limit`.
///
/// # Errors
/// What store or claims say, or a row that cannot be read.
pub async fn list_dead<S: Shelf, C: Claims>(
    (shelf, claims): (&S, &C),
    workflow: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<DeadFound>, DeadError> {
    let entries = shelf.list(&shelf_of(workflow), after, limit.min(MAX_DEAD_LISTED)).await?;
    let mut found = Vec::with_capacity(entries.len());
    for entry in entries {
        let record = open(claims, &entry.sort, &entry.value).await?;
        found.push(DeadFound { sort: entry.sort, record });
    }
    Ok(found)
}

/// One dead letter; none: there is none in this place.
///
/// # Errors
/// As [`list_dead`].
pub async fn get_dead<S: Shelf, C: Claims>(
    (shelf, claims): (&S, &C),
    workflow: &str,
    sort: &str,
) -> Result<Option<DeadFound>, DeadError> {
    let Some(value) = shelf.get(&shelf_of(workflow), sort, Read::Fresh).await? else { return Ok(None) };
    let record = open(claims, sort, &value).await?;
    Ok(Some(DeadFound { sort: sort.to_owned(), record }))
}

/// Forgets a dead letter.
///
/// # Errors
/// What the store says.
pub async fn drop_dead<S: Shelf>(shelf: &S, workflow: &str, sort: &str) -> Result<(), StateError> {
    shelf.remove(&shelf_of(workflow), &[sort.to_owned()]).await
}

async fn open<C: Claims>(claims: &C, sort: &str, value: &[u8]) -> Result<Option<DeadRecord>, DeadError> {
    let damaged = |error: serde_json::Error| DeadError::Damaged(sort.to_owned(), error.to_string());
    let row: Row = serde_json::from_slice(value).map_err(damaged)?;
    if row.format > ROW_FORMAT {
        let newer =
            format!("it has format {}, this fanin reads up to {ROW_FORMAT}: upgrade fanin", row.format);
        return Err(DeadError::Damaged(sort.to_owned(), newer));
    }
    match (row.record, row.claim) {
        (Some(record), _) => Ok(Some(record)),
        (None, Some(key)) => match claims.get(&key).await? {
            Some(body) => serde_json::from_str(&body).map(Some).map_err(damaged),
            None => Ok(None),
        },
        (None, None) => Ok(None),
    }
}

fn shelf_of(workflow: &str) -> ShelfName {
    ShelfName::Dead { workflow: workflow.to_owned() }
}
