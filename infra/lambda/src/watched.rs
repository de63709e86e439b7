//! Ports that note what goes wrong on its way through: the words for the log, the numbers for the metrics.
//!
//! A turn that gets an error gives its messages back, and need not say why. Here every error passes, so none is lost.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use fanin_state_first::{Claims, Lane, Outgoing, Queue};
use fanin_store::state::{
    Base, Cell, CellKey, CellKind, CellWrite, PutIf, Read, Scanned, Shelf, ShelfEntry, ShelfName, Slots,
    StateError, StateStore,
};

use crate::limits::MAX_TROUBLES;

/// What was noted since it was taken last; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<Noted>>);

/// What was noted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// Errors, each once; past [`MAX_TROUBLES`] further ones are left out.
    pub troubles: BTreeSet<String>,
    /// Cells that somebody else had changed.
    pub conflicts: u64,
    /// Cells written.
    pub commits: u64,
    /// Dead letters put down.
    pub dead: u64,
}

impl Notes {
    /// Takes what was noted. Of invocations that run at once it belongs to whoever takes it first.
    #[must_use]
    pub fn take(&self) -> Noted {
        self.with(std::mem::take)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Noted) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn error(&self, error: &StateError) {
        self.with(|noted| match error {
            StateError::Conflict => noted.conflicts += 1,
            error if noted.troubles.len() < MAX_TROUBLES => {
                noted.troubles.insert(error.to_string());
            }
            _ => {}
        });
    }

    fn pass<T>(&self, outcome: Result<T, StateError>) -> Result<T, StateError> {
        if let Err(error) = &outcome {
            self.error(error);
        }
        outcome
    }
}

/// A port whose errors are noted.
#[derive(Clone, Debug)]
pub struct Watched<P> {
    port: P,
    notes: Notes,
}

impl<P> Watched<P> {
    /// Notes what goes wrong with this port.
    #[must_use]
    pub fn new(port: P, notes: Notes) -> Watched<P> {
        Watched { port, notes }
    }
}

impl<P: StateStore> StateStore for Watched<P> {
    async fn load(&self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        self.notes.pass(self.port.load(keys, read).await)
    }

    async fn commit(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        let outcomes = self.port.commit(writes).await;
        for outcome in &outcomes {
            match outcome {
                Ok(_) => self.notes.with(|noted| noted.commits += 1),
                Err(error) => self.notes.error(error),
            }
        }
        outcomes
    }

    async fn fill(
        &self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.notes.pass(self.port.fill(key, slots, expires).await)
    }

    async fn close(&self, key: &CellKey, total: u16, note: Vec<u8>) -> Result<Slots, StateError> {
        self.notes.pass(self.port.close(key, total, note).await)
    }

    async fn renew(
        &self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        self.notes.pass(self.port.renew(key, life, slots, expires).await)
    }

    async fn slots(&self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        self.notes.pass(self.port.slots(key, read).await)
    }

    async fn scan(
        &self,
        kind: CellKind,
        workflow: &str,
        name: Option<&str>,
        after: Option<String>,
    ) -> Result<Scanned, StateError> {
        self.notes.pass(self.port.scan(kind, workflow, name, after).await)
    }
}

impl<P: Shelf> Shelf for Watched<P> {
    async fn put(
        &self,
        shelf: &ShelfName,
        entry: ShelfEntry,
        when: PutIf,
        expires: Option<i64>,
    ) -> Result<bool, StateError> {
        let put = self.notes.pass(self.port.put(shelf, entry, when, expires).await)?;
        if put && matches!(shelf, ShelfName::Dead { .. }) {
            self.notes.with(|noted| noted.dead += 1);
        }
        Ok(put)
    }

    async fn get(&self, shelf: &ShelfName, sort: &str, read: Read) -> Result<Option<Vec<u8>>, StateError> {
        self.notes.pass(self.port.get(shelf, sort, read).await)
    }

    async fn list(
        &self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        self.notes.pass(self.port.list(shelf, after, limit).await)
    }

    async fn remove(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        self.notes.pass(self.port.remove(shelf, sorts).await)
    }
}

impl<P: Queue> Queue for Watched<P> {
    async fn send(&self, lane: Lane, messages: Vec<Outgoing>) -> Vec<Result<(), StateError>> {
        let outcomes = self.port.send(lane, messages).await;
        outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().err())
            .for_each(|error| self.notes.error(error));
        outcomes
    }
}

impl<P: Claims> Claims for Watched<P> {
    async fn put(&self, key: &str, body: &str) -> Result<(), StateError> {
        self.notes.pass(self.port.put(key, body).await)
    }

    async fn get(&self, key: &str) -> Result<Option<String>, StateError> {
        self.notes.pass(self.port.get(key).await)
    }
}
