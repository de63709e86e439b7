//! Reads a snapshot from its beginning, block by block, checking each.

use crc32c::crc32c;
use fanin_store::limits::MAX_BLOCK_BYTES;
use fanin_store::{BlockVisit, Seq, StoreError, Version};

use super::format::{self, BLOCK_HEAD_BYTES, FOOTER_BYTES, FOOTER_MARK, FORMAT, HEADER_BYTES, MAGIC};
use crate::disk::{Access, Dir};
use crate::log::Window;

/// Visits the blocks of the snapshot at a frame and returns its semantics number. A block is shown only after it was
/// checked, and the end is checked after the last one.
pub(crate) fn read(dir: &Dir, at: Seq, visit: &mut BlockVisit<'_>) -> Result<u32, StoreError> {
    let mut window = Window::new(dir.open(&format::name(at), Access::Read)?)?;
    let (semantics, mut chain) = header(&mut window, at)?;
    let mut offset = HEADER_BYTES as u64;
    let (mut blocks, mut payload_bytes) = (0u64, 0u64);
    loop {
        let head = window.at(offset, BLOCK_HEAD_BYTES)?;
        let (Some(len), Some(section), Some(crc)) = (word(head, 0), word(head, 4), word(head, 8)) else {
            return Err(window.file.corrupt(offset, "the snapshot ends without its footer"));
        };
        let payload_at = offset.saturating_add(BLOCK_HEAD_BYTES as u64);
        if len == FOOTER_MARK {
            let footer = format::footer(chain, blocks, payload_bytes);
            if window.at(offset, FOOTER_BYTES)? != footer {
                return Err(window.file.corrupt(offset, "the footer does not fit the blocks"));
            }
            return Ok(semantics);
        }
        let bytes = len as usize;
        let section = u8::try_from(section).ok().filter(|_| bytes <= MAX_BLOCK_BYTES);
        let Some(section) = section else {
            return Err(window.file.corrupt(offset, "the head of a block is bad"));
        };
        let payload = window.at(payload_at, bytes)?;
        if payload.len() != bytes || format::block_crc(chain, len, section, payload) != crc {
            return Err(window.file.corrupt(offset, "the checksum of a block does not fit"));
        }
        visit(section, payload)?;
        chain = crc;
        blocks = blocks.saturating_add(1);
        payload_bytes = payload_bytes.saturating_add(u64::from(len));
        offset = payload_at.saturating_add(u64::from(len));
    }
}

fn header(window: &mut Window, at: Seq) -> Result<(u32, u32), StoreError> {
    let bytes = window.at(0, HEADER_BYTES)?.to_vec();
    let covered = bytes.get(..HEADER_BYTES.saturating_sub(4)).unwrap_or_default();
    let crc = word(&bytes, 28);
    if !covered.starts_with(MAGIC) || crc != Some(crc32c(covered)) {
        return Err(window.file.corrupt(0, "the header of the snapshot is bad"));
    }
    let (found, semantics) = (word(covered, 8).unwrap_or(0), word(covered, 12).unwrap_or(0));
    if found > FORMAT {
        return Err(StoreError::TooNew {
            file: window.file.path.clone(),
            version: Version::Format,
            found,
            supported: FORMAT,
            way: "use the version of fanin that wrote it, or a later one",
        });
    }
    if covered.get(16..24) != Some(at.to_le_bytes().as_slice()) {
        return Err(window.file.corrupt(16, "the header is of a snapshot at another frame"));
    }
    Ok((semantics, crc.unwrap_or(0)))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}
