//! The port: load, commit, and the two operations of set-once slots.

use std::future::Future;

use super::cell::{Base, Cell, CellKey, CellKind, CellWrite, Slots};
use super::error::StateError;

/// How fresh a read has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// Everything acknowledged before is seen.
    Fresh,
    /// May be a little old, at half the price: right where a commit follows, whose condition finds out.
    Stale,
}

/// One page of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// The cells found, without their chunks.
    pub cells: Vec<(CellKey, Cell)>,
    /// The cells of set-once slots found.
    pub slots: Vec<(CellKey, Slots)>,
    /// Where to go on; `None`: that was all. A page may be empty and still have a next one.
    pub next: Option<String>,
}

/// A store of cells. Every operation may be repeated.
pub trait StateStore: Send + Sync {
    /// The cells of `keys`, in their order; `None` where there is none.
    fn load(
        &self,
        keys: &[CellKey],
        read: Read,
    ) -> impl Future<Output = Result<Vec<Option<Cell>>, StateError>> + Send;

    /// Makes the writes, each for itself: no write depends on another. The answers are in their order; a `Put` gives the
    /// base of the next commit, a `Remove` none.
    fn commit(
        &self,
        writes: Vec<CellWrite>,
    ) -> impl Future<Output = Vec<Result<Option<Base>, StateError>>> + Send;

    /// Fills slots of a cell of set-once slots, making it where it is missing. A slot that is filled stays as it is; a closed
    /// cell stays as it is. Gives the image after that, closed or not. A later `expires` than the cell has takes its place
    /// where the store can tell; `None` leaves it.
    fn fill(
        &self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> impl Future<Output = Result<Slots, StateError>> + Send;

    /// Closes a cell of `total` set-once slots unless all of them are filled or it is closed. Gives the image after that;
    /// where there is no cell none is made, and the image is of life 0 with nothing in it.
    fn close(
        &self,
        key: &CellKey,
        total: u16,
        note: Vec<u8>,
    ) -> impl Future<Output = Result<Slots, StateError>> + Send;

    /// Begins a new life of a cell of slots with these, if its life is still `life` (0: there is none); else `Conflict`.
    fn renew(
        &self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> impl Future<Output = Result<Slots, StateError>> + Send;

    /// The image of a cell of set-once slots; `None`: there is none.
    fn slots(
        &self,
        key: &CellKey,
        read: Read,
    ) -> impl Future<Output = Result<Option<Slots>, StateError>> + Send;

    /// Looks through all cells of a kind and a name, a page at a time: for people, never for a decision.
    fn scan(
        &self,
        kind: CellKind,
        workflow: &str,
        name: Option<&str>,
        after: Option<String>,
    ) -> impl Future<Output = Result<Scanned, StateError>> + Send;
}
