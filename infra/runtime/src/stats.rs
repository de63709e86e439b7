//! Counters of a whole history: part of the state, so they survive restarts and replays agree on them.

use serde::{Deserialize, Serialize};

/// What happened so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Events accepted into the log.
    pub accepted: u64,
    /// Of these, events that are no named event.
    pub unmatched: u64,
    /// Inputs of a condition or a rule that were there before (same identity).
    pub duplicates: u64,
    /// Inputs that came after their instance had closed.
    pub late: u64,
    /// Inputs that changed nothing: a filled slot, a value counted before.
    pub ignored: u64,
    /// Inputs that could not be events at all.
    pub refused: u64,
    /// Firings.
    pub fired: u64,
    /// Timeouts.
    pub timeouts: u64,
    /// Derived events of all kinds.
    pub derived: u64,
    /// Calls handed to the dispatcher for the first time, attempts counted one by one.
    pub calls: u64,
    /// Calls that ended well.
    pub done: u64,
    /// Calls that ended badly.
    pub failed: u64,
    /// Dead letters ever written.
    pub dead_letters: u64,
}
