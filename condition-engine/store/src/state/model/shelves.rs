//! Shelves of the model.

use std::ops::Bound;

use super::World;
use crate::limits::MAX_PAGE;
use crate::state::error::StateError;
use crate::state::port::Read;
use crate::state::row::value_bytes;
use crate::state::shelf::{PutIf, ShelfEntry, ShelfName};

#[derive(Clone)]
pub(super) struct Stored {
    value: Vec<u8>,
    bytes: usize,
    pub(super) expires: Option<i64>,
}

impl World {
    fn value_now(&self, shelf: &ShelfName, sort: &str) -> Option<&Stored> {
        self.shelves.get(shelf)?.get(sort)?.now()
    }

    pub(super) fn put(
        &mut self,
        shelf: &ShelfName,
        entry: ShelfEntry,
        when: &PutIf,
        expires: Option<i64>,
    ) -> Result<bool, StateError> {
        let path = shelf.checked_path()?;
        ShelfName::checked_sort(&entry.sort)?;
        let bytes = value_bytes(&path, &entry.sort, &entry.value, expires)?;
        let found = self.value_now(shelf, &entry.sort);
        let before = found.map_or(0, |stored| stored.bytes);
        let holds = match (when, found) {
            (PutIf::Any, _) | (PutIf::Absent, None) => true,
            (PutIf::Is(wanted), Some(stored)) => stored.value == *wanted,
            (PutIf::Absent, Some(_)) | (PutIf::Is(_), None) => false,
        };
        self.usage.request("put");
        self.usage.wrote(before.max(bytes));
        if holds {
            let stored = Stored { value: entry.value, bytes, expires };
            self.shelves.entry(shelf.clone()).or_default().entry(entry.sort).or_default().set(Some(stored));
        } else {
            self.usage.conflicts = self.usage.conflicts.saturating_add(1);
        }
        Ok(holds)
    }

    pub(super) fn get(
        &mut self,
        shelf: &ShelfName,
        sort: &str,
        read: Read,
    ) -> Result<Option<Vec<u8>>, StateError> {
        shelf.checked_path()?;
        ShelfName::checked_sort(sort)?;
        let back = self.back(read);
        self.usage.request("get");
        let places = self.shelves.get(shelf);
        let found = places.and_then(|places| places.get(sort)).and_then(|history| history.ago(back)).cloned();
        self.usage.read(found.as_ref().map_or(0, |stored| stored.bytes), read);
        Ok(found.map(|stored| stored.value))
    }

    pub(super) fn list(
        &mut self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        shelf.checked_path()?;
        self.usage.request("list");
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let (mut page, mut bytes) = (Vec::new(), 0_usize);
        if let Some(places) = self.shelves.get(shelf) {
            let there = places.range::<str, _>((from, Bound::Unbounded));
            let there = there.filter_map(|(sort, history)| Some((sort, history.now()?)));
            for (sort, stored) in there.take(limit.min(MAX_PAGE)) {
                bytes = bytes.saturating_add(stored.bytes);
                page.push(ShelfEntry { sort: sort.clone(), value: stored.value.clone() });
            }
        }
        self.usage.read(bytes, Read::Fresh);
        Ok(page)
    }

    pub(super) fn remove(&mut self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        shelf.checked_path()?;
        for sort in sorts {
            ShelfName::checked_sort(sort)?;
            self.usage.request("remove value");
            let bytes = self.value_now(shelf, sort).map_or(0, |stored| stored.bytes);
            self.usage.wrote(bytes);
            if let Some(history) = self.shelves.get_mut(shelf).and_then(|places| places.get_mut(sort)) {
                history.set(None);
            }
        }
        Ok(())
    }
}
