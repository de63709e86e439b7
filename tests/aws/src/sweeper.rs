//! How far the timers' sweeper is, and how a play gets past minutes in which it would find nothing.

use fanin_store::state::{PutIf, Read, Shelf, ShelfEntry, ShelfName};
use serde_json::{Value, json};

/// Where the sweeper notes how far it is.
const NOTE: &str = "timers";
/// So many minutes it looks ahead.
pub const AHEAD: i64 = 2;

/// What there is for the sweeper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sweeper {
    /// It is through with every minute up to this one; none: it never ran.
    pub done: Option<i64>,
    /// The earliest minute after that for which a timer is written down.
    pub next: Option<i64>,
}

fn notes(workflow: &str) -> ShelfName {
    ShelfName::Notes { workflow: workflow.to_owned() }
}

/// Looks, given the minutes for which timers are written down.
pub async fn read<S: Shelf>(shelf: &S, workflow: &str, minutes: Vec<i64>) -> Sweeper {
    let note = shelf.get(&notes(workflow), NOTE, Read::Fresh).await.unwrap();
    let note = note.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let done = note.and_then(|note| note.get("done")?.as_i64());
    let next = minutes.into_iter().filter(|minute| done.is_none_or(|done| *minute > done)).min();
    Sweeper { done, next }
}

/// Notes that the sweeper is through with every minute up to this one, as if it had been asked every minute: a month of
/// minutes in which there is nothing costs a play nothing. One play sweeps them all, to see that it makes no difference.
pub async fn pass_by<S: Shelf>(shelf: &S, workflow: &str, minute: i64) {
    let value = json!({ "claimed": minute, "done": minute }).to_string().into_bytes();
    let entry = ShelfEntry { sort: NOTE.to_owned(), value };
    assert!(shelf.put(&notes(workflow), entry, PutIf::Any, None).await.unwrap());
}
