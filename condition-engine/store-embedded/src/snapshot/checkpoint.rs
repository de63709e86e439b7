//! The port of the snapshots, and the commit: name, manifest, then what is obsolete goes.

use std::sync::Arc;

use fanin_store::{BlockVisit, Checkpoint, CheckpointWriter, Seq, StoreError};

use super::format;
use super::manifest::Manifest;
use super::read::read;
use super::write::Writer;
use crate::disk::Dir;
use crate::store::Shared;

/// The snapshots of a directory.
pub struct FileCheckpoint {
    dir: Dir,
    semantics: u32,
    shared: Arc<Shared>,
    writers: u64,
}

impl std::fmt::Debug for FileCheckpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileCheckpoint").field("dir", &self.dir.path("")).finish_non_exhaustive()
    }
}

impl FileCheckpoint {
    pub(crate) fn new(dir: Dir, semantics: u32, shared: Arc<Shared>) -> FileCheckpoint {
        FileCheckpoint { dir, semantics, shared, writers: 0 }
    }
}

impl Checkpoint for FileCheckpoint {
    fn begin(&mut self, at: Seq) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        in_order(self.shared.manifest(), at)?;
        self.writers = self.writers.saturating_add(1);
        Ok(Box::new(Writer::begin(&self.dir, &self.shared, (at, self.writers), self.semantics)?))
    }

    fn load(&mut self, visit: &mut BlockVisit<'_>) -> Result<Option<Seq>, StoreError> {
        let Some(newest) = self.shared.manifest().newest else { return Ok(None) };
        read(&self.dir, newest, visit)?;
        Ok(Some(newest))
    }
}

fn in_order(manifest: Manifest, at: Seq) -> Result<(), StoreError> {
    match manifest.newest {
        Some(newest) if at < newest => Err(StoreError::OutOfOrder { at, newest }),
        _ => Ok(()),
    }
}

/// Makes a finished, synced file the newest snapshot. `rename` gives it its name.
pub(super) fn publish(
    dir: &Dir,
    shared: &Shared,
    at: Seq,
    rename: &mut dyn FnMut() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    shared.change_manifest(|before| {
        if at > shared.durable() {
            return Err(StoreError::Gap { wanted: at, first: 1, last: shared.durable() });
        }
        in_order(before, at)?;
        let previous = if before.newest == Some(at) { before.previous } else { before.newest };
        let after = Manifest { newest: Some(at), previous };
        rename()?;
        dir.sync()?;
        after.write(dir)?;
        remove_obsolete(dir, after, shared.keeps_bases().then_some(0));
        Ok(after)
    })
}

/// Removes snapshots which the manifest does not name. `history` is the first frame of the log if bases are kept: then an
/// older one from which the log goes on stays. What cannot be removed now goes at the next commit or opening.
pub(crate) fn remove_obsolete(dir: &Dir, manifest: Manifest, history: Option<Seq>) {
    let base = |at: Seq| manifest.is_older(at) && history.is_some_and(|first| at.saturating_add(1) >= first);
    for name in dir.list().unwrap_or_default() {
        if format::seq_of(&name).is_some_and(|at| !manifest.names(at) && !base(at)) {
            drop(dir.remove(&name));
        }
    }
}
