//! Cells of the model: load, commit, scan.

use super::World;
use crate::limits::{MAX_CHUNKS, MAX_SCAN_PAGE};
use crate::state::cell::{Base, Cell, CellKey, CellVersion, CellWrite, Change, ChunkRef, Chunks};
use crate::state::error::StateError;
use crate::state::path::too_large;
use crate::state::port::{Read, Scanned};
use crate::state::row::{HeadRow, chunk_expires, chunk_moment, chunk_sort, must_extend, value_bytes};

/// Keys of one request.
const KEYS_A_REQUEST: usize = 100;

#[derive(Clone)]
pub(super) struct Stored {
    base: Base,
    head: Vec<u8>,
    chunks: Vec<Vec<u8>>,
    outbox: Vec<u8>,
    pub(super) expires: Option<i64>,
}

impl Stored {
    pub(super) fn cell(&self) -> Cell {
        Cell {
            base: self.base.clone(),
            head: self.head.clone(),
            chunks: self.chunks.clone(),
            outbox: self.outbox.clone(),
        }
    }

    /// Bytes of the cell without its chunks.
    fn bytes(&self) -> usize {
        usize::try_from(self.base.bytes).unwrap_or(usize::MAX)
    }
}

impl World {
    pub(super) fn load(&mut self, keys: &[CellKey], read: Read) -> Result<Vec<Option<Cell>>, StateError> {
        let back = self.back(read);
        let paths = keys.iter().map(CellKey::checked_path).collect::<Result<Vec<_>, _>>()?;
        for _ in 0..keys.len().div_ceil(KEYS_A_REQUEST) {
            self.usage.request("load");
        }
        let mut found = Vec::with_capacity(keys.len());
        for (key, path) in keys.iter().zip(paths) {
            let stored = self.cells.get(key).and_then(|history| history.ago(back)).cloned();
            self.usage.read(stored.as_ref().map_or(0, Stored::bytes), read);
            if let Some(stored) = stored.as_ref().filter(|stored| !stored.chunks.is_empty()) {
                self.usage.request("load chunks");
                self.usage.read(chunk_sizes(&path, stored)?, read);
            }
            found.push(stored.map(|stored| stored.cell()));
        }
        Ok(found)
    }

    pub(super) fn commit(&mut self, write: CellWrite) -> Result<Option<Base>, StateError> {
        let path = write.key.checked_path()?;
        let now = self.cells.get(&write.key).and_then(|history| history.now()).cloned();
        let found = now.as_ref().map(|stored| stored.base.version);
        let before = now.as_ref().map_or(0, Stored::bytes);
        let wanted = write.base.as_ref().map(|base| base.version);
        match write.change {
            Change::Remove => {
                self.usage.request("remove");
                self.usage.wrote(before);
                self.unless_changed(found, wanted)?;
                self.cells.entry(write.key).or_default().set(None);
                Ok(None)
            }
            Change::Put { head, chunks, outbox, expires } => {
                let held = (kept(write.base.as_ref()), texts(now.as_ref()));
                let (refs, texts) = self.chunks(&path, held, chunks, expires)?;
                let version = match wanted {
                    None => CellVersion { nonce: self.draw(), count: 1 },
                    Some(at) => CellVersion { nonce: at.nonce, count: at.count.saturating_add(1) },
                };
                let row =
                    HeadRow { path: &path, version, head: &head, chunks: &refs, outbox: &outbox, expires };
                let bytes = row.bytes()?;
                self.usage.request("commit");
                self.usage.wrote(before.max(bytes));
                self.unless_changed(found, wanted)?;
                let base = Base { version, chunks: refs, bytes: u32::try_from(bytes).unwrap_or(u32::MAX) };
                let stored = Stored { base: base.clone(), head, chunks: texts, outbox, expires };
                self.cells.entry(write.key).or_default().set(Some(stored));
                Ok(Some(base))
            }
        }
    }

    fn unless_changed(
        &mut self,
        found: Option<CellVersion>,
        wanted: Option<CellVersion>,
    ) -> Result<(), StateError> {
        if found == wanted {
            return Ok(());
        }
        self.usage.conflicts = self.usage.conflicts.saturating_add(1);
        Err(StateError::Conflict)
    }

    /// The chunks after the commit: names, and what they hold. They are paid for even if the commit then fails.
    fn chunks(
        &mut self,
        path: &str,
        held: (Vec<ChunkRef>, Vec<Vec<u8>>),
        change: Chunks,
        expires: Option<i64>,
    ) -> Result<(Vec<ChunkRef>, Vec<Vec<u8>>), StateError> {
        let (mut refs, mut texts, new) = match change {
            Chunks::Replace(new) => (Vec::new(), Vec::new(), new),
            Chunks::Keep => (held.0, held.1, Vec::new()),
            Chunks::Append(one) => (held.0, held.1, vec![one]),
        };
        let total = refs.len().saturating_add(new.len());
        if total > MAX_CHUNKS {
            return Err(too_large("the list of chunks", total, MAX_CHUNKS));
        }
        let lives = chunk_expires(expires);
        for (chunk, text) in refs.iter_mut().zip(&texts).filter(|(chunk, _)| must_extend(chunk, expires)) {
            chunk.expires = lives;
            self.usage.request("extend chunk");
            self.usage.wrote(value_bytes(path, &chunk_sort(chunk.id), text, chunk_moment(lives))?);
        }
        for text in new {
            let id = self.draw();
            let bytes = value_bytes(path, &chunk_sort(id), &text, chunk_moment(lives))?;
            self.usage.request("put chunk");
            self.usage.wrote(bytes);
            refs.push(ChunkRef { id, bytes: u32::try_from(text.len()).unwrap_or(u32::MAX), expires: lives });
            texts.push(text);
        }
        Ok((refs, texts))
    }

    pub(super) fn scan(&mut self, prefix: &str, after: Option<&str>) -> Scanned {
        self.usage.request("scan");
        let mut paths: Vec<(String, CellKey)> = Vec::new();
        for key in self.cells.keys().chain(self.slots.keys()) {
            let path = key.path();
            if path.starts_with(prefix) && after.is_none_or(|after| path.as_str() > after) {
                paths.push((path, key.clone()));
            }
        }
        paths.sort();
        paths.dedup();
        let mut page = Scanned::default();
        for (place, (path, key)) in paths.iter().enumerate() {
            if place >= MAX_SCAN_PAGE {
                break;
            }
            if let Some(stored) = self.cells.get(key).and_then(|history| history.now()) {
                page.cells.push((key.clone(), Cell { chunks: Vec::new(), ..stored.cell() }));
            }
            if let Some(stored) = self.slots.get(key).and_then(|history| history.now()) {
                page.slots.push((key.clone(), stored.image.clone()));
            }
            page.next = (place.saturating_add(1) < paths.len()).then(|| path.clone());
        }
        page
    }
}

fn kept(base: Option<&Base>) -> Vec<ChunkRef> {
    base.map(|base| base.chunks.clone()).unwrap_or_default()
}

fn texts(now: Option<&Stored>) -> Vec<Vec<u8>> {
    now.map(|stored| stored.chunks.clone()).unwrap_or_default()
}

fn chunk_sizes(path: &str, stored: &Stored) -> Result<usize, StateError> {
    let mut sum = 0_usize;
    for (chunk, text) in stored.base.chunks.iter().zip(&stored.chunks) {
        let bytes = value_bytes(path, &chunk_sort(chunk.id), text, chunk_moment(chunk.expires))?;
        sum = sum.saturating_add(bytes);
    }
    Ok(sum)
}
