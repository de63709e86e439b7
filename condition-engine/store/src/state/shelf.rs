//! Shelves: plain values in order, for timers, dead letters and plans.

use std::future::Future;

use super::error::StateError;
use super::port::Read;

/// Which shelf.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShelfName {
    /// Timers due in one minute (since the epoch), in one of a few parts.
    Timers {
        /// The minute.
        minute: i64,
        /// The part.
        part: u16,
    },
    /// Dead letters of a workflow.
    Dead {
        /// Its name.
        workflow: String,
    },
    /// Plans of a workflow, and which are in use.
    Plans {
        /// Its name.
        workflow: String,
    },
    /// Small notes of a workflow: how far the timers are swept, and the like.
    Notes {
        /// Its name.
        workflow: String,
    },
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShelfEntry {
    /// Its place: shelves are listed in the order of these.
    pub sort: String,
    /// The value.
    pub value: Vec<u8>,
}

/// When a put happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PutIf {
    /// Always.
    Any,
    /// Only if there is nothing in this place.
    Absent,
    /// Only if just this value is there.
    Is(Vec<u8>),
}

/// Shelves of plain values.
pub trait Shelf: Send + Sync {
    /// Puts a value; false: the condition did not hold, nothing was written.
    fn put(
        &self,
        shelf: &ShelfName,
        entry: ShelfEntry,
        when: PutIf,
        expires: Option<i64>,
    ) -> impl Future<Output = Result<bool, StateError>> + Send;

    /// The value in a place.
    fn get(
        &self,
        shelf: &ShelfName,
        sort: &str,
        read: Read,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StateError>> + Send;

    /// Values after a place, in order, at most `limit`.
    fn list(
        &self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<ShelfEntry>, StateError>> + Send;

    /// Takes values out; places without one are no error.
    fn remove(
        &self,
        shelf: &ShelfName,
        sorts: &[String],
    ) -> impl Future<Output = Result<(), StateError>> + Send;
}
