//! Why the past cannot be read.

use fanin_runtime::{ActivateError, RecordError, RestoreError};
use fanin_store::{Seq, StoreError};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The directory cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
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
}
