//! The ports of the state-first store, over the world.

use fanin_store::state::{
    Base, Cell, CellKey, CellKind, CellWrite, Change, PutIf, Read, Scanned, Shelf, ShelfEntry, ShelfName,
    Slots, StateError, StateStore,
};

use crate::world::{Effect, Inner, World};

impl StateStore for World {
    async fn load(&self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        let mut cells = Vec::with_capacity(keys.len());
        for key in keys {
            let wanted = key.clone();
            let op = move |inner: &mut Inner| inner.db.load(&wanted, read);
            let cell = self.effect(Effect::Read, || format!("load {} {read:?}", at(key)), op).await?;
            self.note(|| {
                cell.as_ref().map_or_else(|| "  has nothing".into(), |cell| format!("  has {}", shown(cell)))
            });
            cells.push(cell);
        }
        Ok(cells)
    }

    async fn commit(&self, writes: Vec<CellWrite>) -> Vec<Result<Option<Base>, StateError>> {
        let mut answers = Vec::with_capacity(writes.len());
        for write in writes {
            let label = self.label(|| format!("commit {}: {}", at(&write.key), changed(&write)));
            let op = move |inner: &mut Inner| {
                let answer = inner.db.commit(&write)?;
                if let Some(record) = inner.streams {
                    inner.send(1, record(&write), 0);
                }
                Ok(answer)
            };
            answers.push(self.effect(Effect::Write, || label.clone(), op).await.and_then(|answer| answer));
        }
        answers
    }

    async fn fill(
        &self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        _expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        let (wanted, values) = (key.clone(), slots.to_vec());
        let op = move |inner: &mut Inner| {
            inner.db.change_slots(&wanted, |slots| {
                if slots.closed.is_none() {
                    for (slot, value) in &values {
                        slots.filled.entry(*slot).or_insert_with(|| value.clone());
                    }
                }
            })
        };
        self.effect(Effect::Write, || format!("fill {}", at(key)), op).await
    }

    async fn close(&self, key: &CellKey, total: u16, note: Vec<u8>) -> Result<Slots, StateError> {
        let wanted = key.clone();
        let op = move |inner: &mut Inner| {
            inner.db.change_slots(&wanted, |slots| {
                if slots.closed.is_none() && slots.filled.len() < usize::from(total) {
                    slots.closed = Some(note.clone());
                }
            })
        };
        self.effect(Effect::Write, || format!("close {}", at(key)), op).await
    }

    async fn renew(
        &self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        _expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        let (wanted, values) = (key.clone(), slots.to_vec());
        let op = move |inner: &mut Inner| inner.db.renew_slots(&wanted, life, &values);
        self.effect(Effect::Write, || format!("renew {}", at(key)), op).await.and_then(|answer| answer)
    }

    async fn slots(&self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        let wanted = key.clone();
        let op = move |inner: &mut Inner| inner.db.slots(&wanted, read);
        self.effect(Effect::Read, || format!("slots {} {read:?}", at(key)), op).await
    }

    async fn scan(
        &self,
        kind: CellKind,
        workflow: &str,
        name: Option<&str>,
        _after: Option<String>,
    ) -> Result<Scanned, StateError> {
        let cells = self.with(|inner| {
            let wanted = |key: &CellKey| {
                key.kind == kind && *key.workflow == *workflow && name.is_none_or(|name| *key.name == *name)
            };
            inner.db.living().filter(|(key, _)| wanted(key)).map(|(k, c)| (k.clone(), c.clone())).collect()
        });
        Ok(Scanned { cells, ..Scanned::default() })
    }
}

impl Shelf for World {
    async fn put(
        &self,
        shelf: &ShelfName,
        entry: ShelfEntry,
        when: PutIf,
        expires: Option<i64>,
    ) -> Result<bool, StateError> {
        let label = self.label(|| format!("put {shelf:?} {}", entry.sort));
        let shelf = shelf.clone();
        let op = move |inner: &mut Inner| {
            inner.db.note_end(&shelf, &entry.sort, expires);
            inner.db.put(&shelf, &entry, &when)
        };
        self.effect(Effect::Write, || label.clone(), op).await
    }

    async fn get(&self, shelf: &ShelfName, sort: &str, _read: Read) -> Result<Option<Vec<u8>>, StateError> {
        let (wanted, place) = (shelf.clone(), sort.to_owned());
        let op = move |inner: &mut Inner| inner.db.get(&wanted, &place);
        self.effect(Effect::Read, || format!("get {shelf:?} {sort}"), op).await
    }

    async fn list(
        &self,
        shelf: &ShelfName,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ShelfEntry>, StateError> {
        let (wanted, after) = (shelf.clone(), after.map(str::to_owned));
        let op = move |inner: &mut Inner| inner.db.list(&wanted, after.as_deref(), limit);
        self.effect(Effect::Read, || format!("list {shelf:?}"), op).await
    }

    async fn remove(&self, shelf: &ShelfName, sorts: &[String]) -> Result<(), StateError> {
        let (wanted, sorts) = (shelf.clone(), sorts.to_vec());
        let label = self.label(|| format!("remove {shelf:?} {sorts:?}"));
        let op = move |inner: &mut Inner| inner.db.take(&wanted, &sorts);
        self.effect(Effect::Write, || label.clone(), op).await
    }
}

fn at(key: &CellKey) -> String {
    format!("{:?} {} {:?}", key.kind, key.name, key.key)
}

fn shown(cell: &Cell) -> String {
    format!("{}, outbox {}", bytes(&cell.head), bytes(&cell.outbox))
}

fn changed(write: &CellWrite) -> String {
    match &write.change {
        Change::Remove => "removed".into(),
        Change::Put { head, outbox, .. } => format!("{}, outbox {}", bytes(head), bytes(outbox)),
    }
}

/// Bytes for people: text where it is text.
fn bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(|c| !c.is_control()) => text.to_owned(),
        _ => format!("{} bytes", bytes.len()),
    }
}
