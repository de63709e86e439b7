//! Finds the segments of a log and where its last one ends. Writes nothing.

use fanin_store::{Seq, StoreError};

use super::judge::judge;
use super::segment::Segment;
use super::walk::Walk;
use crate::disk::Dir;
use crate::limits::INSPECT_ATTEMPTS;
use crate::options::Protections;
use crate::report::TornTail;

/// A log as it lies in the directory.
pub(crate) struct Found {
    /// In the order of their epochs.
    pub(crate) segments: Vec<Segment>,
    /// `None` when there are no segments.
    pub(crate) end: Option<End>,
}

/// Where the log ends.
pub(crate) struct End {
    pub(crate) last: Seq,
    /// The checksum of the last frame.
    pub(crate) chain: u32,
    /// Where the next frame would begin in the last segment.
    pub(crate) offset: u64,
    /// Where the last write began that left a frame.
    pub(crate) group: u64,
    pub(crate) torn: Option<TornTail>,
}

/// Reads the headers of all segments and the whole of the last one.
pub(crate) fn find(dir: &Dir, protections: Protections, live: bool) -> Result<Found, StoreError> {
    let mut segments = Vec::new();
    for name in dir.list()?.iter().filter(|name| Segment::epoch_of(name).is_some()) {
        segments.push(Segment::read(dir, name)?);
    }
    segments.sort_by_key(|segment| segment.header.epoch);
    for pair in segments.windows(2) {
        if let [before, after] = pair
            && after.header.first_seq < before.header.first_seq
        {
            let what = format!("it begins with frame {}, before {}", after.header.first_seq, before.name);
            return Err(StoreError::Corrupt { file: dir.path(&after.name), offset: 32, what });
        }
    }
    let end = match segments.last() {
        None => None,
        Some(segment) => Some(end_of(dir, segment, protections, live)?),
    };
    Ok(Found { segments, end })
}

fn end_of(dir: &Dir, segment: &Segment, protections: Protections, live: bool) -> Result<End, StoreError> {
    if segment.len < segment.header.size {
        let what = format!("the file has {} bytes, its header says {}", segment.len, segment.header.size);
        return Err(StoreError::Corrupt { file: dir.path(&segment.name), offset: segment.len, what });
    }
    let mut walk = Walk::new(dir, segment, protections)?;
    // Frames written by a live process between reading and judging look like damage. Read again, they are whole.
    let attempts = if live { INSPECT_ATTEMPTS } else { 1 };
    let mut attempt = 1;
    loop {
        while walk.next()?.is_some() {}
        match judge(&mut walk, segment) {
            Ok(torn) => {
                return Ok(End {
                    last: walk.last(),
                    chain: walk.chain,
                    offset: walk.offset,
                    group: walk.group,
                    torn,
                });
            }
            Err(error) if attempt == attempts => return Err(error),
            Err(_) => walk.window.forget(),
        }
        attempt = attempt.saturating_add(1);
    }
}

impl Found {
    /// The number of the first frame held; of the first one to come when there is none.
    pub(crate) fn first(&self) -> Seq {
        self.segments.first().map_or(1, |segment| segment.header.first_seq)
    }

    pub(crate) fn last(&self) -> Seq {
        self.end.as_ref().map_or(0, |end| end.last)
    }
}
