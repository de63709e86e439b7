//! All instances of all conditions: found by condition and key, kept in stable places.

use std::hash::{BuildHasher, Hash, Hasher};

use fanin_condition::Instance;
use fanin_event::Timestamp;
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::slab::{Image, Place, Slab};
use crate::timers::tie_of;

/// One instance with what the table needs to find and wake it.
#[derive(Debug)]
pub(crate) struct Entry {
    hash: u64,
    /// Order among timers due at the same moment.
    pub(crate) tie: u64,
    /// The engine's number of the condition (name and version).
    pub(crate) condition: u32,
    /// The engine's number of the condition's name.
    pub(crate) family: u32,
    /// The earliest entry in the timer queue, or `NEVER`.
    pub(crate) armed: Timestamp,
    /// The correlation key, canonical text.
    pub key: Box<str>,
    /// The instance.
    pub instance: Instance,
}

impl Image for Entry {
    fn write(&self, out: &mut Vec<u8>) {
        let from = out.len();
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&self.condition.to_le_bytes());
        out.extend_from_slice(&u32::try_from(self.key.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(self.key.as_bytes());
        // Writing to memory cannot fail; a cut entity would be refused when the snapshot is read.
        let _ = self.instance.encode_into(out);
        let length = u32::try_from(out.len() - from - 4).unwrap_or(u32::MAX);
        if let Some(head) = out.get_mut(from..from + 4) {
            head.copy_from_slice(&length.to_le_bytes());
        }
    }
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    slab: Slab<Entry>,
    table: HashTable<Place>,
    hasher: DefaultHashBuilder,
}

impl Instances {
    fn hash(&self, family: u32, key: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        family.hash(&mut hasher);
        hasher.write(key.as_bytes());
        hasher.finish()
    }

    /// Finds an instance by the number of its condition's name and its key.
    #[must_use]
    pub(crate) fn find(&self, family: u32, key: &str) -> Option<Place> {
        let slab = &self.slab;
        let same = |place: &Place| slab.get(*place).is_some_and(|e| e.family == family && &*e.key == key);
        self.table.find(self.hash(family, key), same).copied()
    }

    /// Puts a new instance in. The caller has made sure that there is none of this name and key.
    pub(crate) fn insert(&mut self, name: &str, new: NewEntry<'_>) -> Option<Place> {
        let hash = self.hash(new.family, new.key);
        let entry = Entry {
            hash,
            tie: tie_of(&[name, new.key]),
            condition: new.condition,
            family: new.family,
            armed: Timestamp::NEVER,
            key: new.key.into(),
            instance: new.instance,
        };
        let place = self.slab.insert(entry)?;
        let slab = &self.slab;
        self.table.insert_unique(hash, place, |p| slab.get(*p).map_or(0, |e| e.hash));
        Some(place)
    }

    /// Looks at an instance.
    #[must_use]
    pub(crate) fn get(&self, place: Place) -> Option<&Entry> {
        self.slab.get(place)
    }

    /// An instance that is about to change.
    pub(crate) fn get_mut(&mut self, place: Place) -> Option<&mut Entry> {
        self.slab.get_mut(place)
    }

    /// Takes an instance out.
    pub(crate) fn remove(&mut self, place: Place) -> Option<Entry> {
        let entry = self.slab.remove(place)?;
        if let Ok(found) = self.table.find_entry(entry.hash, |p| *p == place) {
            found.remove();
        }
        Some(entry)
    }

    /// How many there are, open and remembered.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// The place after the last one that was ever taken.
    pub(crate) fn end(&self) -> Place {
        self.slab.end()
    }

    /// All of them, in no meaningful order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slab.iter().map(|(_, entry)| entry)
    }

    pub(crate) fn slab_mut(&mut self) -> &mut Slab<Entry> {
        &mut self.slab
    }
}

/// What a new entry is made of.
#[derive(Debug)]
pub(crate) struct NewEntry<'a> {
    pub(crate) condition: u32,
    pub(crate) family: u32,
    pub(crate) key: &'a str,
    pub(crate) instance: Instance,
}
