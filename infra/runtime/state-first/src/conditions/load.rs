//! Loads the cells of a batch. One that cannot be read is a matter of its own key.

use std::collections::BTreeSet;

use fanin_store::state::{Cell, CellKey, Read, Shelf, StateError, StateStore};
use futures_util::stream::{self, StreamExt};

use super::{Conditions, Told, Work};
use crate::limits::MAX_ROWS_AT_ONCE;
use crate::ports::{Claims, Queue};

/// A cell by its number, as it was loaded.
pub(super) type Loaded = (usize, Option<Cell>, Read);

impl<S: StateStore + Shelf, Q: Queue, C: Claims> Conditions<S, Q, C> {
    /// Loads cells: cheaply where a commit will find out whether the read was right. Those that cannot be loaded go to
    /// `failed`.
    pub(super) async fn load(
        &self,
        work: &[Work],
        open: Vec<usize>,
        (failed, told): (&mut BTreeSet<usize>, &mut Told),
    ) -> Vec<Loaded> {
        let (fresh, stale): (Vec<usize>, Vec<usize>) =
            open.into_iter().partition(|cell| work.get(*cell).is_some_and(Work::reads_fresh));
        let mut loaded = Vec::with_capacity(fresh.len() + stale.len());
        for (cells, read) in [(stale, Read::Stale), (fresh, Read::Fresh)] {
            if cells.is_empty() {
                continue;
            }
            let keys: Vec<CellKey> =
                cells.iter().filter_map(|cell| work.get(*cell)).map(|work| self.key_of(work)).collect();
            match self.store.load(&keys, read).await {
                Ok(found) => {
                    loaded.extend(cells.into_iter().zip(found).map(|(cell, found)| (cell, found, read)))
                }
                // One of them is damaged. The others have nothing to do with that.
                Err(StateError::Unreadable(_)) => {
                    for (cell, found) in self.one_by_one(cells, keys, read).await {
                        match found {
                            Ok(found) => loaded.push((cell, found, read)),
                            Err(error) => {
                                failed.insert(cell);
                                let about = work.get(cell).map(|work| work.trouble(&error));
                                told.trouble(about.unwrap_or_else(|| error.to_string()));
                            }
                        }
                    }
                }
                Err(error) => {
                    told.trouble(error.to_string());
                    failed.extend(cells);
                }
            }
        }
        loaded
    }

    async fn one_by_one(
        &self,
        cells: Vec<usize>,
        keys: Vec<CellKey>,
        read: Read,
    ) -> Vec<(usize, Result<Option<Cell>, StateError>)> {
        let each = cells.into_iter().zip(keys).map(|(cell, key)| async move {
            let found = self.store.load(std::slice::from_ref(&key), read).await;
            (cell, found.map(|mut found| found.pop().flatten()))
        });
        stream::iter(each.collect::<Vec<_>>()).buffer_unordered(MAX_ROWS_AT_ONCE).collect().await
    }
}

impl Work {
    /// What is wrong with its cell.
    pub(super) fn trouble(&self, error: &StateError) -> String {
        let (name, key) = &self.spot;
        format!("{name} for key {key:?}, and no other, cannot be worked on: {error}")
    }
}
