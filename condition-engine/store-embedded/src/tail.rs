//! A reader at the end of a log: remembers where it is, so that looking for new frames costs what is new.

use fanin_store::{FrameVisit, Seq, StoreError};

use crate::disk::Dir;
use crate::limits::INSPECT_ATTEMPTS;
use crate::log::{Segment, Walk};
use crate::options::Protections;

/// Follows the log of a directory without a lock and without writing, also while another process writes there. It may show
/// frames that are written and not yet synced: a power cut, and nothing less, can take those back.
pub struct Tail {
    dir: Dir,
    /// The number of the last frame shown or skipped.
    after: Seq,
    /// The checksum of that frame, once it was read.
    chain: Option<u32>,
    place: Option<(Segment, Walk)>,
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail")
            .field("dir", &self.dir.path(""))
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}

impl Tail {
    pub(crate) fn new(dir: Dir, after: Seq) -> Tail {
        Tail { dir, after, chain: None, place: None }
    }

    /// The number of the last frame shown; at first the one the tail was made with.
    #[must_use]
    pub fn last(&self) -> Seq {
        self.after
    }

    /// Visits the frames that are new since the last call; returns the number of the last one. Nothing new costs a listing of the
    /// directory and one read.
    ///
    /// # Errors
    /// `Gap` when the next frame was released meanwhile, or the log ended before it; `Corrupt`, `Io`; what `visit` returns. Then
    /// make a new tail at a frame that is there.
    pub fn poll(&mut self, visit: &mut FrameVisit<'_>) -> Result<Seq, StoreError> {
        let mut attempt = 0;
        loop {
            self.drain(visit)?;
            let segments = self.later()?;
            let wanted = self.after.saturating_add(1);
            let fitting = segments.iter().rfind(|segment| segment.header.first_seq <= wanted);
            match (fitting, segments.last()) {
                (Some(next), _) => self.enter(next.clone())?,
                (None, None) => return Ok(self.after),
                // The next segment begins further on. What is missing was written before it: it is read now, or gone.
                (None, Some(last)) if attempt == INSPECT_ATTEMPTS => {
                    let first = segments.first().map_or(0, |segment| segment.header.first_seq);
                    return Err(StoreError::Gap {
                        wanted,
                        first,
                        last: last.header.first_seq.saturating_sub(1),
                    });
                }
                (None, Some(_)) => attempt = attempt.saturating_add(1),
            }
        }
    }

    /// Shows what the segment holds beyond the last frame.
    fn drain(&mut self, visit: &mut FrameVisit<'_>) -> Result<(), StoreError> {
        let Some((_, walk)) = &mut self.place else { return Ok(()) };
        walk.window.forget();
        loop {
            let Some((seq, frame)) = walk.next()? else { return Ok(()) };
            if seq > self.after {
                visit(seq, frame)?;
                self.after = seq;
            }
            self.chain = Some(walk.chain);
        }
    }

    /// The segments of a later epoch than the present one, oldest first.
    fn later(&self) -> Result<Vec<Segment>, StoreError> {
        let here = self.place.as_ref().map_or(0, |(segment, _)| segment.header.epoch);
        let names = self.dir.list()?;
        let later = |name: &&String| Segment::epoch_of(name).is_some_and(|epoch| epoch > here);
        let mut segments = Vec::new();
        for name in names.iter().filter(later) {
            match Segment::read(&self.dir, name) {
                Ok(segment) => segments.push(segment),
                // It was listed, and released before it was opened.
                Err(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        segments.sort_by_key(|segment| segment.header.epoch);
        Ok(segments)
    }

    fn enter(&mut self, next: Segment) -> Result<(), StoreError> {
        let continues = next.header.first_seq == self.after.saturating_add(1);
        if continues && self.chain.is_some_and(|chain| chain != next.header.prev) {
            let what = format!("frame {} is not the one which it follows", self.after);
            return Err(StoreError::Corrupt { file: self.dir.path(&next.name), offset: 40, what });
        }
        let walk = Walk::new(&self.dir, &next, Protections::default())?;
        self.place = Some((next, walk));
        Ok(())
    }
}
