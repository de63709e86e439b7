//! The ports of the state-first stores: cells, each the atomic unit of a turn, and shelves of plain values beside them.
//!
//! A host without a log of its own keeps its truth in *cells*: one instance or one run each, with its seen ids and its
//! outbox inside, changed by one conditional write. What crosses cells goes through the outbox. Everything here is
//! asynchronous and opaque: a store knows bytes, versions and moments (milliseconds since the epoch), nothing else.
//!
//! [`ModelState`] is the store to test against; `fanin_store::suite::state` is what every store has to pass. What an item
//! costs is arithmetic ([`units`]) over one shape of items ([`row`]).

mod cell;
mod error;
mod model;
mod path;
mod port;
pub mod row;
mod shelf;
pub mod units;

pub use cell::{Base, Cell, CellKey, CellKind, CellVersion, CellWrite, Change, ChunkRef, Chunks, Slots};
pub use error::StateError;
pub use model::ModelState;
pub use port::{Read, Scanned, StateStore};
pub use shelf::{PutIf, Shelf, ShelfEntry, ShelfName};
pub use units::Usage;
