//! Snapshots: the file, the manifest which says which ones count, and the port.

mod bases;
mod checkpoint;
mod find;
mod format;
mod manifest;
mod read;
mod write;

pub(crate) use bases::{Base, bases, remove_before};
pub use checkpoint::FileCheckpoint;
pub(crate) use checkpoint::remove_obsolete;
pub(crate) use find::{Snapshots, find, is_ours};
pub(crate) use format::{name, seq_of};
pub(crate) use manifest::Manifest;
pub(crate) use read::read;
