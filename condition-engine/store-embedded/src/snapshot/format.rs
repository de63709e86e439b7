//! The bytes of a snapshot.
//!
//! ```text
//! header  magic 8 bytes, format u32, semantics u32, seq u64, zero u32, crc u32 of what precedes
//! block   len u32, section u32, crc u32 of len, section, payload, seeded by the crc before; then the payload
//! footer  0xffff_ffff u32, 0 u32, crc u32 of all else in it, seeded by the crc before; blocks u64, payload bytes u64
//! ```
//! All numbers are little-endian. Each checksum goes on from the one before, the first from the header's, so a block that is missing,
//! moved or of another snapshot is noticed.

use crc32c::{crc32c, crc32c_append};
use fanin_store::Seq;

use crate::log;

pub(super) const MAGIC: &[u8; 8] = b"FANINSNP";
pub(super) const HEADER_BYTES: usize = 32;
pub(super) const BLOCK_HEAD_BYTES: usize = 12;
pub(super) const FOOTER_BYTES: usize = 28;
/// The length which says that the footer begins.
pub(super) const FOOTER_MARK: u32 = u32::MAX;
/// The layout which this program writes, and the highest it reads; snapshots and segments count together.
pub(super) const FORMAT: u32 = log::FORMAT;
const PREFIX: &str = "snapshot-";

/// The name of the snapshot at a frame.
pub(crate) fn name(at: Seq) -> String {
    format!("{PREFIX}{at:020}")
}

/// The frame of a committed snapshot's file name.
pub(crate) fn seq_of(name: &str) -> Option<Seq> {
    let digits = name.strip_prefix(PREFIX).filter(|digits| digits.len() == 20)?;
    digits.parse().ok()
}

pub(super) fn header(semantics: u32, at: Seq) -> (Vec<u8>, u32) {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&FORMAT.to_le_bytes());
    bytes.extend_from_slice(&semantics.to_le_bytes());
    bytes.extend_from_slice(&at.to_le_bytes());
    bytes.extend_from_slice(&0u32.to_le_bytes());
    let crc = crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    (bytes, crc)
}

pub(super) fn block_crc(chain: u32, len: u32, section: u8, payload: &[u8]) -> u32 {
    let chain = crc32c_append(chain, &len.to_le_bytes());
    crc32c_append(crc32c_append(chain, &u32::from(section).to_le_bytes()), payload)
}

pub(super) fn block_head(len: u32, section: u8, crc: u32) -> [u8; BLOCK_HEAD_BYTES] {
    let mut bytes = [0; BLOCK_HEAD_BYTES];
    let numbers = [len, u32::from(section), crc].into_iter().flat_map(u32::to_le_bytes);
    for (to, from) in bytes.iter_mut().zip(numbers) {
        *to = from;
    }
    bytes
}

pub(super) fn footer(chain: u32, blocks: u64, payload_bytes: u64) -> Vec<u8> {
    let totals = [blocks.to_le_bytes(), payload_bytes.to_le_bytes()].concat();
    let mut bytes = block_head(FOOTER_MARK, 0, block_crc(chain, FOOTER_MARK, 0, &totals)).to_vec();
    bytes.extend_from_slice(&totals);
    bytes
}
