//! Reads every snapshot and the manifest.

use std::io::ErrorKind::NotFound;

use fanin_store::{Seq, StoreError};

use super::facts::{Costs, DamageFacts, ManifestFacts, Role, SnapshotFacts};
use crate::disk::{Access, Dir};
use crate::snapshot::{self, Manifest};

/// What was found.
#[derive(Debug)]
pub(crate) struct States {
    pub(crate) facts: Vec<SnapshotFacts>,
    pub(crate) manifest: ManifestFacts,
    /// What the manifest says, if it can be read.
    pub(crate) named: Option<Manifest>,
    pub(crate) damages: Vec<DamageFacts>,
    pub(crate) newer: Option<String>,
}

pub(crate) fn examine(dir: &Dir) -> Result<States, StoreError> {
    let mut states = States {
        facts: Vec::new(),
        manifest: ManifestFacts::Missing,
        named: None,
        damages: Vec::new(),
        newer: None,
    };
    match Manifest::read(dir) {
        Ok(Some(manifest)) => (states.manifest, states.named) = (ManifestFacts::Whole, Some(manifest)),
        Ok(None) => {}
        Err(StoreError::Corrupt { offset, what, .. }) => {
            states.manifest = ManifestFacts::Damaged;
            states.damage("MANIFEST", offset, what);
        }
        Err(error @ StoreError::TooNew { .. }) => states.newer = Some(error.to_string()),
        Err(error) => return Err(error),
    }
    let mut seqs: Vec<Seq> = dir.list()?.iter().filter_map(|name| snapshot::seq_of(name)).collect();
    let named = states.named.unwrap_or_default();
    seqs.extend(named.newest.into_iter().chain(named.previous));
    seqs.sort_unstable();
    seqs.dedup();
    let newest_two: Vec<Seq> = seqs.iter().rev().take(2).copied().collect();
    for at in seqs {
        let role = match (states.named, newest_two.iter().position(|newest| *newest == at)) {
            (Some(manifest), _) if manifest.newest == Some(at) => Role::Newest,
            (Some(manifest), _) if manifest.previous == Some(at) => Role::Previous,
            (Some(manifest), _) if manifest.is_older(at) => Role::Base,
            (Some(_), _) => Role::Unnamed,
            (None, Some(0)) => Role::Newest,
            (None, Some(_)) => Role::Previous,
            (None, None) => Role::Base,
        };
        states.read(dir, at, role)?;
    }
    Ok(states)
}

impl States {
    fn damage(&mut self, file: &str, offset: u64, what: String) {
        let costs = Costs::Nothing;
        self.damages.push(DamageFacts { file: file.to_owned(), offset, what, frames: None, costs });
    }

    fn read(&mut self, dir: &Dir, at: Seq, role: Role) -> Result<(), StoreError> {
        let file = snapshot::name(at);
        let bytes = dir.open(&file, Access::Read).and_then(|file| file.len()).unwrap_or(0);
        let semantics = match snapshot::read(dir, at, &mut |_, _| Ok(())) {
            Ok(semantics) => Some(semantics),
            // One that was never committed is no loss; it goes at the next opening.
            Err(_) if role == Role::Unnamed => None,
            Err(StoreError::Corrupt { offset, what, .. }) => {
                self.damage(&file, offset, what);
                None
            }
            Err(StoreError::Io { source, .. }) if source.kind() == NotFound => {
                self.damage(&file, 0, "the file is missing, and the manifest names it".to_owned());
                None
            }
            Err(error @ StoreError::TooNew { .. }) => {
                self.newer = Some(error.to_string());
                None
            }
            Err(error) => return Err(error),
        };
        self.facts.push(SnapshotFacts { file, at, bytes, semantics, role, usable: semantics.is_some() });
        Ok(())
    }

    /// The frames of the usable snapshots that count, oldest first.
    pub(crate) fn usable(&self) -> impl DoubleEndedIterator<Item = Seq> {
        self.facts.iter().filter(|one| one.usable && one.role != Role::Unnamed).map(|one| one.at)
    }
}
