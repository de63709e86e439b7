//! The shape every state-first store gives its items: which fields there are, how large an item becomes, how long chunks live.

use super::cell::{CellVersion, ChunkRef};
use super::error::StateError;
use super::path::too_large;
use super::units::ItemSize;
use crate::limits::{CHUNK_AHEAD_MS, CHUNK_OUTLIVES_MS, MAX_ITEM_BYTES, MAX_SLOTS};

/// Names of the fields. Short, because every item pays for them.
pub mod field {
    /// The nonce of a life.
    pub const NONCE: &str = "n";
    /// The count of commits.
    pub const COUNT: &str = "c";
    /// The head.
    pub const HEAD: &str = "h";
    /// The outbox; absent where it is empty.
    pub const OUTBOX: &str = "o";
    /// The chunks a cell has; absent where there are none.
    pub const CHUNKS: &str = "k";
    /// The bytes of a chunk or of a value on a shelf.
    pub const VALUE: &str = "b";
    /// Before the number of a slot.
    pub const SLOT: &str = "s";
    /// The note a cell of slots was closed with.
    pub const CLOSED: &str = "z";
    /// The second (since the epoch) from which the item is garbage; absent: never.
    pub const EXPIRES: &str = "ttl";
}

/// Where the head of a cell stands.
pub const HEAD_SORT: &str = "i";
/// Where a cell of slots stands.
pub const SLOTS_SORT: &str = "m";
/// What the place of a chunk begins with; its id follows, 16 hexadecimal digits.
pub const CHUNK_SORT: &str = "c#";

/// The place of a chunk.
#[must_use]
pub fn chunk_sort(id: u64) -> String {
    format!("{CHUNK_SORT}{id:016x}")
}

/// The head of a cell, as far as its size goes.
#[derive(Clone, Copy, Debug)]
pub struct HeadRow<'a> {
    /// Path of the cell.
    pub path: &'a str,
    /// The version.
    pub version: CellVersion,
    /// The head.
    pub head: &'a [u8],
    /// The chunks it lists.
    pub chunks: &'a [ChunkRef],
    /// The outbox.
    pub outbox: &'a [u8],
    /// When it may be dropped, in milliseconds.
    pub expires: Option<i64>,
}

impl HeadRow<'_> {
    /// The size as it is billed.
    ///
    /// # Errors
    /// `TooLarge` past [`MAX_ITEM_BYTES`].
    pub fn bytes(&self) -> Result<usize, StateError> {
        let mut size = ItemSize::new(self.path, HEAD_SORT)
            .number(field::NONCE, self.version.nonce)
            .number(field::COUNT, self.version.count)
            .data(field::HEAD, self.head.len());
        if !self.outbox.is_empty() {
            size = size.data(field::OUTBOX, self.outbox.len());
        }
        if !self.chunks.is_empty() {
            size = size.data(field::CHUNKS, chunk_list(self.chunks).len());
        }
        fits("a cell", expiring(size, self.expires))
    }
}

/// The size of an item with one value: a chunk, or a value on a shelf.
///
/// # Errors
/// `TooLarge` past [`MAX_ITEM_BYTES`].
pub fn value_bytes(path: &str, sort: &str, value: &[u8], expires: Option<i64>) -> Result<usize, StateError> {
    let size = ItemSize::new(path, sort).data(field::VALUE, value.len());
    fits("a value", expiring(size, expires))
}

/// The size of a cell of slots.
///
/// # Errors
/// `TooLarge` past [`MAX_ITEM_BYTES`].
pub fn slots_bytes<'a>(
    path: &str,
    life: u64,
    slots: impl IntoIterator<Item = (u16, &'a [u8])>,
    closed: Option<&[u8]>,
    expires: Option<i64>,
) -> Result<usize, StateError> {
    let mut size = ItemSize::new(path, SLOTS_SORT).number(field::NONCE, life);
    for (slot, value) in slots {
        size = size.data(&slot_name(slot)?, value.len());
    }
    if let Some(note) = closed {
        size = size.data(field::CLOSED, note.len());
    }
    fits("a cell of slots", expiring(size, expires))
}

/// The name of a slot's field.
///
/// # Errors
/// `TooLarge` past [`MAX_SLOTS`].
pub fn slot_name(slot: u16) -> Result<String, StateError> {
    if slot >= MAX_SLOTS {
        return Err(too_large(
            "the number of a slot",
            usize::from(slot),
            usize::from(MAX_SLOTS).saturating_sub(1),
        ));
    }
    Ok(format!("{}{slot}", field::SLOT))
}

/// The number of slots, if a cell may have so many.
///
/// # Errors
/// `TooLarge` past [`MAX_SLOTS`].
pub fn slot_total(total: u16) -> Result<u16, StateError> {
    if total > MAX_SLOTS {
        return Err(too_large("the number of slots", usize::from(total), usize::from(MAX_SLOTS)));
    }
    Ok(total)
}

