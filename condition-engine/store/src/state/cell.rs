//! The cell: bytes with a version, an outbox, and chunks that are only ever appended to.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What a cell holds. Part of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CellKind {
    /// An instance of a condition.
    Instance,
    /// A part of an instance whose key is hot or large.
    Page,
    /// A run of a rule.
    Run,
}

/// Which cell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellKey {
    /// What it holds.
    pub kind: CellKind,
    /// Name of the workflow.
    pub workflow: Arc<str>,
    /// Name of the condition, or of the rule.
    pub name: Arc<str>,
    /// The correlation key's canonical text; for a page that and its place; for a run its identity.
    pub key: Arc<str>,
}

/// The version of a cell. The nonce belongs to one life of the cell: a cell that was removed and made again never has a
/// version it had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CellVersion {
    /// Random, chosen by the store when the cell is made.
    pub nonce: u64,
    /// Counts the commits of this life, from 1.
    pub count: u64,
}

/// The name of a chunk: unique for each attempt to write one, so that an abandoned attempt can do no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChunkRef {
    /// Random.
    pub id: u64,
    /// Bytes of the chunk.
    pub bytes: u32,
    /// When the store may drop the chunk: it is written again before that while a cell needs it.
    pub expires: i64,
}

/// What a commit builds on: what was loaded, or what the commit before it made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The version that must still be there.
    pub version: CellVersion,
    /// The chunks it has, in order.
    pub chunks: Vec<ChunkRef>,
    /// Bytes the cell has in the store, without its chunks: what a write is priced by, beside the new size. No decision
    /// depends on it.
    pub bytes: u32,
}

/// A cell as it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// For the next commit.
    pub base: Base,
    /// The part that is written anew by every commit.
    pub head: Vec<u8>,
    /// The parts that were appended, in order.
    pub chunks: Vec<Vec<u8>>,
    /// What may not have been published yet; empty: everything has.
    pub outbox: Vec<u8>,
}

/// What happens to the chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunks {
    /// They stay.
    Keep,
    /// One more.
    Append(Vec<u8>),
    /// These in place of all.
    Replace(Vec<Vec<u8>>),
}

/// What a commit does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Writes the cell.
    Put {
        /// The new head.
        head: Vec<u8>,
        /// What happens to the chunks.
        chunks: Chunks,
        /// The new outbox.
        outbox: Vec<u8>,
        /// When the store may drop the cell as garbage, in milliseconds; no meaning is ever taken from its absence.
        expires: Option<i64>,
    },
    /// Removes the cell and its chunks.
    Remove,
}

/// One conditional write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellWrite {
    /// Which cell.
    pub key: CellKey,
    /// What it builds on; `None`: the cell must not exist.
    pub base: Option<Base>,
    /// What to do.
    pub change: Change,
}

/// The image of a cell of set-once slots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// The nonce of this life.
    pub life: u64,
    /// What is filled. A slot, once filled, never changes in one life.
    pub filled: BTreeMap<u16, Vec<u8>>,
    /// The note it was closed with, while a slot was still empty.
    pub closed: Option<Vec<u8>>,
}
