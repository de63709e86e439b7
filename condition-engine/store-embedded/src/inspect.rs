//! A look into a directory without a lock and without writing: for tools.

use std::ops::ControlFlow;

use fanin_store::{BlockVisit, FrameVisit, Seq, StoreError};

use crate::disk::Dir;
use crate::limits::INSPECT_ATTEMPTS;
use crate::log::{self, Found, FrameWhile, Segment};
use crate::options::Protections;
use crate::report::OpenReport;
use crate::snapshot::{self, Snapshots};
use crate::store;

/// What a directory held at one moment. A live process may go on writing: later frames are not seen, and released ones
/// end a replay with an error which says so.
pub struct Inspection {
    dir: Dir,
    found: Found,
    snapshots: Snapshots,
    bases: Vec<Seq>,
    report: OpenReport,
}

impl std::fmt::Debug for Inspection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inspection").field("report", &self.report).finish_non_exhaustive()
    }
}

/// A segment of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentInfo {
    /// The file.
    pub file: String,
    /// Its epoch.
    pub epoch: u64,
    /// The semantics number of the engine that wrote it.
    pub semantics: u32,
    /// The number of its first frame, or of the first one to come.
    pub first: Seq,
    /// The number of its last frame; `first - 1` when it has none.
    pub last: Seq,
    /// Bytes of the file.
    pub bytes: u64,
}

impl Inspection {
    /// A live process may take a file away between its listing and its reading: what fails every time is real.
    pub(crate) fn of(dir: &Dir) -> Result<Inspection, StoreError> {
        let mut outcome = Inspection::look(dir.clone());
        for _ in 1..INSPECT_ATTEMPTS {
            if outcome.is_ok() {
                break;
            }
            outcome = Inspection::look(dir.clone());
        }
        outcome
    }

    fn look(dir: Dir) -> Result<Inspection, StoreError> {
        let snapshots = snapshot::find(&dir)?;
        let found = log::find(&dir, Protections::default(), true)?;
        let report = store::report(&found, &snapshots);
        let bases = bases(&dir, &found, &snapshots)?;
        Ok(Inspection { dir, found, snapshots, bases, report })
    }

    /// What an opening would report now. A torn tail may be the write of a live process.
    #[must_use]
    pub fn report(&self) -> &OpenReport {
        &self.report
    }

    /// The segments, oldest first.
    #[must_use]
    pub fn segments(&self) -> Vec<SegmentInfo> {
        let nexts = self.found.segments.iter().skip(1);
        let lasts = nexts.map(|next| next.header.first_seq.saturating_sub(1)).chain([self.found.last()]);
        self.found.segments.iter().zip(lasts).map(|(segment, last)| self.info(segment, last)).collect()
    }

    fn info(&self, segment: &Segment, last: Seq) -> SegmentInfo {
        SegmentInfo {
            file: self.dir.path(&segment.name),
            epoch: segment.header.epoch,
            semantics: segment.header.semantics,
            first: segment.header.first_seq,
            last,
            bytes: segment.len,
        }
    }

    /// The frames at which the past can be taken up, ascending: each is a snapshot from which the log goes on, 0 is the empty
    /// state before frame 1. The last one is the newest usable snapshot. Only that one has been read; another may turn out
    /// to be damaged when it is loaded, and then the one before it serves. Empty when nothing leads to the log.
    #[must_use]
    pub fn bases(&self) -> Vec<Seq> {
        self.bases.clone()
    }

    /// Visits the blocks of the snapshot at one of [`Inspection::bases`]; none for 0.
    ///
    /// # Errors
    /// `Io` when there is none at that frame, or a live process has removed it meanwhile; `Corrupt`, possibly after some blocks
    /// were visited; what `visit` returns.
    pub fn load_at(&self, base: Seq, visit: &mut BlockVisit<'_>) -> Result<(), StoreError> {
        if base == 0 && self.snapshots.manifest.newest != Some(0) {
            return Ok(());
        }
        snapshot::read(&self.dir, base, visit).map(drop)
    }

    /// Visits every frame with a number greater than `after`; returns the number of the last one.
    ///
    /// # Errors
    /// `Gap` when the log does not reach back so far, or frames were released meanwhile; `Corrupt`; what `visit` returns.
    pub fn replay(&self, after: Seq, visit: &mut FrameVisit<'_>) -> Result<Seq, StoreError> {
        self.replay_while(after, &mut |seq, frame| visit(seq, frame).map(ControlFlow::Continue))
    }

    /// Visits the frames after `after` until the visitor breaks off. Returns the number of the last one visited; without a
    /// break that of the last one there is.
    ///
    /// # Errors
    /// As [`Inspection::replay`].
    pub fn replay_while(&self, after: Seq, visit: &mut FrameWhile<'_>) -> Result<Seq, StoreError> {
        let segments: Vec<&Segment> = self.found.segments.iter().collect();
        let protections = Protections::default();
        let outcome = log::replay((&self.dir, protections), &segments, (after, self.found.last()), visit);
        outcome.map_err(|error| self.explain(after, error))
    }

    /// A segment that is gone or in its next use by now was released by a live process, and is not damaged.
    fn explain(&self, after: Seq, error: StoreError) -> StoreError {
        if !matches!(error, StoreError::Corrupt { .. } | StoreError::Io { .. }) {
            return error;
        }
        let Ok(now) = log::find(&self.dir, Protections::default(), true) else { return error };
        if now.first() > after.saturating_add(1) && now.first() > self.found.first() {
            let wanted = after.saturating_add(1);
            return StoreError::Gap { wanted, first: now.first(), last: now.last() };
        }
        error
    }

    /// Visits the blocks of the newest usable snapshot; returns the frame it is at.
    ///
    /// # Errors
    /// `Io` when a live process has replaced it meanwhile; `Corrupt`; what `visit` returns.
    pub fn load(&self, visit: &mut BlockVisit<'_>) -> Result<Option<Seq>, StoreError> {
        let Some(newest) = self.snapshots.manifest.newest else { return Ok(None) };
        snapshot::read(&self.dir, newest, visit)?;
        Ok(Some(newest))
    }

    /// Reads every frame, and says whether an opening would succeed as far as the bytes go.
    ///
    /// # Errors
    /// `Corrupt` with the first bad place.
    pub fn verify(&self) -> Result<(), StoreError> {
        store::check_reach(&self.dir, &self.found, &self.snapshots)?;
        self.replay(self.found.first().saturating_sub(1), &mut |_, _| Ok(())).map(drop)
    }
}

fn bases(dir: &Dir, found: &Found, snapshots: &Snapshots) -> Result<Vec<Seq>, StoreError> {
    let manifest = snapshots.manifest;
    let damaged =
        |at: Seq| snapshots.damaged.iter().any(|damage| damage.file == dir.path(&snapshot::name(at)));
    let counts = |at: Seq| manifest.names(at) || manifest.is_older(at);
    let leads = |at: Seq| at.saturating_add(1) >= found.first() && at <= found.last();
    let all = snapshot::bases(dir, Seq::MAX)?.into_iter().map(|base| base.at);
    let mut bases: Vec<Seq> = all.filter(|at| counts(*at) && leads(*at) && !damaged(*at)).collect();
    if found.first() <= 1 && bases.first() != Some(&0) {
        bases.insert(0, 0);
    }
    Ok(bases)
}
