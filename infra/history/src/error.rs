//! Why the past cannot be read.

use fanin_runtime::{ActivateError, RecordError, RestoreError};
use fanin_store::{Seq, StoreError};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The directory cannot be read.
    #[error(transparent)]
    Store(StoreError),
    /// What was asked about lies before what the directory still holds.
    #[error(
        "the log holds frames {first} to {last} and no snapshot leads to frame {wanted}: what happened before frame {first} is \
         gone, and without it the state cannot be built; `fanin doctor` says what can be done"
    )]
    Gone {
        /// The frame that was needed.
        wanted: Seq,
        /// The first one there is.
        first: Seq,
        /// The last one there is.
        last: Seq,
    },
    /// A snapshot of it cannot be understood.
    #[error(transparent)]
    Snapshot(#[from] RestoreError),
    /// A record of the log cannot be understood.
    #[error("frame {frame}: {error}")]
    Record {
        /// The frame.
        frame: Seq,
        /// What is wrong in it.
        error: RecordError,
    },
    /// A workflow of the log cannot be loaded by this fanin.
    #[error(transparent)]
    Activate(#[from] ActivateError),
    /// A pattern that was asked for is none.
    #[error("this is not an event pattern: {0}")]
    Pattern(#[from] fanin_event::PatternError),
    /// More happened than a question may remember.
    #[error("more than {limit} {what} lie in the time asked about; narrow it with --since and --until")]
    TooMuch {
        /// What there is too much of.
        what: &'static str,
        /// How many are possible.
        limit: usize,
    },
}

impl From<StoreError> for HistoryError {
    fn from(error: StoreError) -> HistoryError {
        match error {
            StoreError::Gap { wanted, first, last } => HistoryError::Gone { wanted, first, last },
            other => HistoryError::Store(other),
        }
    }
}
