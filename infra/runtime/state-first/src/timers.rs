//! Who wants to be woken when: soon, by a delayed message; later, by a row which the sweeper turns into one.
//!
//! A wake-up is a hint. Whoever is woken looks at its own due moment, so a wake-up that comes twice, or for nothing, does no
//! harm; only a lost one would. Two things see to that: a row is behind the sweeper only if the sweeper has said so before
//! it looked ([`Progress::claimed`]), and whoever puts a row looks at that afterwards, and sends a message himself if the
//! sweeper may have been there already.

mod sweep;

use fanin_event::{Identity, Span, Timestamp};
use fanin_store::state::{PutIf, Read, Shelf, ShelfEntry, ShelfName, StateError};
use serde::{Deserialize, Serialize};

pub use sweep::{Swept, sweep};

use crate::limits::{KEPT_AFTER, MAX_DELAY, MAX_SHELF_ATTEMPTS, SWEEP_AHEAD, TIMER_PARTS};
use crate::message::Message;
use crate::ports::{Lane, Outgoing};

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;
/// Where the sweeper's progress stands among the notes.
const NOTE: &str = "timers";

/// How far the sweeper is, in minutes since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// It has begun, or is about to begin, with every minute up to this one.
    pub(crate) claimed: i64,
    /// It is through with every minute up to this one.
    pub(crate) done: i64,
}

/// A message that is wanted at a moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) lane: Lane,
    pub(crate) message: Message,
    pub(crate) due: Timestamp,
}

/// What stands in a row.
#[derive(Serialize, Deserialize)]
struct Row {
    due: i64,
    rules: bool,
    body: String,
}

impl Wanted {
    /// The message to send now, if it is due soon enough.
    pub(crate) fn soon(&self, now: Timestamp) -> Option<Outgoing> {
        let delay = self.due.since(now);
        (delay <= MAX_DELAY).then(|| self.outgoing(now))
    }

    fn outgoing(&self, now: Timestamp) -> Outgoing {
        Outgoing { body: self.message.to_text(), delay: Span(self.due.since(now).0.min(MAX_DELAY.0)) }
    }

    fn minute(&self) -> i64 {
        minute_of(self.due)
    }

    /// Its row: the same for the same wish, so that putting it twice changes nothing.
    fn row(&self) -> (ShelfName, ShelfEntry, Option<i64>) {
        let body = self.message.to_text();
        let identity = Identity::of(&[&body]);
        let part = u16::try_from(identity.short() % u64::from(TIMER_PARTS)).unwrap_or(0);
        let sort = format!("{:015}-{}", self.due.0.max(0), identity.to_uuid());
        let row = Row { due: self.due.0, rules: self.lane == Lane::Rules, body };
        let value = serde_json::to_vec(&row).unwrap_or_default();
        let shelf = ShelfName::Timers { minute: self.minute(), part };
        (shelf, ShelfEntry { sort, value }, Some(self.due.plus(KEPT_AFTER).0))
    }

    /// Puts its row.
    pub(crate) async fn put<S: Shelf>(&self, shelf: &S) -> Result<(), StateError> {
        let (name, entry, expires) = self.row();
        shelf.put(&name, entry, PutIf::Any, expires).await.map(drop)
    }

    /// The message to send after its row was put: where the sweeper may have passed the row's minute already.
    pub(crate) fn passed(&self, progress: Progress, now: Timestamp) -> Option<Outgoing> {
        // The sweeper's clock is ahead of a message that was received long ago.
        let swept_at = Timestamp(progress.claimed.saturating_mul(MINUTE)).minus(SWEEP_AHEAD);
        (self.minute() <= progress.claimed).then(|| self.outgoing(now.max(swept_at)))
    }
}

/// How far the sweeper is. Where nobody has swept yet, that is noted: the first sweep begins here.
pub(crate) async fn progress<S: Shelf>(
    shelf: &S,
    workflow: &str,
    now: Timestamp,
) -> Result<Progress, StateError> {
    let notes = ShelfName::Notes { workflow: workflow.to_owned() };
    for _ in 0..MAX_SHELF_ATTEMPTS {
        if let Some(value) = shelf.get(&notes, NOTE, Read::Fresh).await? {
            return read_progress(&value);
        }
        let before = minute_of(now).saturating_sub(1);
        let first = Progress { claimed: before, done: before };
        if shelf.put(&notes, entry_of(first), PutIf::Absent, None).await? {
            return Ok(first);
        }
    }
    Err(StateError::Throttled("others begin to sweep the timers at the same time".to_owned()))
}

fn read_progress(value: &[u8]) -> Result<Progress, StateError> {
    let unreadable =
        |error| StateError::Unreadable(format!("how far the timers are swept cannot be read: {error}"));
    serde_json::from_slice(value).map_err(unreadable)
}

fn entry_of(progress: Progress) -> ShelfEntry {
    ShelfEntry { sort: NOTE.to_owned(), value: serde_json::to_vec(&progress).unwrap_or_default() }
}

fn minute_of(at: Timestamp) -> i64 {
    at.0.div_euclid(MINUTE)
}
