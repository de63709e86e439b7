//! The frame: a header which vouches for itself, then the payload.
//!
//! ```text
//! 0  len    u32  bytes of the payload
//! 4  group  u32  offset in the segment at which the write that carried this frame began
//! 8  seq    u64  its number
//! 16 prev   u32  checksum of the frame before; of the segment before for the first one
//! 20 crc    u32  of bytes 0..20 and the payload
//! 24 head   u32  checksum of bytes 0..24
//! 28 payload, padded with zeros to a multiple of four
//! ```
//! All numbers are little-endian. Both checksums are CRC-32C seeded by the segment. The header has one of its own so that a frame
//! of a later write is recognized even where its payload was lost, and so that looking for one is cheap.

use crc32c::crc32c_append;

/// Bytes of a frame's header.
pub(crate) const HEAD_BYTES: usize = 28;
/// Frames begin at multiples of this.
pub(crate) const ALIGN: u64 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameHead {
    pub(crate) len: u32,
    pub(crate) group: u32,
    pub(crate) seq: u64,
    pub(crate) prev: u32,
    pub(crate) crc: u32,
}

impl FrameHead {
    /// Reads a header that was written under this seed; `None` for any other bytes.
    pub(crate) fn parse(bytes: &[u8], seed: u32) -> Option<FrameHead> {
        let (covered, rest) = bytes.split_at_checked(24)?;
        if crc32c_append(seed, covered) != u32_at(rest, 0)? {
            return None;
        }
        Some(FrameHead {
            len: u32_at(covered, 0)?,
            group: u32_at(covered, 4)?,
            seq: u64_at(covered, 8)?,
            prev: u32_at(covered, 16)?,
            crc: u32_at(covered, 20)?,
        })
    }

    /// Whether the payload is the one this header was written for.
    pub(crate) fn vouches_for(&self, payload: &[u8], seed: u32) -> bool {
        crc32c_append(crc32c_append(seed, &self.front()), payload) == self.crc
    }

    /// Appends a frame to a buffer and returns its checksum. `len` and `crc` of `self` are set here.
    pub(crate) fn write(mut self, payload: &[u8], seed: u32, buffer: &mut Vec<u8>) -> u32 {
        self.len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        let front = self.front();
        self.crc = crc32c_append(crc32c_append(seed, &front), payload);
        let head = crc32c_append(crc32c_append(seed, &front), &self.crc.to_le_bytes());
        buffer.extend_from_slice(&front);
        buffer.extend_from_slice(&self.crc.to_le_bytes());
        buffer.extend_from_slice(&head.to_le_bytes());
        buffer.extend_from_slice(payload);
        let padding = usize::try_from(frame_bytes(payload.len())).unwrap_or(0);
        let padding = padding.saturating_sub(HEAD_BYTES).saturating_sub(payload.len());
        buffer.extend(std::iter::repeat_n(0, padding));
        self.crc
    }

    fn front(&self) -> [u8; 20] {
        let mut front = [0; 20];
        let numbers = self.len.to_le_bytes().into_iter().chain(self.group.to_le_bytes());
        let all = numbers.chain(self.seq.to_le_bytes()).chain(self.prev.to_le_bytes());
        for (to, from) in front.iter_mut().zip(all) {
            *to = from;
        }
        front
    }
}

/// Bytes a payload takes in a segment.
pub(crate) fn frame_bytes(payload: usize) -> u64 {
    ((HEAD_BYTES as u64).saturating_add(payload as u64)).next_multiple_of(ALIGN)
}

/// A little-endian number at an offset; `None` past the end.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

/// A little-endian number at an offset; `None` past the end.
pub(crate) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(payload: &[u8], seed: u32) -> Vec<u8> {
        let mut buffer = Vec::new();
        FrameHead { len: 0, group: 512, seq: 9, prev: 77, crc: 0 }.write(payload, seed, &mut buffer);
        buffer
    }

    #[test]
    fn a_frame_comes_back_under_its_own_seed_only() {
        for len in [0usize, 1, 3, 4, 1000] {
            let payload = vec![5u8; len];
            let bytes = written(&payload, 42);
            assert_eq!(bytes.len() as u64, frame_bytes(len));
            let head = FrameHead::parse(&bytes, 42).unwrap();
            assert_eq!((head.len as usize, head.group, head.seq, head.prev), (len, 512, 9, 77));
            assert!(head.vouches_for(&payload, 42));
            assert!(!head.vouches_for(&payload, 43));
            assert_eq!(FrameHead::parse(&bytes, 43), None);
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let payload = b"payload!";
        let bytes = written(payload, 42);
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let whole =
                FrameHead::parse(&bad, 42).is_some_and(|head| head.vouches_for(&bad[HEAD_BYTES..], 42));
            assert!(!whole, "bit {bit}");
        }
    }

    #[test]
    fn zeros_are_no_frame() {
        for seed in [0, 1, 0xffff_ffff, 0x1234_5678] {
            assert_eq!(FrameHead::parse(&[0; 64], seed), None);
        }
    }
}