fn expiring(size: ItemSize, expires: Option<i64>) -> usize {
    expires.map_or(size, |at| size.number(field::EXPIRES, seconds(at))).bytes()
}

fn fits(what: &str, bytes: usize) -> Result<usize, StateError> {
    if bytes > MAX_ITEM_BYTES { Err(too_large(what, bytes, MAX_ITEM_BYTES)) } else { Ok(bytes) }
}

/// Milliseconds to the second after them, for the field that says when an item is garbage.
#[must_use]
pub fn seconds(milliseconds: i64) -> u64 {
    u64::try_from(milliseconds).unwrap_or(0).div_ceil(1000)
}

/// When a chunk that is written now may be dropped, for a cell that may be dropped then. [`i64::MAX`]: never.
#[must_use]
pub fn chunk_expires(cell: Option<i64>) -> i64 {
    cell.map_or(i64::MAX, |at| at.saturating_add(CHUNK_OUTLIVES_MS).saturating_add(CHUNK_AHEAD_MS))
}

/// Whether a chunk has to be given a longer life, for a cell that may be dropped then.
#[must_use]
pub fn must_extend(chunk: &ChunkRef, cell: Option<i64>) -> bool {
    match cell {
        None => chunk.expires != i64::MAX,
        Some(at) => chunk.expires < at.saturating_add(CHUNK_OUTLIVES_MS),
    }
}

/// The moment for the field that says when a chunk is garbage; `None`: never.
#[must_use]
pub fn chunk_moment(expires: i64) -> Option<i64> {
    (expires != i64::MAX).then_some(expires)
}

const REF_BYTES: usize = 20;

/// The chunks of a cell as one field: 20 bytes each.
#[must_use]
pub fn chunk_list(chunks: &[ChunkRef]) -> Vec<u8> {
    let mut list = Vec::with_capacity(chunks.len().saturating_mul(REF_BYTES));
    for chunk in chunks {
        list.extend_from_slice(&chunk.id.to_be_bytes());
        list.extend_from_slice(&chunk.bytes.to_be_bytes());
        list.extend_from_slice(&chunk.expires.to_be_bytes());
    }
    list
}

/// The chunks of such a field; `None`: it is not one.
#[must_use]
pub fn chunks_of(list: &[u8]) -> Option<Vec<ChunkRef>> {
    let (rows, rest) = list.as_chunks::<REF_BYTES>();
    if !rest.is_empty() {
        return None;
    }
    rows.iter().map(chunk_of).collect()
}

fn chunk_of(row: &[u8; REF_BYTES]) -> Option<ChunkRef> {
    let (id, rest) = row.split_first_chunk::<8>()?;
    let (bytes, rest) = rest.split_first_chunk::<4>()?;
    let (expires, _) = rest.split_first_chunk::<8>()?;
    Some(ChunkRef {
        id: u64::from_be_bytes(*id),
        bytes: u32::from_be_bytes(*bytes),
        expires: i64::from_be_bytes(*expires),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_chunks_go_there_and_back() {
        let chunks = [
            ChunkRef { id: u64::MAX, bytes: 7, expires: i64::MAX },
            ChunkRef { id: 0, bytes: u32::MAX, expires: -1 },
        ];
        let list = chunk_list(&chunks);
        assert_eq!(chunks_of(&list).unwrap(), chunks);
        assert_eq!(chunks_of(&list[1..]), None);
        assert_eq!(chunks_of(&[]).unwrap(), []);
    }

    #[test]
    fn chunks_outlive_their_cell_and_are_extended_seldom() {
        let chunk = |expires| ChunkRef { id: 1, bytes: 1, expires };
        let born = chunk(chunk_expires(Some(0)));
        assert!(!must_extend(&born, Some(0)) && !must_extend(&born, Some(CHUNK_AHEAD_MS)));
        assert!(must_extend(&born, Some(CHUNK_AHEAD_MS + 1)) && must_extend(&born, None));
        assert!(!must_extend(&chunk(chunk_expires(None)), None));
        assert_eq!(chunk_moment(chunk_expires(None)), None);
    }

    #[test]
    fn an_item_at_the_limit_is_taken_and_one_past_it_refused() {
        let room = MAX_ITEM_BYTES - value_bytes("p", "s", &[], None).unwrap();
        assert_eq!(value_bytes("p", "s", &vec![0; room], None), Ok(MAX_ITEM_BYTES));
        assert!(value_bytes("p", "s", &vec![0; room + 1], None).is_err());
        assert!(slot_name(MAX_SLOTS - 1).is_ok() && slot_name(MAX_SLOTS).is_err());
        assert!(slot_total(MAX_SLOTS).is_ok() && slot_total(MAX_SLOTS + 1).is_err());
    }
}
