//! What can go wrong with the host, and what to do about it.

use fanin_runtime::ActivateError;
use fanin_store::StoreError;

/// An error of the embedded host.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The bounded queue is full.
    #[error("the host is busy: {} events wait already; send again later", crate::limits::MAX_QUEUED_EVENTS)]
    Busy,
    /// The host is shutting down or has stopped.
    #[error("the host is stopping and takes nothing more; send again once it runs")]
    Closed,
    /// The log could not be written. Nothing is acknowledged after this; the process has to be started again.
    #[error("the log cannot be written and the host has stopped: {0}")]
    Failed(String),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The plan.
    #[error(transparent)]
    Activate(#[from] ActivateError),
    /// There is no state to work on.
    #[error("{0} holds no state of a workflow: start one with `fanin dev WORKFLOW` or `fanin run WORKFLOW`")]
    Empty(String),
    /// The state in the store cannot be understood.
    #[error("the state in the store cannot be read: {0}; `fanin` of the version that wrote it can read it")]
    State(String),
    /// The machine.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the machine said.
        source: std::io::Error,
    },
}

impl HostError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> HostError {
        move |source| HostError::Io { what: what.into(), source }
    }

    /// A copy for everybody else who waits for the same frame.
    pub(crate) fn again(&self) -> HostError {
        HostError::Failed(self.to_string())
    }
}
