//! Items: names of their attributes, and the way there and back.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use fanin_store::state::row::{self, HeadRow, field};
use fanin_store::state::units::ItemSize;
use fanin_store::state::{Base, Cell, CellVersion, Slots, StateError};

use crate::table::{PARTITION_KEY, SORT_KEY};

/// An item, as the service has it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The format of the items. One without this attribute has format 1.
const FORMAT: &str = "f";
/// The newest format this program reads.
const READS_FORMAT: u64 = 1;

pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(crate) fn binary(value: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// The key of an item.
pub(crate) fn key(path: &str, sort: &str) -> Item {
    HashMap::from([
        (PARTITION_KEY.to_owned(), AttributeValue::S(path.to_owned())),
        (SORT_KEY.to_owned(), AttributeValue::S(sort.to_owned())),
    ])
}

/// Where an item stands.
pub(crate) fn place(item: &Item) -> Result<(&str, &str), StateError> {
    let text = |name| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
    match (text(PARTITION_KEY), text(SORT_KEY)) {
        (Some(path), Some(sort)) => Ok((path, sort)),
        _ => Err(StateError::Unreadable(
            "an item without its keys: the table is not one of fanin; look at FANIN_TABLE".to_owned(),
        )),
    }
}

/// The head of a cell.
pub(crate) fn head_item(row: &HeadRow<'_>) -> Item {
    let mut item = key(row.path, row::HEAD_SORT);
    item.insert(field::NONCE.to_owned(), number(row.version.nonce));
    item.insert(field::COUNT.to_owned(), number(row.version.count));
    item.insert(field::HEAD.to_owned(), binary(row.head));
    if !row.outbox.is_empty() {
        item.insert(field::OUTBOX.to_owned(), binary(row.outbox));
    }
    if !row.chunks.is_empty() {
        item.insert(field::CHUNKS.to_owned(), binary(&row::chunk_list(row.chunks)));
    }
    expiring(item, row.expires)
}

/// An item with one value: a chunk, a value on a shelf.
pub(crate) fn value_item(path: &str, sort: &str, value: &[u8], expires: Option<i64>) -> Item {
    let mut item = key(path, sort);
    item.insert(field::VALUE.to_owned(), binary(value));
    expiring(item, expires)
}

/// A cell of slots.
pub(crate) fn slots_item(
    path: &str,
    life: u64,
    slots: &BTreeMap<String, Vec<u8>>,
    expires: Option<i64>,
) -> Item {
    let mut item = key(path, row::SLOTS_SORT);
    item.insert(field::NONCE.to_owned(), number(life));
    for (name, value) in slots {
        item.insert(name.clone(), binary(value));
    }
    expiring(item, expires)
}

fn expiring(mut item: Item, expires: Option<i64>) -> Item {
    if let Some(at) = expires {
        item.insert(field::EXPIRES.to_owned(), number(row::seconds(at)));
    }
    item
}

/// A cell without its chunks.
pub(crate) fn cell_of(item: &Item) -> Result<Cell, StateError> {
    readable(item)?;
    let list = optional(item, field::CHUNKS)?;
    let chunks = row::chunks_of(list).ok_or_else(|| damaged(item, field::CHUNKS))?;
    let version =
        CellVersion { nonce: number_of(item, field::NONCE)?, count: number_of(item, field::COUNT)? };
    let bytes = u32::try_from(item_bytes(item)).unwrap_or(u32::MAX);
    Ok(Cell {
        base: Base { version, chunks, bytes },
        head: binary_of(item, field::HEAD)?.to_vec(),
        chunks: Vec::new(),
        outbox: optional(item, field::OUTBOX)?.to_vec(),
    })
}

/// The value of an item that has one.
pub(crate) fn value_of(item: &Item) -> Result<&[u8], StateError> {
    readable(item)?;
    binary_of(item, field::VALUE)
}

/// The image of a cell of slots.
pub(crate) fn slots_of(item: &Item) -> Result<Slots, StateError> {
    readable(item)?;
    let mut filled = BTreeMap::new();
    for name in item.keys() {
        let Some(digits) = name.strip_prefix(field::SLOT).filter(|_| name != SORT_KEY) else { continue };
        let slot = digits.parse::<u16>().map_err(|_| damaged(item, name))?;
        filled.insert(slot, binary_of(item, name)?.to_vec());
    }
    let closed = match item.get(field::CLOSED) {
        None => None,
        Some(_) => Some(binary_of(item, field::CLOSED)?.to_vec()),
    };
    Ok(Slots { life: number_of(item, field::NONCE)?, filled, closed })
}

fn readable(item: &Item) -> Result<(), StateError> {
    match item.get(FORMAT) {
        None => Ok(()),
        Some(AttributeValue::N(format)) if format.parse().is_ok_and(|format: u64| format <= READS_FORMAT) => {
            Ok(())
        }
        Some(_) => {
            let (path, sort) = place(item)?;
            Err(StateError::Unreadable(format!(
                "the item `{path}` `{sort}` was written by a newer fanin (this one reads format {READS_FORMAT}): deploy \
                 the newer one everywhere"
            )))
        }
    }
}

fn binary_of<'a>(item: &'a Item, name: &str) -> Result<&'a [u8], StateError> {
    match item.get(name) {
        Some(AttributeValue::B(blob)) => Ok(blob.as_ref()),
        _ => Err(damaged(item, name)),
    }
}

