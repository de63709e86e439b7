//! Visits the frames of a log over all its segments.

use std::ops::ControlFlow;

use fanin_store::{Seq, StoreError};

use super::segment::Segment;
use super::walk::Walk;
use crate::disk::Dir;
use crate::options::{Protection, Protections};

/// What a reader does with one frame; it may have had enough.
pub type FrameWhile<'a> = dyn FnMut(Seq, &[u8]) -> Result<ControlFlow<()>, StoreError> + 'a;

/// Visits every frame with a number greater than `after` up to `last`, as long as the visitor wants; returns the number of the
/// last one visited, or `last`.
pub(crate) fn replay(
    (dir, protections): (&Dir, Protections),
    segments: &[&Segment],
    (after, last): (Seq, Seq),
    visit: &mut FrameWhile<'_>,
) -> Result<Seq, StoreError> {
    let first = segments.first().map_or(1, |segment| segment.header.first_seq);
    let wanted = after.saturating_add(1);
    if after > last || wanted < first {
        return Err(StoreError::Gap { wanted, first, last });
    }
    for (index, segment) in segments.iter().enumerate() {
        let next = segments.get(index.saturating_add(1));
        let end = next.map_or(last, |next| next.header.first_seq.saturating_sub(1));
        if end <= after || end < segment.header.first_seq {
            continue;
        }
        let mut walk = Walk::new(dir, segment, protections)?;
        while walk.expected <= end {
            let offset = walk.offset;
            match walk.next()? {
                Some((seq, payload)) if seq > after => {
                    if visit(seq, payload)?.is_break() {
                        return Ok(seq);
                    }
                }
                Some(_) => {}
                None => return Err(bad_frame(dir, segment, (walk.expected, offset))),
            }
        }
        if let Some(next) = next
            && next.header.prev != walk.chain
            && protections.has(Protection::Chain)
        {
            let what = format!("frame {end} is not the one which {} follows", next.name);
            return Err(walk.window.file.corrupt(walk.offset, what));
        }
    }
    Ok(last)
}

fn bad_frame(dir: &Dir, segment: &Segment, (seq, offset): (Seq, u64)) -> StoreError {
    let what = format!("frame {seq} is bad, and later ones are known to follow");
    StoreError::Corrupt { file: dir.path(&segment.name), offset, what }
}
