//! The segment being written.

use fanin_store::{Seq, StoreError};

use super::frame::{FrameHead, HEAD_BYTES, frame_bytes};
use super::segment::{FIRST_OFFSET, Segment, SegmentHeader};
use super::spares::Spare;
use crate::disk::{Access, Dir, File};
use crate::limits::KEEP_BUFFER_BYTES;
use crate::options::Protections;

pub(super) struct Active {
    pub(super) segment: Segment,
    file: File,
    seed: u32,
    pub(super) offset: u64,
    pub(super) chain: u32,
    pub(super) last: Seq,
    buffer: Vec<u8>,
}

/// What a new segment follows.
#[derive(Clone, Copy)]
pub(super) struct Follows {
    pub(super) epoch: u64,
    pub(super) last: Seq,
    pub(super) chain: u32,
    pub(super) semantics: u32,
}

impl Active {
    /// Makes a spare the next segment. The name becomes durable after the header and before the first frame: no frame ever
    /// stands under an epoch that a crash could give out again.
    pub(super) fn enter(
        dir: &Dir,
        spare: &Spare,
        follows: Follows,
        protections: Protections,
    ) -> Result<Active, StoreError> {
        let header = SegmentHeader {
            semantics: follows.semantics,
            epoch: follows.epoch.saturating_add(1),
            salt: dir.salt(),
            first_seq: follows.last.saturating_add(1),
            prev: follows.chain,
            zeroed: spare.zeroed,
            size: spare.size,
        };
        let mut file = dir.open(&spare.name, Access::Write)?;
        file.write_at(&header.encode(), 0)?;
        file.sync()?;
        let name = Segment::name(header.epoch);
        dir.rename(&spare.name, &name)?;
        dir.sync()?;
        file.path = dir.path(&name);
        let segment = Segment { name, header, len: spare.size };
        let seed = header.seed(protections);
        let (chain, last) = (follows.chain, follows.last);
        Ok(Active { segment, file, seed, offset: FIRST_OFFSET, chain, last, buffer: Vec::new() })
    }

    /// Goes on in a segment of before.
    #[cfg(test)]
    pub(super) fn resume(
        dir: &Dir,
        segment: Segment,
        end: &super::recover::End,
        protections: Protections,
    ) -> Result<Active, StoreError> {
        let file = dir.open(&segment.name, Access::Write)?;
        let seed = segment.header.seed(protections);
        let (offset, chain, last) = (end.offset, end.chain, end.last);
        Ok(Active { segment, file, seed, offset, chain, last, buffer: Vec::new() })
    }

    /// How many of the frames fit.
    pub(super) fn fits(&self, frames: &[&[u8]]) -> usize {
        let mut left = self.segment.header.size.saturating_sub(self.offset);
        let mut count: usize = 0;
        for frame in frames {
            let bytes = frame_bytes(frame.len());
            if bytes > left {
                break;
            }
            left = left.saturating_sub(bytes);
            count = count.saturating_add(1);
        }
        count
    }

    /// Writes the frames, which fit, as one group: one write, one sync.
    pub(super) fn write(&mut self, frames: &[&[u8]]) -> Result<(), StoreError> {
        self.buffer.clear();
        let group = u32::try_from(self.offset).unwrap_or(u32::MAX);
        let (mut chain, mut last) = (self.chain, self.last);
        for frame in frames {
            last = last.saturating_add(1);
            let head = FrameHead { len: 0, group, seq: last, prev: chain, crc: 0 };
            chain = head.write(frame, self.seed, &mut self.buffer);
        }
        self.file.write_at(&self.buffer, self.offset)?;
        self.file.sync()?;
        self.offset = self.offset.saturating_add(self.buffer.len() as u64);
        (self.chain, self.last) = (chain, last);
        if self.buffer.capacity() > KEEP_BUFFER_BYTES {
            self.buffer = Vec::new();
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.offset == FIRST_OFFSET
    }

    pub(super) fn is_half_full(&self) -> bool {
        self.offset.saturating_mul(2) > self.segment.header.size
    }
}

/// The largest frame a segment of this size takes.
pub(super) fn largest_frame(segment_bytes: u64) -> usize {
    let room = segment_bytes.saturating_sub(FIRST_OFFSET).saturating_sub(HEAD_BYTES as u64);
    let room = usize::try_from(room).unwrap_or(usize::MAX);
    (room - room % super::frame::ALIGN as usize).min(fanin_store::limits::MAX_FRAME_BYTES)
}