/// The bytes of an attribute that is left out when it is empty.
fn optional<'a>(item: &'a Item, name: &str) -> Result<&'a [u8], StateError> {
    if item.contains_key(name) { binary_of(item, name) } else { Ok(&[]) }
}

fn number_of(item: &Item, name: &str) -> Result<u64, StateError> {
    let text = item.get(name).and_then(|value| value.as_n().ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(|| damaged(item, name))
}

fn damaged(item: &Item, name: &str) -> StateError {
    match place(item) {
        Ok((path, sort)) => StateError::Unreadable(format!(
            "the item `{path}` `{sort}` is damaged: its attribute `{name}` is missing or of another kind; restore it from \
             a point in time, or drop the cell"
        )),
        Err(error) => error,
    }
}

/// The size of an item, as it is billed.
pub(crate) fn item_bytes(item: &Item) -> usize {
    let mut size = ItemSize::default();
    for (name, value) in item {
        size = match value {
            AttributeValue::S(text) => size.data(name, text.len()),
            AttributeValue::B(blob) => size.data(name, blob.as_ref().len()),
            AttributeValue::N(digits) => size.number(name, digits.parse().unwrap_or(u64::MAX)),
            // Nothing of ours has another kind.
            _ => size.data(name, 1),
        };
    }
    size.bytes()
}

#[cfg(test)]
mod tests {
    use fanin_store::state::ChunkRef;

    use super::*;

    const VERSION: CellVersion = CellVersion { nonce: 1_234_567_890_123_456_789, count: 17 };

    #[test]
    fn items_have_the_size_the_units_say() {
        let chunks = [ChunkRef { id: 7, bytes: 8, expires: 9 }];
        for (chunks, outbox, expires) in
            [(&chunks[..], &b"out"[..], Some(1_700_000_000_000)), (&[], &[], None)]
        {
            let row = HeadRow { path: "I#w#n#k", version: VERSION, head: b"head", chunks, outbox, expires };
            let item = head_item(&row);
            assert_eq!(item_bytes(&item), row.bytes().unwrap());
            let cell = cell_of(&item).unwrap();
            assert_eq!((cell.base.version, cell.base.chunks.as_slice()), (VERSION, chunks));
            assert_eq!((cell.head.as_slice(), cell.outbox.as_slice()), (&b"head"[..], outbox));
            let value = value_item("T#1#2", "s", b"value", expires);
            assert_eq!(item_bytes(&value), row::value_bytes("T#1#2", "s", b"value", expires).unwrap());
            assert_eq!(value_of(&value).unwrap(), b"value");
            let slots = BTreeMap::from([("s0".to_owned(), b"zero".to_vec()), ("s63".to_owned(), vec![])]);
            let item = slots_item("I#w#n#k", 5, &slots, expires);
            let filled = [(0, &b"zero"[..]), (63, &[])];
            assert_eq!(item_bytes(&item), row::slots_bytes("I#w#n#k", 5, filled, None, expires).unwrap());
            assert_eq!(slots_of(&item).unwrap().filled.len(), 2);
        }
    }

    #[test]
    fn what_cannot_be_read_says_which_item_it_is() {
        let row = HeadRow {
            path: "I#w#n#k",
            version: VERSION,
            head: b"h",
            chunks: &[],
            outbox: b"",
            expires: None,
        };
        let item = head_item(&row);
        for (name, value) in [
            (field::NONCE, AttributeValue::S("7".to_owned())),
            (field::COUNT, AttributeValue::N("-1".to_owned())),
            (field::HEAD, AttributeValue::Null(true)),
            (field::CHUNKS, binary(b"no list")),
            (FORMAT, number(2)),
        ] {
            let mut broken = item.clone();
            broken.insert(name.to_owned(), value);
            let text = cell_of(&broken).unwrap_err().to_string();
            let wanted = if name == FORMAT { "newer fanin" } else { "damaged" };
            assert!(text.contains("`I#w#n#k` `i`") && text.contains(wanted), "{text}");
        }
        assert!(place(&Item::new()).is_err());
    }
}
