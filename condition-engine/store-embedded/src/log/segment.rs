//! The segment: its name, and the header which says what its frames mean and where the segment before it ends.
//!
//! ```text
//! 0  magic      8 bytes
//! 8  format     u32
//! 12 semantics  u32  what the engine made of frames when it wrote them
//! 16 epoch      u64  number of this use of the file, never used twice
//! 24 salt       u64  random: a payload cannot imitate frames
//! 32 first_seq  u64  number of the first frame
//! 40 prev       u32  checksum of the last frame before
//! 44 flags      u32  bit 0: pre-written with zeros, nothing old is in it
//! 48 size       u64  bytes of the file
//! 56 zero       u32
//! 60 crc        u32  CRC-32C of bytes 0..60; stays here in every format
//! ```

use crc32c::crc32c;
use fanin_store::{Seq, StoreError, Version};

use super::frame::{u32_at, u64_at};
use crate::disk::{Access, Dir, File};
use crate::options::{Protection, Protections};

const MAGIC: &[u8; 8] = b"FANINLOG";
const HEADER_BYTES: usize = 64;
/// The layout of segments and frames which this program writes, and the highest it reads.
pub const FORMAT: u32 = 1;
/// Where the first frame begins: a sector of its own for the header.
pub(crate) const FIRST_OFFSET: u64 = 512;
const ZEROED: u32 = 1;
const PREFIX: &str = "log-";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SegmentHeader {
    pub(crate) semantics: u32,
    pub(crate) epoch: u64,
    pub(crate) salt: u64,
    pub(crate) first_seq: Seq,
    pub(crate) prev: u32,
    pub(crate) zeroed: bool,
    pub(crate) size: u64,
}

impl SegmentHeader {
    /// What the checksums of this segment's frames begin with.
    pub(crate) fn seed(&self, protections: Protections) -> u32 {
        if !protections.has(Protection::Epoch) {
            return 0;
        }
        crc32c::crc32c_append(crc32c(&self.epoch.to_le_bytes()), &self.salt.to_le_bytes())
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(&self.semantics.to_le_bytes());
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.salt.to_le_bytes());
        bytes.extend_from_slice(&self.first_seq.to_le_bytes());
        bytes.extend_from_slice(&self.prev.to_le_bytes());
        bytes.extend_from_slice(&if self.zeroed { ZEROED } else { 0 }.to_le_bytes());
        bytes.extend_from_slice(&self.size.to_le_bytes());
        bytes.extend_from_slice(&0u32.to_le_bytes());
        bytes.extend_from_slice(&crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// The error is damage in words, or a format from the future.
    fn parse(bytes: &[u8]) -> Result<SegmentHeader, Unreadable> {
        let torn = || Unreadable::Damaged("the header is too short");
        let (covered, rest) = bytes.split_at_checked(HEADER_BYTES - 4).ok_or_else(torn)?;
        if !covered.starts_with(MAGIC) {
            return Err(Unreadable::Damaged("this is not the header of a segment"));
        }
        if u32_at(rest, 0) != Some(crc32c(covered)) {
            return Err(Unreadable::Damaged("the checksum of the header does not fit"));
        }
        let (word, long) =
            (|at| u32_at(covered, at).ok_or_else(torn), |at| u64_at(covered, at).ok_or_else(torn));
        let format = word(8)?;
        if format > FORMAT {
            return Err(Unreadable::Newer(format));
        }
        Ok(SegmentHeader {
            semantics: word(12)?,
            epoch: long(16)?,
            salt: long(24)?,
            first_seq: long(32)?,
            prev: word(40)?,
            zeroed: word(44)? & ZEROED != 0,
            size: long(48)?,
        })
    }
}

enum Unreadable {
    Damaged(&'static str),
    Newer(u32),
}

/// A segment file of the log.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) name: String,
    pub(crate) header: SegmentHeader,
    /// Bytes of the file.
    pub(crate) len: u64,
}

impl Segment {
    pub(crate) fn name(epoch: u64) -> String {
        format!("{PREFIX}{epoch:016x}")
    }

    /// The epoch in a file's name, if it is the name of a segment.
    pub(crate) fn epoch_of(name: &str) -> Option<u64> {
        let digits = name.strip_prefix(PREFIX).filter(|digits| digits.len() == 16)?;
        u64::from_str_radix(digits, 16).ok()
    }

    pub(crate) fn read(dir: &Dir, name: &str) -> Result<Segment, StoreError> {
        let file = dir.open(name, Access::Read)?;
        let mut bytes = [0; HEADER_BYTES];
        let filled = file.read_at(&mut bytes, 0)?;
        let header = SegmentHeader::parse(bytes.get(..filled).unwrap_or_default())
            .map_err(|why| refused(&file, &why))?;
        if Segment::epoch_of(name) != Some(header.epoch) {
            return Err(file.corrupt(16, format!("the header is of epoch {:016x}", header.epoch)));
        }
        Ok(Segment { name: name.to_owned(), header, len: file.len()? })
    }
}

fn refused(file: &File, why: &Unreadable) -> StoreError {
    match *why {
        Unreadable::Damaged(what) => file.corrupt(0, what),
        Unreadable::Newer(found) => StoreError::TooNew {
            file: file.path.clone(),
            version: Version::Format,
            found,
            supported: FORMAT,
            way: "use the version of fanin that wrote it, or a later one",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> SegmentHeader {
        SegmentHeader { semantics: 3, epoch: 7, salt: 11, first_seq: 42, prev: 5, zeroed: true, size: 4096 }
    }

    #[test]
    fn a_header_comes_back_and_every_flipped_bit_is_noticed() {
        let bytes = header().encode();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert!(SegmentHeader::parse(&bytes).is_ok_and(|found| found == header()));
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(SegmentHeader::parse(&bad).is_err(), "bit {bit}");
        }
        assert!(SegmentHeader::parse(&bytes[..63]).is_err());
    }

    #[test]
    fn names_hold_the_epoch() {
        assert_eq!(Segment::epoch_of(&Segment::name(0xabc)), Some(0xabc));
        for other in ["log-1", "log-", "spare-0000000000000001", "snapshot-1", "log-000000000000000g"] {
            assert_eq!(Segment::epoch_of(other), None, "{other}");
        }
    }

    #[test]
    fn seeds_differ_by_epoch_and_salt() {
        let all = Protections::default();
        let seed = header().seed(all);
        assert_ne!(seed, SegmentHeader { epoch: 8, ..header() }.seed(all));
        assert_ne!(seed, SegmentHeader { salt: 12, ..header() }.seed(all));
    }
}
