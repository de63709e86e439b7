//! Addresses and blocks of addresses at one path: one lookup for each block size in use.

use hashbrown::HashTable;

use crate::json::hash::hash_bytes;
use crate::pattern::ip::{Address, Block};

/// The blocks of one path.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    table: HashTable<(Block, u32)>,
    /// Whether it is a size of IPv4, the size in bits, and how many blocks have it.
    sizes: Vec<(bool, u32, u32)>,
}

fn hash(block: &Block) -> u64 {
    hash_bytes(block.bits, &block.base.bits().to_le_bytes())
}

fn is_v4(address: Address) -> bool {
    matches!(address, Address::V4(_))
}

impl Blocks {
    pub(super) fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    pub(super) fn add(&mut self, block: Block, atom: u32) {
        self.table.insert_unique(hash(&block), (block, atom), |(b, _)| hash(b));
        let size = (is_v4(block.base), block.bits);
        match self.sizes.iter_mut().find(|s| (s.0, s.1) == size) {
            Some(known) => known.2 += 1,
            None => self.sizes.push((size.0, size.1, 1)),
        }
    }

    pub(super) fn remove(&mut self, block: Block, atom: u32) {
        let Ok(entry) = self.table.find_entry(hash(&block), |e| *e == (block, atom)) else { return };
        entry.remove();
        let size = (is_v4(block.base), block.bits);
        if let Some(known) = self.sizes.iter_mut().find(|s| (s.0, s.1) == size) {
            known.2 = known.2.saturating_sub(1);
        }
        self.sizes.retain(|s| s.2 > 0);
    }

    /// Gives the atoms of the address and of all blocks around it.
    pub(super) fn around(&self, value: &[u8], mut found: impl FnMut(u32)) {
        let Some(address) = Address::parse(value) else { return };
        for (v4, bits, _) in &self.sizes {
            if *v4 != is_v4(address) {
                continue;
            }
            let block = Block::around(address, *bits);
            self.table.iter_hash(hash(&block)).filter(|e| e.0 == block).for_each(|e| found(e.1));
        }
    }
}
