//! What the store has: cells with their older images, slots, shelves, and plain items for protocols that need no cell.
//!
//! Every operation here is one atomic effect, as strict as the real store is: a condition holds at the moment of the write
//! or nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use fanin_store::state::{
    Base, Cell, CellKey, CellVersion, CellWrite, Change, ChunkRef, Chunks, PutIf, Read, ShelfEntry,
    ShelfName, Slots, StateError,
};

use crate::chance::Chance;
use crate::limits::{MAX_IMAGES, MAX_ITEM_BYTES};
use crate::settings::Sabotage;

/// An item that is added to without being read: what the broken protocols build on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// Changed by `ADD`.
    pub count: u64,
    /// Changed by `ADD`.
    pub sum: u64,
    /// A set of numbers, changed by `ADD`.
    pub ids: BTreeSet<u32>,
    /// A text put if there was none.
    pub text: Option<String>,
}

/// What it held before, oldest first; the last one is what it holds.
#[derive(Clone, Debug)]
pub(crate) struct Images<T>(Vec<Option<T>>);

impl<T> Default for Images<T> {
    fn default() -> Images<T> {
        Images(vec![None])
    }
}

impl<T: Clone> Images<T> {
    pub(crate) fn now(&self) -> Option<&T> {
        self.0.last().and_then(Option::as_ref)
    }

    pub(crate) fn put(&mut self, value: Option<T>) {
        self.0.push(value);
        if self.0.len() > MAX_IMAGES {
            self.0.remove(0);
        }
    }

    pub(crate) fn read(&self, read: Read, stale: u32, chance: &mut Chance) -> Option<T> {
        if read == Read::Stale && chance.per_mille(stale) {
            return chance.pick(&self.0).cloned().flatten();
        }
        self.now().cloned()
    }
}

/// The store.
#[derive(Debug)]
pub struct Db {
    cells: BTreeMap<CellKey, Images<Cell>>,
    /// When cells, and rows that last, may be dropped.
    ends: BTreeMap<CellKey, Option<i64>>,
    endless: BTreeSet<String>,
    slots: BTreeMap<CellKey, Images<Slots>>,
    shelves: BTreeMap<ShelfName, BTreeMap<String, Vec<u8>>>,
    items: BTreeMap<String, Images<Item>>,
    chance: Chance,
    stale: u32,
    sabotage: Sabotage,
    names: u64,
}

impl Db {
    /// An empty store; of a thousand stale reads `stale` give something older.
    #[must_use]
    pub fn new(chance: Chance, stale: u32, sabotage: Sabotage) -> Db {
        Db {
            cells: BTreeMap::new(),
            ends: BTreeMap::new(),
            endless: BTreeSet::new(),
            slots: BTreeMap::new(),
            shelves: BTreeMap::new(),
            items: BTreeMap::new(),
            chance,
            stale,
            sabotage,
            names: 0,
        }
    }

    /// A name nobody else has.
    fn name(&mut self) -> u64 {
        self.names += 1;
        self.names
    }

    /// A cell, maybe an older image of it.
    pub fn load(&mut self, key: &CellKey, read: Read) -> Option<Cell> {
        let read = if self.sabotage == Sabotage::OldReads { Read::Stale } else { read };
        self.cells.get(key)?.read(read, self.stale, &mut self.chance)
    }

    /// One conditional write.
    ///
    /// # Errors
    /// Somebody else was faster, or it is too large.
    pub fn commit(&mut self, write: &CellWrite) -> Result<Option<Base>, StateError> {
        let now = self.cells.get(&write.key).and_then(Images::now).cloned();
        let conditional = self.sabotage != Sabotage::Unconditional;
        if conditional
            && now.as_ref().map(|cell| cell.base.version) != write.base.as_ref().map(|base| base.version)
        {
            return Err(StateError::Conflict);
        }
        let cell = match &write.change {
            Change::Remove => None,
            Change::Put { head, chunks, outbox, .. } => {
                let bytes = head.len().saturating_add(outbox.len());
                if bytes > MAX_ITEM_BYTES {
                    return Err(StateError::TooLarge { what: "a cell".into(), bytes, max: MAX_ITEM_BYTES });
                }
                let version = match &write.base {
                    Some(base) => CellVersion { count: base.version.count.saturating_add(1), ..base.version },
                    None => CellVersion { nonce: self.name(), count: 1 },
                };
                let (refs, bodies) = self.chunks(now.as_ref(), chunks);
                let base = Base { version, chunks: refs, bytes: u32::try_from(bytes).unwrap_or(u32::MAX) };
                let kept = self.sabotage != Sabotage::NoOutbox;
                let outbox = if kept { outbox.clone() } else { Vec::new() };
                Some(Cell { base, head: head.clone(), chunks: bodies, outbox })
            }
        };
        let base = cell.as_ref().map(|cell| cell.base.clone());
        if let Change::Put { expires, .. } = &write.change {
            self.ends.insert(write.key.clone(), *expires);
        }
        self.cells.entry(write.key.clone()).or_default().put(cell);
        Ok(base)
    }

