//! Reads a file in large pieces and shows small ones.

use fanin_store::StoreError;

use crate::disk::File;
use crate::limits::CHUNK_BYTES;

/// A piece of a file in memory: as large as the largest piece asked for, and at least [`CHUNK_BYTES`] where the file goes so far.
pub(crate) struct Window {
    pub(crate) file: File,
    pub(crate) len: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    pub(crate) fn new(file: File) -> Result<Window, StoreError> {
        let len = file.len()?;
        Ok(Window { file, len, start: 0, bytes: Vec::new() })
    }

    /// The `want` bytes at `offset`; fewer where the file ends.
    pub(crate) fn at(&mut self, offset: u64, want: usize) -> Result<&[u8], StoreError> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let want = want.min(left);
        let end = offset.saturating_add(want as u64);
        if offset < self.start || end > self.start.saturating_add(self.bytes.len() as u64) {
            self.fill(offset, want.max(CHUNK_BYTES).min(left))?;
        }
        let from = usize::try_from(offset.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let held = self.bytes.get(from..).unwrap_or_default();
        Ok(held.get(..want).unwrap_or(held))
    }

    /// Drops what is in memory: a live process may have written since.
    pub(crate) fn forget(&mut self) {
        self.bytes.clear();
    }

    fn fill(&mut self, offset: u64, bytes: usize) -> Result<(), StoreError> {
        self.start = offset;
        self.bytes.resize(bytes, 0);
        let filled = self.file.read_at(&mut self.bytes, offset).inspect_err(|_| self.bytes.clear())?;
        self.bytes.truncate(filled);
        Ok(())
    }
}
