//! What a run has left in its store, whichever it is: the model behind the port, or the table behind the real store.

use fanin_store::state::{Cell, CellKey, ShelfName};

use crate::world::Inner;

impl Inner {
    /// Every cell that lives, and when it may be dropped; none: never.
    pub(crate) fn cells(&self) -> Vec<(CellKey, Cell, Option<i64>)> {
        if self.on_table {
            return self.table.cells();
        }
        let cells = self.db.living();
        cells.map(|(key, cell)| (key.clone(), cell.clone(), self.db.expires(key))).collect()
    }

    /// The value in a place of a shelf.
    pub(crate) fn shelved(&self, shelf: &ShelfName, sort: &str) -> Option<Vec<u8>> {
        if self.on_table { self.table.value(shelf, sort) } else { self.db.get(shelf, sort) }
    }

    /// How much a shelf holds.
    pub(crate) fn held(&self, shelf: &ShelfName) -> usize {
        if self.on_table { self.table.held(shelf) } else { self.db.list(shelf, None, usize::MAX).len() }
    }

    /// The minutes of timers that wait.
    pub(crate) fn timer_minutes(&self) -> Vec<i64> {
        if self.on_table {
            return self.table.minutes();
        }
        let minute = |shelf: &ShelfName| match shelf {
            ShelfName::Timers { minute, .. } => Some(*minute),
            _ => None,
        };
        self.db.filled_shelves().filter_map(|(shelf, _)| minute(shelf)).collect()
    }

    /// Rows that nothing would ever remove.
    pub(crate) fn endless(&self) -> Vec<String> {
        if self.on_table { self.table.endless() } else { self.db.endless() }
    }

    /// What nobody can read, though it is there.
    pub(crate) fn unreadable(&self) -> Vec<String> {
        if self.on_table { self.table.unreadable() } else { vec![] }
    }

    /// What was asked of the table that its service refuses, each once.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.table.refused.iter().cloned().collect()
    }
}
