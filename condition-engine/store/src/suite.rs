//! The conformance suite of the log-first stores: one list of cases, run on the model and on every real store.
//!
//! A store passes when [`run`] returns no failure for a [`Place`] over it. Each case starts in a fresh place.

mod checkpoint;
mod journal;
mod reopen;
pub mod state;
mod support;

use crate::limits::MAX_FRAME_BYTES;
use crate::{Checkpoint, Journal, StoreError};

/// Both ports of one opening. Dropping it is the death of the process: nothing is closed in an orderly way.
pub struct Opened {
    /// The journal.
    pub journal: Box<dyn Journal>,
    /// The snapshots.
    pub checkpoint: Box<dyn Checkpoint>,
}

/// Where stores are opened: a directory, a model disk.
pub trait Place {
    /// Forgets everything: the next opening finds an empty place.
    ///
    /// # Errors
    /// What the store says.
    fn wipe(&mut self) -> Result<(), StoreError>;

    /// Opens what is there.
    ///
    /// # Errors
    /// What the store says; `Locked` while an earlier opening lives.
    fn open(&mut self) -> Result<Opened, StoreError>;

    /// The largest frame this store takes: [`MAX_FRAME_BYTES`] or less.
    fn max_frame_bytes(&self) -> usize {
        MAX_FRAME_BYTES
    }
}

/// A case that did not hold.
#[derive(Debug, thiserror::Error)]
#[error("case {case}: {what}")]
pub struct Failure {
    /// The name of the case.
    pub case: &'static str,
    /// What was expected and what came.
    pub what: String,
}

type Check = fn(&mut dyn Place) -> Result<(), String>;

/// Every case by name.
const CASES: &[(&str, Check)] = &[
    ("frames are numbered from one and come back in order", journal::numbers),
    ("an empty append writes nothing", journal::empty_append),
    ("an empty frame is a frame", journal::empty_frame),
    ("a frame at the limit is taken, one past it is refused whole", journal::largest_frame),
    ("replay starts after any frame", journal::replay_from_anywhere),
    ("replay past the end is a gap", journal::replay_past_the_end),
    ("an error of the visitor ends the replay", journal::visitor_error),
    ("a release never takes what the older snapshot needs", journal::release_keeps_substitute),
    ("a release past the end is a gap", journal::release_past_the_end),
    ("without a snapshot load finds none", checkpoint::none),
    ("blocks come back as they were put", checkpoint::round_trip),
    ("a dropped writer leaves nothing", checkpoint::abandoned),
    ("the newest committed snapshot counts", checkpoint::newest),
    ("an older snapshot is refused", checkpoint::out_of_order),
    ("a snapshot at the same frame replaces", checkpoint::replaced),
    ("a snapshot past the log is refused", checkpoint::past_the_end),
    ("a block at the limit is taken, one past it is refused", checkpoint::largest_block),
    ("the journal goes on while a snapshot is written", checkpoint::alongside),
    ("a second opening is refused", reopen::locked),
    ("everything acknowledged survives a crash", reopen::survives),
    ("numbers go on over many crashes", reopen::many_crashes),
    ("a snapshot survives a crash, an open writer does not", reopen::snapshots),
    ("random scripts agree with a plain list", reopen::random_scripts),
];

/// Runs every case and returns those that failed.
#[must_use]
pub fn run(place: &mut dyn Place) -> Vec<Failure> {
    CASES.iter().filter_map(|&(case, check)| one(place, case, check)).collect()
}

fn one(place: &mut dyn Place, case: &'static str, check: Check) -> Option<Failure> {
    let outcome = place.wipe().map_err(|error| error.to_string()).and_then(|()| check(place));
    outcome.err().map(|what| Failure { case, what })
}
