//! The bytes behind the last good frame of the last segment: a clean end, a torn write, or damage.
//!
//! A write begins only after the one before is durable. So the header of a frame whose write began behind the bad place
//! proves that the bad place was durable once: damage. Every other remainder belongs to the one write nobody was told about.

use fanin_store::StoreError;

use super::frame::{ALIGN, FrameHead, HEAD_BYTES, frame_bytes, u64_at};
use super::segment::Segment;
use super::walk::Walk;
use crate::report::TornTail;

/// Zeros are skipped in blocks of this size.
const BLOCK: usize = 4096;
static ZEROS: [u8; BLOCK + HEAD_BYTES] = [0; BLOCK + HEAD_BYTES];

/// Judges what stands behind a walk that came to its end.
pub(crate) fn judge(walk: &mut Walk, segment: &Segment) -> Result<Option<TornTail>, StoreError> {
    let end = walk.offset;
    let most = walk.expected.saturating_add(segment.header.size / HEAD_BYTES as u64);
    let mut traces = end;
    let mut at = end;
    while at < walk.window.len {
        let bytes = walk.window.at(at, BLOCK + HEAD_BYTES)?;
        if bytes == ZEROS.get(..bytes.len()).unwrap_or_default() {
            at = at.saturating_add(BLOCK as u64);
            continue;
        }
        let block = bytes.to_vec();
        for offset in (0..BLOCK.min(block.len())).step_by(ALIGN as usize) {
            let rest = block.get(offset..).unwrap_or_default();
            let place = at.saturating_add(offset as u64);
            // A number out of range is no frame of this segment: the cheap question first.
            let plausible = u64_at(rest, 8).is_some_and(|seq| (walk.expected..=most).contains(&seq));
            if let Some(head) = plausible.then(|| FrameHead::parse(rest, walk.seed)).flatten() {
                if u64::from(head.group) > end {
                    let what = format!(
                        "the frame is bad, yet a later write follows at byte {place}: it was durable once"
                    );
                    return Err(walk.window.file.corrupt(end, what));
                }
                traces = traces.max(place.saturating_add(frame_bytes(head.len as usize)));
            }
        }
        if segment.header.zeroed
            && let Some(last) = block.iter().rposition(|byte| *byte != 0)
        {
            traces = traces.max(at.saturating_add(last as u64).saturating_add(1));
        }
        at = at.saturating_add(BLOCK as u64);
    }
    let bytes = traces.min(walk.window.len).saturating_sub(end);
    let file = walk.window.file.path.clone();
    Ok((bytes > 0).then_some(TornTail { file, offset: end, bytes }))
}
