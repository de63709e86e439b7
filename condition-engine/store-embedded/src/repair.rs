//! Carries out what a diagnosis has announced, under the lock. Nothing is deleted: what goes is moved or copied into a
//! directory `damaged-<n>` beside, and the order is such that a crash in between leaves a directory that can be diagnosed again.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fanin_store::{Seq, StoreError};
use serde::Serialize;

use crate::diagnose::{self, Diagnosis, Examination, Examined, RepairPlan, Run, Step};
use crate::disk::{Access, Dir, RealDisk, create_dir};
use crate::limits::{MAX_DAMAGED_DIRS, MIN_SEGMENT_BYTES};
use crate::lock::DirLock;
use crate::log::{After, Source, begin, rewrite};
use crate::snapshot::Manifest;

/// Why a repair was not carried out, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The store said no: in use, read-only, no space, or an error of the system.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory is not as it was when the plan was made.
    #[error("{dir} has changed since it was looked at; nothing was done. Look again")]
    Changed {
        /// The directory.
        dir: String,
    },
    /// Too many repairs have left their remains.
    #[error("{dir} holds {most} directories `damaged-<n>`; nothing was done. Move them elsewhere")]
    TooMany {
        /// The directory.
        dir: String,
        /// How many there may be.
        most: u32,
    },
}

/// What a repair did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepairReport {
    /// Where that lies which was moved or copied aside.
    pub aside: String,
    /// What was done.
    pub done: Vec<Step>,
    /// The directory afterwards.
    pub after: Diagnosis,
}

/// The directory and where things go that are put aside.
struct Place {
    dir: Dir,
    path: PathBuf,
    aside: PathBuf,
}

pub(crate) fn repair(path: &Path, plan: &RepairPlan) -> Result<RepairReport, RepairError> {
    let _lock = DirLock::take(path)?;
    let (place, found) = prepare(path, plan)?;
    for step in &plan.steps {
        place.carry_out(step, &found, plan)?;
    }
    place.dir.sync()?;
    Dir::new(Arc::new(RealDisk::new(&place.aside))).sync()?;
    let after = diagnose::examine(&place.dir, false)?.diagnosis;
    Ok(RepairReport { aside: place.aside.display().to_string(), done: plan.steps.clone(), after })
}

/// Makes sure that the plan still fits, and a place for what goes.
fn prepare(path: &Path, plan: &RepairPlan) -> Result<(Place, Examination), RepairError> {
    let dir = Dir::new(Arc::new(RealDisk::new(path)));
    let found = diagnose::examine(&dir, false)?;
    if found.diagnosis.plan.as_ref() != Some(plan) {
        return Err(RepairError::Changed { dir: path.display().to_string() });
    }
    let aside = free_name(path)?;
    create_dir(&aside)?;
    Ok((Place { dir, path: path.to_owned(), aside }, found))
}

fn free_name(path: &Path) -> Result<PathBuf, RepairError> {
    let mut names = (1..=MAX_DAMAGED_DIRS).map(|n| path.join(format!("damaged-{n}")));
    let dir = || path.display().to_string();
    names
        .find(|name| !name.exists())
        .ok_or_else(|| RepairError::TooMany { dir: dir(), most: MAX_DAMAGED_DIRS })
}

impl Place {
    fn carry_out(&self, step: &Step, found: &Examination, plan: &RepairPlan) -> Result<(), StoreError> {
        let log = &found.log;
        match step {
            Step::Cut { file, .. } => self.copy(file),
            Step::Begin { .. } => {
                begin(&self.dir, after(log, found.run.as_ref(), plan))?;
                // Only now that a segment pins where the log ends, and a copy is safe, the old one is cut.
                let cuts = plan.steps.iter().filter_map(|step| match step {
                    Step::Cut { file, offset, .. } => Some((file, *offset)),
                    _ => None,
                });
                cuts.into_iter().try_for_each(|(file, offset)| self.cut(file, offset))
            }
            Step::Rewrite { first, .. } => match &found.run {
                Some(run) => self.rewrite(log, run, *first),
                None => Ok(()),
            },
            Step::Manifest { newest, previous } => {
                if self.path.join("MANIFEST").exists() {
                    self.copy("MANIFEST")?;
                }
                Manifest { newest: *newest, previous: *previous }.write(&self.dir)
            }
            Step::MoveAside { file } => {
                let to = self.aside.join(file);
                fs::rename(self.path.join(file), &to)
                    .map_err(|error| StoreError::from_io("move aside", self.dir.path(file), error))
            }
        }
    }

    /// The new segments are made beside and come in from the last to the first: until all are there, the directory is refused,
    /// and the frames are still where they were.
    fn rewrite(&self, log: &Examined, run: &Run, first: Seq) -> Result<(), StoreError> {
        let beside = self.aside.join("rewritten");
        create_dir(&beside)?;
        let to = Dir::new(Arc::new(RealDisk::new(&beside)));
        let sources = sources(log, run);
        let sizes = sources.iter().map(|source| source.segment.header.size);
        let size = sizes.max().unwrap_or(MIN_SEGMENT_BYTES);
        let semantics = sources.first().map_or(0, |source| source.segment.header.semantics);
        let after = After { epoch: log.epoch(), last: first.saturating_sub(1), chain: 0, semantics };
        rewrite((&self.dir, &to), &sources, after, size)?;
        for name in to.list()?.iter().rev() {
            fs::rename(beside.join(name), self.path.join(name))
                .map_err(|error| StoreError::from_io("rename", to.path(name), error))?;
            self.dir.sync()?;
        }
        fs::remove_dir(&beside).map_err(|error| StoreError::from_io("remove", to.path(""), error))
    }

    fn copy(&self, file: &str) -> Result<(), StoreError> {
        let to = self.aside.join(file);
        let copied = fs::copy(self.path.join(file), &to).and_then(|_| fs::File::open(&to)?.sync_all());
        copied.map_err(|error| StoreError::from_io("copy", to.display().to_string(), error))
    }

    fn cut(&self, file: &str, offset: u64) -> Result<(), StoreError> {
        let mut file = self.dir.open(file, Access::Write)?;
        file.set_len(offset)?;
        file.sync()
    }
}

/// What the segment follows with which the log goes on.
fn after(log: &Examined, run: Option<&Run>, plan: &RepairPlan) -> After {
    let part = run.and_then(|run| run.parts.last().copied());
    let semantics = part.and_then(|part| log.pieces.get(part.0)).or_else(|| log.pieces.last());
    After {
        epoch: log.epoch(),
        last: plan.last,
        chain: part.and_then(|part| log.stretch(part)).map_or(0, |stretch| stretch.chain),
        // An empty segment binds nobody: 0 is older than any.
        semantics: semantics.map_or(0, |piece| piece.segment.header.semantics),
    }
}

fn sources(log: &Examined, run: &Run) -> Vec<Source> {
    let source = |part: &(usize, usize)| {
        let (stretch, piece) = (log.stretch(*part)?, log.pieces.get(part.0)?);
        let from = (stretch.from, stretch.first, stretch.prev);
        Some(Source { segment: piece.segment.clone(), from, last: stretch.last })
    };
    run.parts.iter().filter_map(source).collect()
}

#[cfg(test)]
mod tests;
