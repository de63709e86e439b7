//! Cells of set-once slots of the model.

use std::collections::BTreeMap;

use super::World;
use crate::state::cell::{CellKey, Slots};
use crate::state::error::StateError;
use crate::state::port::Read;
use crate::state::row::{slot_name, slot_total, slots_bytes};

#[derive(Clone)]
pub(super) struct Stored {
    pub(super) image: Slots,
    pub(super) expires: Option<i64>,
}

impl Stored {
    fn bytes(&self, path: &str) -> Result<usize, StateError> {
        let filled = self.image.filled.iter().map(|(slot, value)| (*slot, value.as_slice()));
        slots_bytes(path, self.image.life, filled, self.image.closed.as_deref(), self.expires)
    }
}

impl World {
    fn slots_now(&self, key: &CellKey) -> Option<Stored> {
        self.slots.get(key).and_then(|history| history.now()).cloned()
    }

    /// Writes an image, priced by the larger of before and after.
    fn set_slots(&mut self, key: &CellKey, path: &str, after: Stored) -> Result<Slots, StateError> {
        let bytes = after.bytes(path)?;
        let before = self.slots_now(key).map_or(Ok(0), |stored| stored.bytes(path))?;
        self.usage.wrote(before.max(bytes));
        let image = after.image.clone();
        self.slots.entry(key.clone()).or_default().set(Some(after));
        Ok(image)
    }

    /// A write whose condition did not hold.
    fn refused(&mut self, path: &str, found: Option<&Stored>) -> Result<(), StateError> {
        self.usage.wrote(found.map_or(Ok(0), |stored| stored.bytes(path))?);
        self.usage.conflicts = self.usage.conflicts.saturating_add(1);
        Ok(())
    }

    pub(super) fn fill(
        &mut self,
        key: &CellKey,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        let path = key.checked_path()?;
        named(slots)?;
        self.usage.request("fill");
        let mut stored = match self.slots_now(key) {
            Some(stored) if stored.image.closed.is_some() => {
                self.refused(&path, Some(&stored))?;
                return Ok(stored.image);
            }
            Some(stored) => stored,
            None => Stored { image: Slots { life: self.draw(), ..Slots::default() }, expires: None },
        };
        for (slot, value) in slots {
            stored.image.filled.entry(*slot).or_insert_with(|| value.clone());
        }
        stored.expires = expires.or(stored.expires);
        self.set_slots(key, &path, stored)
    }

    pub(super) fn close(&mut self, key: &CellKey, total: u16, note: Vec<u8>) -> Result<Slots, StateError> {
        let path = key.checked_path()?;
        slot_total(total)?;
        self.usage.request("close");
        let Some(mut stored) = self.slots_now(key) else {
            self.refused(&path, None)?;
            return Ok(Slots::default());
        };
        let complete = (0..total).all(|slot| stored.image.filled.contains_key(&slot));
        if complete || stored.image.closed.is_some() {
            self.refused(&path, Some(&stored))?;
            return Ok(stored.image);
        }
        stored.image.closed = Some(note);
        self.set_slots(key, &path, stored)
    }

    pub(super) fn renew(
        &mut self,
        key: &CellKey,
        life: u64,
        slots: &[(u16, Vec<u8>)],
        expires: Option<i64>,
    ) -> Result<Slots, StateError> {
        let path = key.checked_path()?;
        named(slots)?;
        self.usage.request("renew");
        let found = self.slots_now(key);
        if found.as_ref().map_or(0, |stored| stored.image.life) != life {
            self.refused(&path, found.as_ref())?;
            return Err(StateError::Conflict);
        }
        let mut filled = BTreeMap::new();
        for (slot, value) in slots {
            filled.entry(*slot).or_insert_with(|| value.clone());
        }
        let image = Slots { life: self.draw(), filled, closed: None };
        self.set_slots(key, &path, Stored { image, expires })
    }

    pub(super) fn read_slots(&mut self, key: &CellKey, read: Read) -> Result<Option<Slots>, StateError> {
        let path = key.checked_path()?;
        let back = self.back(read);
        self.usage.request("slots");
        let stored = self.slots.get(key).and_then(|history| history.ago(back));
        let bytes = stored.map_or(Ok(0), |stored| stored.bytes(&path))?;
        let image = stored.map(|stored| stored.image.clone());
        self.usage.read(bytes, read);
        Ok(image)
    }
}

fn named(slots: &[(u16, Vec<u8>)]) -> Result<(), StateError> {
    slots.iter().try_for_each(|(slot, _)| slot_name(*slot).map(|_| ()))
}
