//! What stands in the table, for the checks at the end: read past the store, which is not asked whether it has done right.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fanin_store::state::row::{CHUNK_SORT, HEAD_SORT, SLOTS_SORT, chunk_sort, chunks_of, field};
use fanin_store::state::{Base, Cell, CellKey, CellVersion, ShelfName};
use serde_json::Value;

use super::Item;
use super::service::Table;
use crate::db::Images;

fn bytes(item: &Item, name: &str) -> Vec<u8> {
    let text = item.get(name).and_then(|value| value.get("B")).and_then(Value::as_str).unwrap_or_default();
    STANDARD.decode(text).unwrap_or_default()
}

fn number(item: &Item, name: &str) -> Option<u64> {
    item.get(name)?.get("N")?.as_str()?.parse().ok()
}

fn ends(item: &Item) -> Option<i64> {
    number(item, field::EXPIRES).and_then(|second| i64::try_from(second).ok()).map(|second| second * 1000)
}

impl Table {
    fn living(&self) -> impl Iterator<Item = (&str, &str, &Item)> {
        self.items
            .iter()
            .filter_map(|((path, sort), images)| Some((path.as_str(), sort.as_str(), images.now()?)))
    }

    fn at(&self, path: &str, sort: &str) -> Option<&Item> {
        self.items.get(&(path.to_owned(), sort.to_owned())).and_then(Images::now)
    }

    fn heads(&self) -> impl Iterator<Item = (CellKey, &str, &Item)> {
        let head =
            |(path, sort, item)| (sort == HEAD_SORT).then_some((CellKey::from_path(path)?, path, item));
        self.living().filter_map(head)
    }

    fn cell(&self, path: &str, item: &Item) -> Result<Cell, String> {
        let of = |what: &str| format!("{path} {what}");
        let count = |name: &str| number(item, name).ok_or_else(|| of("has no version"));
        let refs = chunks_of(&bytes(item, field::CHUNKS))
            .ok_or_else(|| of("has a list of chunks that cannot be read"))?;
        let chunk = |id: u64| {
            let found = self.at(path, &chunk_sort(id)).map(|item| bytes(item, field::VALUE));
            found.ok_or_else(|| of(&format!("has lost its chunk {id:016x}")))
        };
        Ok(Cell {
            chunks: refs.iter().map(|one| chunk(one.id)).collect::<Result<Vec<_>, String>>()?,
            base: Base {
                version: CellVersion { nonce: count(field::NONCE)?, count: count(field::COUNT)? },
                chunks: refs,
                bytes: 0,
            },
            head: bytes(item, field::HEAD),
            outbox: bytes(item, field::OUTBOX),
        })
    }

    /// Every cell with its chunks, and when it may be dropped; those that cannot be read are told by [`Table::unreadable`].
    pub(crate) fn cells(&self) -> Vec<(CellKey, Cell, Option<i64>)> {
        let whole = |(key, path, item)| Some((key, self.cell(path, item).ok()?, ends(item)));
        self.heads().filter_map(whole).collect()
    }

    /// What nobody can read: cells whose chunks are gone, and rows in places that neither a cell nor a shelf has.
    pub(crate) fn unreadable(&self) -> Vec<String> {
        let cells = self.heads().filter_map(|(_, path, item)| self.cell(path, item).err());
        let known = |path: &str, sort: &str| {
            let of_a_cell = [HEAD_SORT, SLOTS_SORT].contains(&sort) || sort.starts_with(CHUNK_SORT);
            CellKey::from_path(path).is_some() && of_a_cell || ShelfName::from_path(path).is_some()
        };
        let nowhere = self.living().filter(|(path, sort, _)| !known(path, sort));
        cells
            .chain(nowhere.map(|(path, sort, _)| format!("{path} {sort} is no place of the store")))
            .collect()
    }

    /// The value in a place of a shelf.
    pub(crate) fn value(&self, shelf: &ShelfName, sort: &str) -> Option<Vec<u8>> {
        self.at(&shelf.path(), sort).map(|item| bytes(item, field::VALUE))
    }

    /// How much a shelf holds.
    pub(crate) fn held(&self, shelf: &ShelfName) -> usize {
        let path = shelf.path();
        self.living().filter(|(found, _, _)| *found == path).count()
    }

    /// What stands under a path.
    #[cfg(test)]
    pub(crate) fn places(&self, path: &str) -> Vec<String> {
        let here = self.living().filter(|(found, _, _)| *found == path);
        here.map(|(_, sort, _)| sort.to_owned()).collect()
    }

    /// The minutes of timers that wait.
    pub(crate) fn minutes(&self) -> Vec<i64> {
        let minute = |path: &str| match ShelfName::from_path(path) {
            Some(ShelfName::Timers { minute, .. }) => Some(minute),
            _ => None,
        };
        self.living().filter_map(|(path, _, _)| minute(path)).collect()
    }

    /// Rows that nothing would ever remove: timers, dead letters and slots without an end, and chunks without one that no cell
    /// lists.
    pub(crate) fn endless(&self) -> Vec<String> {
        let listed: BTreeSet<(&str, String)> = self
            .heads()
            .flat_map(|(_, path, item)| {
                let refs = chunks_of(&bytes(item, field::CHUNKS)).unwrap_or_default();
                refs.into_iter().map(move |chunk| (path, chunk_sort(chunk.id)))
            })
            .collect();
        let stays = |path: &str, sort: &str| match ShelfName::from_path(path) {
            Some(ShelfName::Timers { .. } | ShelfName::Dead { .. }) => true,
            Some(ShelfName::Plans { .. } | ShelfName::Notes { .. }) => false,
            None => {
                sort == SLOTS_SORT
                    || sort.starts_with(CHUNK_SORT) && !listed.contains(&(path, sort.to_owned()))
            }
        };
        self.living()
            .filter(|(path, sort, item)| ends(item).is_none() && stays(path, sort))
            .map(|(path, sort, _)| format!("{path} {sort}"))
            .collect()
    }
}
