//! The journal on segments: append, roll over, replay, release.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;

use fanin_store::{FrameVisit, Journal, Seq, StoreError};

use super::active::{Active, Follows, largest_frame};
use super::retain::{Covered, history_start};
use super::segment::Segment;
use super::spares::Spares;
use super::{Found, replay};
use crate::disk::{Access, Dir};
use crate::limits::STARTER_SEGMENT_BYTES;
#[cfg(test)]
use crate::options::Protection;
use crate::options::{Options, Protections};
use crate::snapshot::{self, Base};
use crate::store::Shared;

/// The journal of a directory. Dropping it leaves the directory as a crash would.
pub struct FileJournal {
    dir: Dir,
    options: Options,
    protections: Protections,
    shared: Arc<Shared>,
    /// Full segments, oldest first.
    sealed: VecDeque<Segment>,
    active: Active,
    spares: Spares,
    /// The number of the last acknowledged frame.
    last: Seq,
    /// The first error of a write or sync.
    poison: Option<String>,
}

impl std::fmt::Debug for FileJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileJournal")
            .field("dir", &self.dir.path(""))
            .field("last", &self.last)
            .field("poison", &self.poison)
            .finish_non_exhaustive()
    }
}

/// What a journal is made on.
pub(crate) struct Ground {
    pub(crate) dir: Dir,
    pub(crate) options: Options,
    pub(crate) protections: Protections,
    pub(crate) shared: Arc<Shared>,
}

impl FileJournal {
    /// Goes on after what was found: makes the tail durable, then begins a new segment.
    pub(crate) fn recover(ground: Ground, found: Found) -> Result<FileJournal, StoreError> {
        #[cfg(test)]
        if !ground.protections.has(Protection::FreshSegment) && found.end.is_some() {
            return FileJournal::go_on(ground, found);
        }
        let Ground { dir, options, protections, shared } = ground;
        let last = found.last();
        write_tail_again(&dir, &found)?;
        let mut spares = Spares::find(&dir, &options)?;
        let sealed = VecDeque::from(found.segments);
        let follows = Follows {
            epoch: sealed.back().map_or(0, |segment| segment.header.epoch),
            last,
            chain: found.end.as_ref().map_or(0, |end| end.chain),
            semantics: options.semantics,
        };
        let starter = STARTER_SEGMENT_BYTES;
        let spare = spares.take_or_start(starter)?;
        let active = Active::enter(&dir, &spare, follows, protections)?;
        let mut journal =
            FileJournal { dir, options, protections, shared, sealed, active, spares, last, poison: None };
        journal.tidy(found.end.as_ref().map_or(0, |end| end.offset))?;
        Ok(journal)
    }

    /// Goes on in the segment of before: what recovery must not do, for the test which shows it.
    #[cfg(test)]
    fn go_on(ground: Ground, found: Found) -> Result<FileJournal, StoreError> {
        let Ground { dir, options, protections, shared } = ground;
        write_tail_again(&dir, &found)?;
        let spares = Spares::find(&dir, &options)?;
        let last = found.last();
        let mut sealed = VecDeque::from(found.segments);
        let (segment, end) = (sealed.pop_back().unwrap(), found.end.unwrap());
        let active = Active::resume(&dir, segment, &end, protections)?;
        Ok(FileJournal { dir, options, protections, shared, sealed, active, spares, last, poison: None })
    }

    /// The epoch of the newest segment, and how many segments there are.
    pub(crate) fn size(&self) -> (u64, usize) {
        (self.active.segment.header.epoch, self.sealed.len().saturating_add(1))
    }

    /// Now that the new segment pins where the log ends: cuts the old one there, and takes out segments without a frame.
    fn tidy(&mut self, end: u64) -> Result<(), StoreError> {
        if let Some(segment) = self.sealed.back_mut() {
            if segment.len > end {
                let mut file = self.dir.open(&segment.name, Access::Write)?;
                file.set_len(end)?;
                file.sync()?;
            }
            segment.len = segment.len.min(end);
        }
        let firsts = self.sealed.iter().skip(1).map(|segment| segment.header.first_seq);
        let nexts: Vec<Seq> = firsts.chain([self.active.segment.header.first_seq]).collect();
        let (empty, full): (Vec<_>, Vec<_>) =
            self.sealed.drain(..).zip(nexts).partition(|(segment, next)| segment.header.first_seq == *next);
        self.sealed = full.into_iter().map(|(segment, _)| segment).collect();
        for (segment, _) in &empty {
            self.spares.give(segment)?;
        }
        if empty.is_empty() { Ok(()) } else { self.dir.sync() }
    }

    fn checked(&self) -> Result<(), StoreError> {
        match &self.poison {
            Some(cause) => Err(StoreError::Poisoned { cause: cause.clone() }),
            None => Ok(()),
        }
    }

    fn poisoned(&mut self, error: StoreError) -> StoreError {
        self.poison = Some(error.to_string());
        error
    }

