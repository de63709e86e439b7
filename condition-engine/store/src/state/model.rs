//! The model: a state-first store in memory, simple enough to be right by reading. Clones share everything.
//!
//! It says exactly what a real store may say in its good hours: every write happens whole or is refused, a fresh read sees
//! everything. A stale read gives what was there some commits ago, where [`ModelState::stale_by`] asks for it.

mod cells;
mod shelves;
mod slots;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::cell::{Base, Cell, CellKey, CellKind, CellWrite, Slots};
use super::error::StateError;
use super::port::{Read, Scanned, StateStore};
use super::shelf::{PutIf, Shelf, ShelfEntry, ShelfName};
use super::units::Usage;
use crate::limits::MAX_STALENESS;

/// The model store.
#[derive(Clone, Default)]
pub struct ModelState {
    world: Arc<Mutex<World>>,
}

/// Everything there is.
#[derive(Default)]
struct World {
    cells: BTreeMap<CellKey, History<cells::Stored>>,
    slots: BTreeMap<CellKey, History<slots::Stored>>,
    shelves: BTreeMap<ShelfName, BTreeMap<String, History<shelves::Stored>>>,
    /// Random numbers drawn so far.
    drawn: u64,
    stale_by: usize,
    usage: Usage,
}

/// What was in one place, the newest last: images of nothing count too.
struct History<T>(Vec<Option<T>>);

impl<T> Default for History<T> {
    fn default() -> Self {
        History(Vec::new())
    }
}

impl<T> History<T> {
    fn now(&self) -> Option<&T> {
        self.0.last().and_then(Option::as_ref)
    }

    /// The image `back` commits ago. Before the first commit there was nothing.
    fn ago(&self, back: usize) -> Option<&T> {
        let at = self.0.len().checked_sub(back.saturating_add(1))?;
        self.0.get(at).and_then(Option::as_ref)
    }

    fn set(&mut self, image: Option<T>) {
        if self.0.len() > MAX_STALENESS {
            self.0.remove(0);
        }
        self.0.push(image);
    }
}

impl World {
    /// How many commits back a read looks.
    fn back(&self, read: Read) -> usize {
        match read {
            Read::Fresh => 0,
            Read::Stale => self.stale_by,
        }
    }

    /// A number that was not there before and is not zero: from a counter, so that every run is the same.
    fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        let mut z = self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).max(1)
    }
}

impl ModelState {
    /// An empty store whose stale reads are not stale.
    #[must_use]
    pub fn new() -> ModelState {
        ModelState::default()
    }

    /// From now on stale reads give what was there so many commits of the same cell ago, at most [`MAX_STALENESS`].
    pub fn stale_by(&self, commits: usize) {
        self.lock().stale_by = commits.min(MAX_STALENESS);
    }

    /// What was asked of the store so far, by the sizes its items have.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.lock().usage.clone()
    }

    /// Drops everything that may be dropped at this moment (milliseconds since the epoch). Gives how many items went.
    pub fn drop_garbage(&self, now: i64) -> usize {
        let mut world = self.lock();
        let World { cells, slots, shelves, .. } = &mut *world;
        let garbage = |expires: Option<i64>| expires.is_some_and(|at| at < now);
        let before = places(cells, slots, shelves);
        cells.retain(|_, history| !garbage(history.now().and_then(|stored| stored.expires)));
        slots.retain(|_, history| !garbage(history.now().and_then(|stored| stored.expires)));
        for shelf in shelves.values_mut() {
            shelf.retain(|_, history| !garbage(history.now().and_then(|stored| stored.expires)));
        }
        before.saturating_sub(places(cells, slots, shelves))
    }

    /// Every cell there is, with its chunks: for a test that compares.
    #[must_use]
    pub fn cells(&self) -> Vec<(CellKey, Cell)> {
        let world = self.lock();
        let now = world.cells.iter().filter_map(|(key, history)| Some((key.clone(), history.now()?.cell())));
        now.collect()
    }

    /// Every shelf that has a value: for a test that compares.
    #[must_use]
    pub fn shelves(&self) -> Vec<ShelfName> {
        let world = self.lock();
        let full =
            |shelf: &BTreeMap<String, History<shelves::Stored>>| shelf.values().any(|h| h.now().is_some());
        world.shelves.iter().filter(|(_, shelf)| full(shelf)).map(|(name, _)| name.clone()).collect()
    }

    /// A test that fails while it holds the lock must not hide its reason behind a second failure.
    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn places(
    cells: &BTreeMap<CellKey, History<cells::Stored>>,
    slots: &BTreeMap<CellKey, History<slots::Stored>>,
    shelves: &BTreeMap<ShelfName, BTreeMap<String, History<shelves::Stored>>>,
) -> usize {
    shelves
        .values()
        .fold(cells.len().saturating_add(slots.len()), |sum, shelf| sum.saturating_add(shelf.len()))
}

impl StateStore for ModelState {
    async fn load(&self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        self.lock().load(keys, read)
    }

    async fn commit(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        let mut world = self.lock();
        writes.into_iter().map(|write| world.commit(write)).collect()
    }

    async fn fill(
        &self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.lock().fill(key, slots, expires)
    }

    async fn close(&self, key: &CellKey, total: u16, note: Vec<u8>) -> Result<Slots, StateError> {
        self.lock().close(key, total, note)
    }

    async fn renew(
        &self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.lock().renew(key, life, slots, expires)
    }

    async fn slots(&self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        self.lock().read_slots(key, read)
    }

    async fn scan(
        &self,
        kind: CellKind,
        workflow: &str,
        name: Option<&str>,
        after: Option<String>,
    ) -> Result<Scanned, StateError> {
        Ok(self.lock().scan(&CellKey::prefix(kind, workflow, name), after.as_deref()))
    }
}

impl Shelf for ModelState {
    async fn put(
        &self,
        shelf: &ShelfName,
        entry: ShelfEntry,
        when: PutIf,
        expires: Option<i64>,
    ) -> Result<bool, StateError> {
        self.lock().put(shelf, entry, &when, expires)
    }

    async fn get(&self, shelf: &ShelfName, sort: &str, read: Read) -> Result<Option<Vec<u8>>, StateError> {
        self.lock().get(shelf, sort, read)
    }

    async fn list(
        &self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        self.lock().list(shelf, after, limit)
    }

    async fn remove(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        self.lock().remove(shelf, sorts)
    }
}