    fn chunks(&mut self, now: Option<&Cell>, chunks: &Chunks) -> (Vec<ChunkRef>, Vec<Vec<u8>>) {
        let (mut refs, mut bodies) = match (now, chunks) {
            (Some(cell), Chunks::Keep | Chunks::Append(_)) => (cell.base.chunks.clone(), cell.chunks.clone()),
            _ => (vec![], vec![]),
        };
        let more = match chunks {
            Chunks::Keep => vec![],
            Chunks::Append(body) => vec![body.clone()],
            Chunks::Replace(bodies) => bodies.clone(),
        };
        for body in more {
            let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
            refs.push(ChunkRef { id: self.name(), bytes, expires: i64::MAX });
            bodies.push(body);
        }
        (refs, bodies)
    }

    /// Everything that lives, for the checks at the end.
    pub fn living(&self) -> impl Iterator<Item = (&CellKey, &Cell)> {
        self.cells.iter().filter_map(|(key, images)| Some((key, images.now()?)))
    }

    /// When a cell may be dropped; none: never.
    #[must_use]
    pub fn expires(&self, key: &CellKey) -> Option<i64> {
        self.ends.get(key).copied().flatten()
    }

    /// Rows of timers and dead letters that nothing would ever remove.
    #[must_use]
    pub fn endless(&self) -> Vec<String> {
        self.endless.iter().cloned().collect()
    }

    /// Notes whether a row has an end.
    pub fn note_end(&mut self, shelf: &ShelfName, sort: &str, expires: Option<i64>) {
        let lasts = matches!(shelf, ShelfName::Plans { .. } | ShelfName::Notes { .. });
        if expires.is_none() && !lasts {
            self.endless.insert(format!("{shelf:?} {sort}"));
        }
    }

    /// Slots, maybe an older image of them.
    pub fn slots(&mut self, key: &CellKey, read: Read) -> Option<Slots> {
        self.slots.get(key)?.read(read, self.stale, &mut self.chance)
    }

    /// Changes slots, making them where they are missing; gives the image after that.
    pub fn change_slots(&mut self, key: &CellKey, change: impl FnOnce(&mut Slots)) -> Slots {
        let life = self.name();
        let images = self.slots.entry(key.clone()).or_default();
        let mut slots = images.now().cloned().unwrap_or(Slots { life, ..Slots::default() });
        let before = images.now().cloned();
        change(&mut slots);
        if before.as_ref() != Some(&slots) {
            images.put(Some(slots.clone()));
        }
        slots
    }

    /// Begins a new life of slots.
    pub fn renew_slots(
        &mut self,
        key: &CellKey,
        life: u64,
        filled: &[(u16, Vec<u8>)],
    ) -> Result<Slots, StateError> {
        let new = Slots { life: self.name(), filled: filled.iter().cloned().collect(), closed: None };
        match self.slots.get_mut(key) {
            Some(images) if images.now().is_some_and(|slots| slots.life == life) => {
                images.put(Some(new.clone()));
                Ok(new)
            }
            _ => Err(StateError::Conflict),
        }
    }

    /// A value in a place of a shelf.
    #[must_use]
    pub fn get(&self, shelf: &ShelfName, sort: &str) -> Option<Vec<u8>> {
        self.shelves.get(shelf)?.get(sort).cloned()
    }

    /// Puts a value if the condition holds.
    pub fn put(&mut self, shelf: &ShelfName, entry: &ShelfEntry, when: &PutIf) -> bool {
        let values = self.shelves.entry(shelf.clone()).or_default();
        let holds = match when {
            PutIf::Any => true,
            PutIf::Absent => !values.contains_key(&entry.sort),
            PutIf::Is(value) => values.get(&entry.sort) == Some(value),
        };
        if holds {
            values.insert(entry.sort.clone(), entry.value.clone());
        }
        holds
    }

    /// Values after a place.
    #[must_use]
    pub fn list(&self, shelf: &ShelfName, after: Option<&str>, limit: usize) -> Vec<ShelfEntry> {
        let Some(values) = self.shelves.get(shelf) else { return vec![] };
        let later = values.iter().filter(|(sort, _)| after.is_none_or(|after| sort.as_str() > after));
        later
            .take(limit)
            .map(|(sort, value)| ShelfEntry { sort: sort.clone(), value: value.clone() })
            .collect()
    }

    /// Takes values out.
    pub fn take(&mut self, shelf: &ShelfName, sorts: &[String]) {
        if let Some(values) = self.shelves.get_mut(shelf) {
            sorts.iter().for_each(|sort| drop(values.remove(sort)));
        }
    }

    /// Shelves that hold something, and how much.
    pub fn filled_shelves(&self) -> impl Iterator<Item = (&ShelfName, usize)> {
        self.shelves
            .iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(name, values)| (name, values.len()))
    }

    /// An item, maybe an older image of it; an empty one where there is none.
    pub fn item(&mut self, name: &str, read: Read) -> Item {
        let images = self.items.get(name);
        images.and_then(|images| images.read(read, self.stale, &mut self.chance)).unwrap_or_default()
    }

    /// Changes an item in place; gives the image after that.
    pub fn change_item(&mut self, name: &str, change: impl FnOnce(&mut Item)) -> Item {
        let images = self.items.entry(name.to_owned()).or_default();
        let mut item = images.now().cloned().unwrap_or_default();
        change(&mut item);
        images.put(Some(item.clone()));
        item
    }
}
