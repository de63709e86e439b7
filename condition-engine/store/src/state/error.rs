//! What can go wrong with a state-first store, by what the caller has to do about it.

/// An error of a state-first store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Somebody else changed the cell: load it again. Nothing was written.
    #[error("the cell was changed by somebody else")]
    Conflict,
    /// The store asks to come again later. Nothing was written.
    #[error("the store is busy: {0}")]
    Throttled(String),
    /// It is not known whether the write happened: load the cell again.
    #[error("it is not known whether the store did it: {0}")]
    Unknown(String),
    /// Past the size an item may have. Nothing was written.
    #[error("{what} has {bytes} bytes, at most {max} are possible")]
    TooLarge {
        /// What it is.
        what: String,
        /// Its size.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// Stored bytes that this program cannot read: written by a newer one, or damaged.
    #[error("{0}")]
    Unreadable(String),
    /// The store is not there, or may not be used: the text names the thing and what mends it. Trying again does not.
    #[error("{0}")]
    Unusable(String),
}