    /// Writes the frames in as few groups as they need: one, unless they are more than a whole segment takes.
    fn write(&mut self, frames: &[&[u8]]) -> Result<(), StoreError> {
        let mut rest = frames;
        let mut written = false;
        while !rest.is_empty() {
            let fitting = self.active.fits(rest);
            if fitting == 0 || (fitting < rest.len() && !self.active.is_empty()) {
                self.roll(written)?;
                continue;
            }
            let (now, later) = rest.split_at_checked(fitting).unwrap_or((rest, &[]));
            self.active.write(now).map_err(|error| self.poisoned(error))?;
            (rest, written) = (later, true);
        }
        Ok(())
    }

    /// Goes on in the next segment. Without room for one nothing has changed, and unless a part of the append is written
    /// already, the caller may try again.
    fn roll(&mut self, written: bool) -> Result<(), StoreError> {
        let spare = match self.spares.take() {
            Ok(spare) => spare,
            Err(error @ StoreError::DiskFull { .. }) if !written => return Err(error),
            Err(error) => return Err(self.poisoned(error)),
        };
        let follows = Follows {
            epoch: self.active.segment.header.epoch,
            last: self.active.last,
            chain: self.active.chain,
            semantics: self.options.semantics,
        };
        match Active::enter(&self.dir, &spare, follows, self.protections) {
            Ok(next) => {
                let before = std::mem::replace(&mut self.active, next);
                self.retire(before.segment)
            }
            Err(error) => Err(self.poisoned(error)),
        }
    }

    fn retire(&mut self, segment: Segment) -> Result<(), StoreError> {
        if segment.header.first_seq < self.active.segment.header.first_seq {
            self.sealed.push_back(segment);
            return Ok(());
        }
        // A starter too small for the first frame: nothing is in it.
        self.spares.give(&segment).and_then(|()| self.dir.sync()).map_err(|error| self.poisoned(error))
    }

    /// Where the history begins that retention keeps, and the released segments with the last frame of each.
    fn history(&self, released: Seq, bases: &[Base]) -> (Seq, Vec<Covered>) {
        let nexts = self.sealed.iter().skip(1).chain([&self.active.segment]);
        let ends = nexts.map(|next| next.header.first_seq.saturating_sub(1));
        let covered = self.sealed.iter().zip(ends).map(|(segment, end)| Covered { end, bytes: segment.len });
        let covered: Vec<Covered> = covered.take_while(|segment| segment.end <= released).collect();
        let first = self.sealed.front().unwrap_or(&self.active.segment).header.first_seq;
        (history_start(&self.options, (first, self.shared.floor()), &covered, bases), covered)
    }
}

/// Writes what the last write of the process before left, once more. After a failed sync the system may show bytes that
/// are on no disk, and another sync would not write them. Bytes before the last write were synced before it began.
fn write_tail_again(dir: &Dir, found: &Found) -> Result<(), StoreError> {
    let (Some(segment), Some(end)) = (found.segments.last(), &found.end) else { return Ok(()) };
    let bytes = usize::try_from(end.offset.saturating_sub(end.group)).unwrap_or(0);
    let mut file = dir.open(&segment.name, Access::Write)?;
    let mut tail = vec![0; bytes];
    if file.read_at(&mut tail, end.group)? != bytes {
        return Err(file.corrupt(end.group, "the file became shorter while it was read"));
    }
    file.write_at(&tail, end.group)?;
    file.sync()
}

impl Journal for FileJournal {
    fn append(&mut self, frames: &[&[u8]]) -> Result<Seq, StoreError> {
        self.checked()?;
        let max = largest_frame(self.options.segment_bytes);
        if let Some(frame) = frames.iter().find(|frame| frame.len() > max) {
            return Err(StoreError::FrameTooLarge { bytes: frame.len(), max });
        }
        self.write(frames)?;
        if self.active.is_half_full() {
            self.spares.ahead();
        }
        self.last = self.active.last;
        self.shared.set_durable(self.last);
        Ok(self.last)
    }

    fn replay(&mut self, after: Seq, visit: &mut FrameVisit<'_>) -> Result<Seq, StoreError> {
        let segments: Vec<&Segment> = self.sealed.iter().chain([&self.active.segment]).collect();
        let mut visit = |seq, frame: &[u8]| visit(seq, frame).map(ControlFlow::Continue);
        replay((&self.dir, self.protections), &segments, (after, self.last), &mut visit)
    }

    fn last(&self) -> Seq {
        self.last
    }

    fn release(&mut self, seq: Seq) -> Result<(), StoreError> {
        self.checked()?;
        if seq > self.last {
            let first = self.sealed.front().unwrap_or(&self.active.segment).header.first_seq;
            return Err(StoreError::Gap { wanted: seq, first, last: self.last });
        }
        let floor = self.shared.floor();
        let bases = if self.shared.keeps_bases() { snapshot::bases(&self.dir, floor)? } else { Vec::new() };
        let (start, covered) = self.history(seq.min(floor), &bases);
        snapshot::remove_before(&self.dir, &bases, start);
        let surplus = covered.iter().take_while(|segment| segment.end <= start).count();
        for _ in 0..surplus {
            let Some(segment) = self.sealed.front() else { break };
            self.spares.give(segment)?;
            self.sealed.pop_front();
        }
        if surplus == 0 {
            return Ok(());
        }
        // Until its name is gone for good, a recycled segment must not get a new header.
        self.dir.sync().map_err(|error| self.poisoned(error))
    }
}
