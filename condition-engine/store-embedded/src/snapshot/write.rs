//! Writes a snapshot: blocks into an unfinished file, which becomes the newest snapshot at the commit.

use std::sync::Arc;

use fanin_store::limits::MAX_BLOCK_BYTES;
use fanin_store::{CheckpointWriter, Seq, StoreError};

use super::checkpoint;
use super::format;
use crate::disk::{Access, Dir, File};
use crate::limits::CHUNK_BYTES;
use crate::store::Shared;

pub(super) struct Writer {
    dir: Dir,
    shared: Arc<Shared>,
    unfinished: Unfinished,
    at: Seq,
    buffer: Vec<u8>,
    offset: u64,
    chain: u32,
    blocks: u64,
    payload_bytes: u64,
    broken: Option<String>,
}

/// The file until it has its name; goes with the writer.
struct Unfinished {
    dir: Dir,
    name: String,
    file: File,
    kept: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now goes at the next opening.
            drop(self.dir.remove(&self.name));
        }
    }
}

impl Writer {
    /// `number` tells writers of the same frame apart.
    pub(super) fn begin(
        dir: &Dir,
        shared: &Arc<Shared>,
        (at, number): (Seq, u64),
        semantics: u32,
    ) -> Result<Writer, StoreError> {
        let name = format!("{}-{number}.tmp", format::name(at));
        let file = dir.open(&name, Access::Create)?;
        let unfinished = Unfinished { dir: dir.clone(), name, file, kept: false };
        let (buffer, chain) = format::header(semantics, at);
        Ok(Writer {
            dir: dir.clone(),
            shared: Arc::clone(shared),
            unfinished,
            at,
            buffer,
            offset: 0,
            chain,
            blocks: 0,
            payload_bytes: 0,
            broken: None,
        })
    }

    fn add(&mut self, section: u8, block: &[u8]) -> Result<(), StoreError> {
        let len = u32::try_from(block.len()).ok().filter(|_| block.len() <= MAX_BLOCK_BYTES);
        let Some(len) = len else {
            return Err(StoreError::BlockTooLarge { bytes: block.len(), max: MAX_BLOCK_BYTES });
        };
        self.chain = format::block_crc(self.chain, len, section, block);
        self.buffer.extend_from_slice(&format::block_head(len, section, self.chain));
        self.buffer.extend_from_slice(block);
        self.blocks = self.blocks.saturating_add(1);
        self.payload_bytes = self.payload_bytes.saturating_add(u64::from(len));
        if self.buffer.len() >= CHUNK_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.unfinished.file.write_at(&self.buffer, self.offset)?;
        self.offset = self.offset.saturating_add(self.buffer.len() as u64);
        self.buffer.clear();
        Ok(())
    }

    fn whole(&self) -> Result<(), StoreError> {
        match &self.broken {
            Some(cause) => Err(StoreError::Poisoned { cause: cause.clone() }),
            None => Ok(()),
        }
    }
}

impl CheckpointWriter for Writer {
    fn put(&mut self, section: u8, block: &[u8]) -> Result<(), StoreError> {
        self.whole()?;
        self.add(section, block).inspect_err(|error| self.broken = Some(error.to_string()))
    }

    fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.whole()?;
        let footer = format::footer(self.chain, self.blocks, self.payload_bytes);
        self.buffer.extend_from_slice(&footer);
        self.flush()?;
        self.unfinished.file.sync()?;
        let unfinished = &mut self.unfinished;
        checkpoint::publish(&self.dir, &self.shared, self.at, &mut || {
            self.dir.rename(&unfinished.name, &format::name(self.at))?;
            unfinished.kept = true;
            Ok(())
        })
    }
}
