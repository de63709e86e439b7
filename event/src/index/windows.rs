//! Wildcards that are open on both sides: found by a few bytes of a literal inside, then checked.

use hashbrown::HashTable;
use smallvec::SmallVec;

use crate::json::hash::hash_bytes;

/// Bytes of a window, for literals that have so many, and for shorter ones.
const WIDE: usize = 4;
const NARROW: usize = 2;

#[derive(Clone, Debug)]
struct Window {
    bytes: u32,
    atoms: SmallVec<[u32; 2]>,
}

/// The windows of one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Windows {
    wide: HashTable<Window>,
    narrow: HashTable<Window>,
}

fn hash(bytes: u32) -> u64 {
    hash_bytes(0, &bytes.to_le_bytes())
}

fn word(window: &[u8]) -> u32 {
    window.iter().fold(0, |word, byte| (word << 8) | u32::from(*byte))
}

impl Windows {
    /// Whether a literal is long enough to be found by.
    pub(super) fn takes(literal: &[u8]) -> bool {
        literal.len() >= NARROW
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wide.is_empty() && self.narrow.is_empty()
    }

    fn table(&mut self, literal: &[u8]) -> (&mut HashTable<Window>, usize) {
        if literal.len() >= WIDE { (&mut self.wide, WIDE) } else { (&mut self.narrow, NARROW) }
    }

    /// Files an atom under the window of `literal` that fewest others use.
    pub(super) fn add(&mut self, literal: &[u8], atom: u32) {
        let (table, width) = self.table(literal);
        let crowd = |bytes: u32| table.find(hash(bytes), |w| w.bytes == bytes).map_or(0, |w| w.atoms.len());
        let Some(bytes) = literal.windows(width).map(word).min_by_key(|bytes| crowd(*bytes)) else { return };
        match table.find_mut(hash(bytes), |w| w.bytes == bytes) {
            Some(window) => window.atoms.push(atom),
            None => {
                let window = Window { bytes, atoms: SmallVec::from_elem(atom, 1) };
                table.insert_unique(hash(bytes), window, |w| hash(w.bytes));
            }
        }
    }

    pub(super) fn remove(&mut self, literal: &[u8], atom: u32) {
        let (table, width) = self.table(literal);
        for bytes in literal.windows(width).map(word) {
            let Ok(mut entry) = table.find_entry(hash(bytes), |w| w.bytes == bytes) else { continue };
            entry.get_mut().atoms.retain(|a| *a != atom);
            if entry.get().atoms.is_empty() {
                entry.remove();
            }
        }
    }

    /// Gives the atoms whose window occurs in `value`, some of them more than once.
    #[inline]
    pub(super) fn offer(&self, value: &[u8], mut offered: impl FnMut(u32)) {
        for (table, width) in [(&self.wide, WIDE), (&self.narrow, NARROW)] {
            if table.is_empty() {
                continue;
            }
            for bytes in value.windows(width).map(word) {
                if let Some(window) = table.find(hash(bytes), |w| w.bytes == bytes) {
                    window.atoms.iter().for_each(|atom| offered(*atom));
                }
            }
        }
    }
}
