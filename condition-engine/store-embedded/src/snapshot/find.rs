//! Finds the snapshots that can be used. Writes nothing.

use fanin_store::{Seq, StoreError};

use super::format::{self, seq_of};
use super::manifest::Manifest;
use super::read::read;
use crate::disk::Dir;
use crate::report::Damage;

/// What is usable, and what is not.
pub(crate) struct Snapshots {
    pub(crate) manifest: Manifest,
    /// The semantics number of the newest usable one.
    pub(crate) semantics: Option<u32>,
    pub(crate) damaged: Vec<Damage>,
}

/// Reads the newest snapshot whole; only when it is damaged, the one before, and only when that is too, the bases of the
/// history. The manifest names the first two; without one, or with a damaged one, every snapshot with a name counts: it was
/// finished and synced before it got it.
pub(crate) fn find(dir: &Dir) -> Result<Snapshots, StoreError> {
    let mut damaged = Vec::new();
    let named = match Manifest::read(dir) {
        Ok(manifest) => manifest,
        Err(error) => {
            damaged.push(damage(error)?);
            None
        }
    };
    let names = dir.list()?;
    let all = names.iter().rev().filter_map(|name| seq_of(name));
    let candidates: Vec<Seq> = match named {
        Some(manifest) => {
            let kept = manifest.newest.into_iter().chain(manifest.previous);
            kept.chain(all.filter(|at| manifest.is_older(*at))).collect()
        }
        None => all.collect(),
    };
    let mut rest = candidates.into_iter();
    for at in rest.by_ref() {
        match read(dir, at, &mut |_, _| Ok(())) {
            Ok(semantics) => {
                let previous = rest.next();
                let manifest = Manifest { newest: Some(at), previous };
                return Ok(Snapshots { manifest, semantics: Some(semantics), damaged });
            }
            Err(error) => damaged.push(lost(dir, at, error)?),
        }
    }
    Ok(Snapshots { manifest: Manifest::default(), semantics: None, damaged })
}

/// A snapshot that is not there is as bad as a damaged one.
fn lost(dir: &Dir, at: Seq, error: StoreError) -> Result<Damage, StoreError> {
    match error {
        StoreError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Ok(Damage {
            file: dir.path(&format::name(at)),
            offset: 0,
            what: "the file is missing".to_owned(),
        }),
        other => damage(other),
    }
}

fn damage(error: StoreError) -> Result<Damage, StoreError> {
    match error {
        StoreError::Corrupt { file, offset, what } => Ok(Damage { file, offset, what }),
        other => Err(other),
    }
}

/// Whether a file is an unfinished one of this store, left by a process that died.
pub(crate) fn is_ours(name: &str) -> bool {
    let Some(name) = name.strip_suffix(".tmp") else { return false };
    ["snapshot-", "spare-"].iter().any(|prefix| name.starts_with(prefix)) || name == "MANIFEST"
}
