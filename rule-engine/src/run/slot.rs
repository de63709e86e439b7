//! One call of a run: where it stands.

use fanin_event::Timestamp;

/// Where a call stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// Not started.
    #[default]
    Waiting,
    /// Dispatched, not settled.
    InFlight,
    /// Waits for the retry at `Trouble::due`.
    Backoff,
    /// Settled with a result.
    Done,
    /// Given up.
    Failed,
}

/// One call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Slot {
    pub(super) state: State,
    /// Attempts made.
    pub(super) attempt: u32,
    /// Of the payload, while open.
    pub(super) payload_bytes: u32,
    /// JSON text of the result; of a failed item of a `map` what stands in its place among the results.
    pub(super) result: Option<Box<str>>,
    pub(super) trouble: Option<Box<Trouble>>,
}

/// What only a call that failed once needs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trouble {
    /// Retries made under each retrier.
    pub(super) used: Vec<u32>,
    /// The last error.
    pub(super) error: String,
    pub(super) cause: String,
    /// When the retry is due, in `State::Backoff`.
    pub(super) due: Timestamp,
}
