//! Bases: older snapshots that stay, so that the state of a past moment can be built from one and the log after it.
//!
//! The manifest does not name them. They are found by listing and checked when they are used: a damaged base costs history,
//! never state, and an opening reads none of them.

use fanin_store::{Seq, StoreError};

use super::format::{self, seq_of};
use crate::disk::{Access, Dir};

/// A snapshot older than the two that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    pub(crate) at: Seq,
    /// Of its file.
    pub(crate) bytes: u64,
}

/// The snapshots before a frame, oldest first.
pub(crate) fn bases(dir: &Dir, floor: Seq) -> Result<Vec<Base>, StoreError> {
    let names = dir.list()?;
    // Another thread may be removing an obsolete one: what cannot be opened is none.
    let sized = |at| {
        let bytes = dir.open(&format::name(at), Access::Read).and_then(|file| file.len()).ok()?;
        Some(Base { at, bytes })
    };
    Ok(names.iter().filter_map(|name| seq_of(name)).filter(|at| *at < floor).filter_map(sized).collect())
}

/// Removes the bases before a frame. One that comes back after a power cut goes at the next opening or commit.
pub(crate) fn remove_before(dir: &Dir, bases: &[Base], start: Seq) {
    for base in bases.iter().filter(|base| base.at < start) {
        drop(dir.remove(&format::name(base.at)));
    }
}
