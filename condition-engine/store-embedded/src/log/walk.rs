//! Walks the frames of one segment from its beginning, as long as they are whole and follow one another.

use fanin_store::limits::MAX_FRAME_BYTES;
use fanin_store::{Seq, StoreError};

use super::frame::{ALIGN, FrameHead, HEAD_BYTES, frame_bytes, u64_at};
use super::segment::{FIRST_OFFSET, Segment};
use super::window::Window;
use crate::disk::{Access, Dir};
use crate::options::{Protection, Protections};

/// Bytes looked through at once for a header.
const SCAN_BYTES: usize = 4096;

pub(crate) struct Walk {
    pub(crate) window: Window,
    pub(crate) seed: u32,
    protections: Protections,
    /// Where the next frame begins.
    pub(crate) offset: u64,
    /// The number the next frame must have.
    pub(crate) expected: Seq,
    /// The checksum the next frame must name.
    pub(crate) chain: u32,
    /// Where the write began that carried the last frame.
    pub(crate) group: u64,
}

impl Walk {
    pub(crate) fn new(dir: &Dir, segment: &Segment, protections: Protections) -> Result<Walk, StoreError> {
        Ok(Walk {
            window: Window::new(dir.open(&segment.name, Access::Read)?)?,
            seed: segment.header.seed(protections),
            protections,
            offset: FIRST_OFFSET,
            expected: segment.header.first_seq,
            chain: segment.header.prev,
            group: FIRST_OFFSET,
        })
    }

    /// The number of the last frame walked over.
    pub(crate) fn last(&self) -> Seq {
        self.expected.saturating_sub(1)
    }

    /// The next frame; `None` when what stands there is not one.
    pub(crate) fn next(&mut self) -> Result<Option<(Seq, &[u8])>, StoreError> {
        let Some(head) = self.peek()? else { return Ok(None) };
        let payload = self.offset.saturating_add(HEAD_BYTES as u64);
        let seq = self.expected;
        self.offset = self.offset.saturating_add(frame_bytes(head.len as usize));
        self.expected = seq.saturating_add(1);
        self.chain = head.crc;
        self.group = u64::from(head.group);
        Ok(Some((seq, self.window.at(payload, head.len as usize)?)))
    }

    fn peek(&mut self) -> Result<Option<FrameHead>, StoreError> {
        let Some(head) = self.head_at(self.offset)? else { return Ok(None) };
        let len = head.len as usize;
        let follows = (head.seq == self.expected || !self.protections.has(Protection::Number))
            && (head.prev == self.chain || !self.protections.has(Protection::Chain))
            && u64::from(head.group) <= self.offset;
        let end = self.offset.saturating_add(frame_bytes(len));
        if !follows || len > MAX_FRAME_BYTES || end > self.window.len.next_multiple_of(ALIGN) {
            return Ok(None);
        }
        let payload = self.offset.saturating_add(HEAD_BYTES as u64);
        let seed = self.seed;
        let whole = {
            let bytes = self.window.at(payload, len)?;
            bytes.len() == len && head.vouches_for(bytes, seed)
        };
        Ok(whole.then_some(head))
    }

    /// The next header of this segment behind the present place whose number can come next.
    pub(crate) fn head_behind(&mut self) -> Result<Option<(u64, FrameHead)>, StoreError> {
        let most = self.expected.saturating_add(self.window.len / HEAD_BYTES as u64);
        let (seed, expected) = (self.seed, self.expected);
        let mut at = self.offset.saturating_add(ALIGN);
        while at < self.window.len {
            let bytes = self.window.at(at, SCAN_BYTES + HEAD_BYTES)?;
            for offset in (0..SCAN_BYTES.min(bytes.len())).step_by(ALIGN as usize) {
                let rest = bytes.get(offset..).unwrap_or_default();
                let plausible = u64_at(rest, 8).is_some_and(|seq| (expected..=most).contains(&seq));
                if let Some(head) = plausible.then(|| FrameHead::parse(rest, seed)).flatten() {
                    return Ok(Some((at.saturating_add(offset as u64), head)));
                }
            }
            at = at.saturating_add(SCAN_BYTES as u64);
        }
        Ok(None)
    }

    /// The header at an offset, if one of this segment stands there.
    pub(crate) fn head_at(&mut self, offset: u64) -> Result<Option<FrameHead>, StoreError> {
        let seed = self.seed;
        Ok(FrameHead::parse(self.window.at(offset, HEAD_BYTES)?, seed))
    }
}
