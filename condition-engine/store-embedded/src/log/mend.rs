//! Writes segments for a repair: an empty one that pins where the log ends, or new ones with frames of old ones.

use fanin_store::{Seq, StoreError};

use super::active::{Active, Follows};
use super::segment::Segment;
use super::spares::{free_number, prepare};
use super::walk::Walk;
use crate::disk::Dir;
use crate::limits::{CHUNK_BYTES, MIN_SEGMENT_BYTES};
use crate::options::Protections;

/// Where a stretch of whole frames stands.
pub(crate) struct Source {
    pub(crate) segment: Segment,
    /// The offset of the first frame, its number, and the checksum it names.
    pub(crate) from: (u64, Seq, u32),
    pub(crate) last: Seq,
}

/// What the new segment follows: the highest epoch ever used, the last frame, its checksum, and the semantics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct After {
    pub(crate) epoch: u64,
    pub(crate) last: Seq,
    pub(crate) chain: u32,
    pub(crate) semantics: u32,
}

/// Begins an empty segment.
pub(crate) fn begin(dir: &Dir, after: After) -> Result<(), StoreError> {
    enter(dir, after, MIN_SEGMENT_BYTES).map(drop)
}

/// Writes the frames of the sources in one directory, which follow one another, into new segments of `size` bytes in another.
pub(crate) fn rewrite(
    (from, dir): (&Dir, &Dir),
    sources: &[Source],
    after: After,
    size: u64,
) -> Result<(), StoreError> {
    let mut active = enter(dir, after, size)?;
    for source in sources {
        let mut walk = Walk::new(from, &source.segment, Protections::default())?;
        (walk.offset, walk.expected, walk.chain) = source.from;
        let mut batch: Vec<Vec<u8>> = Vec::new();
        let mut bytes = 0usize;
        while walk.expected <= source.last {
            let offset = walk.offset;
            let Some((_, frame)) = walk.next()? else {
                return Err(walk.window.file.corrupt(offset, "a frame changed while it was read"));
            };
            bytes = bytes.saturating_add(frame.len());
            batch.push(frame.to_vec());
            if bytes >= CHUNK_BYTES {
                active = write(dir, active, &batch, (source.segment.header.semantics, size))?;
                (batch, bytes) = (Vec::new(), 0);
            }
        }
        active = write(dir, active, &batch, (source.segment.header.semantics, size))?;
    }
    Ok(())
}

fn enter(dir: &Dir, after: After, size: u64) -> Result<Active, StoreError> {
    let After { epoch, last, chain, semantics } = after;
    let spare = prepare(dir, free_number(dir)?, size)?;
    Active::enter(dir, &spare, Follows { epoch, last, chain, semantics }, Protections::default())
}

/// Writes the frames; goes on in a further segment when one is full, or the semantics change.
fn write(
    dir: &Dir,
    mut active: Active,
    frames: &[Vec<u8>],
    (semantics, size): (u32, u64),
) -> Result<Active, StoreError> {
    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let mut rest = frames.as_slice();
    while !rest.is_empty() {
        let fitting = active.fits(rest);
        if fitting == 0 || active.segment.header.semantics != semantics {
            let (epoch, last, chain) = (active.segment.header.epoch, active.last, active.chain);
            active = enter(dir, After { epoch, last, chain, semantics }, size)?;
            continue;
        }
        let (now, later) = rest.split_at_checked(fitting).unwrap_or((rest, &[]));
        active.write(now)?;
        rest = later;
    }
    Ok(active)
}
