//! The model store: both ports in memory. Simple enough to be right by reading; the files are compared with it.
//!
//! A [`ModelDisk`] outlives the handles opened on it, as a directory outlives a process: dropping both handles is a crash.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::limits::{MAX_BLOCK_BYTES, MAX_FRAME_BYTES, MODEL_CAPACITY_BYTES};
use crate::{BlockVisit, Checkpoint, CheckpointWriter, FrameVisit, Journal, Seq, StoreError};

/// What survives the process.
#[derive(Clone, Debug)]
pub struct ModelDisk {
    shared: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    capacity: usize,
    used: usize,
    /// The number of the first frame held, if any are.
    first: Seq,
    frames: VecDeque<Vec<u8>>,
    /// Newest first, at most two.
    snapshots: VecDeque<Snapshot>,
    in_use: bool,
}

#[derive(Clone, Debug)]
struct Snapshot {
    at: Seq,
    bytes: usize,
    blocks: Vec<(u8, Vec<u8>)>,
}

/// Snapshots kept: the newest and its substitute.
const KEPT: usize = 2;

impl State {
    fn last(&self) -> Seq {
        self.first.saturating_add(self.frames.len() as u64).saturating_sub(1)
    }

    fn room(&self, bytes: usize, action: &'static str) -> Result<(), StoreError> {
        if self.used.saturating_add(bytes) > self.capacity {
            return Err(StoreError::DiskFull { path: "memory".to_owned(), action });
        }
        Ok(())
    }

    fn gap(&self, wanted: Seq) -> StoreError {
        StoreError::Gap { wanted, first: self.first, last: self.last() }
    }

    fn newest(&self) -> Option<Seq> {
        self.snapshots.front().map(|snapshot| snapshot.at)
    }

    fn check_order(&self, at: Seq) -> Result<(), StoreError> {
        match self.newest() {
            Some(newest) if at < newest => Err(StoreError::OutOfOrder { at, newest }),
            _ => Ok(()),
        }
    }
}

impl Default for ModelDisk {
    fn default() -> Self {
        Self::new()
    }
}

impl ModelDisk {
    /// An empty disk of [`MODEL_CAPACITY_BYTES`].
    #[must_use]
    pub fn new() -> ModelDisk {
        ModelDisk::with_capacity(MODEL_CAPACITY_BYTES)
    }

    /// An empty disk that is full after `capacity` bytes of frames and snapshots.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> ModelDisk {
        let state = State {
            capacity,
            used: 0,
            first: 1,
            frames: VecDeque::new(),
            snapshots: VecDeque::new(),
            in_use: false,
        };
        ModelDisk { shared: Arc::new(Mutex::new(state)) }
    }

    /// Opens both ports on what the disk holds.
    ///
    /// # Errors
    /// `Locked` while handles of an earlier opening live.
    pub fn open(&self) -> Result<(ModelJournal, ModelCheckpoint), StoreError> {
        let mut state = lock(&self.shared);
        if state.in_use {
            return Err(StoreError::Locked { dir: "memory".to_owned(), pid: Some(std::process::id()) });
        }
        state.in_use = true;
        drop(state);
        let held = Arc::new(Held { disk: self.clone() });
        Ok((ModelJournal { held: Arc::clone(&held) }, ModelCheckpoint { held }))
    }
}

/// A thread that died in the middle leaves the state whole: every change is made after its checks.
fn lock(shared: &Mutex<State>) -> MutexGuard<'_, State> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lock of the disk: given back when the last handle goes.
#[derive(Debug)]
struct Held {
    disk: ModelDisk,
}

impl Held {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.disk.shared)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.state().in_use = false;
    }
}

/// The journal of a [`ModelDisk`].
#[derive(Debug)]
pub struct ModelJournal {
    held: Arc<Held>,
}

impl Journal for ModelJournal {
    fn append(&mut self, frames: &[&[u8]]) -> Result<Seq, StoreError> {
        if let Some(frame) = frames.iter().find(|frame| frame.len() > MAX_FRAME_BYTES) {
            return Err(StoreError::FrameTooLarge { bytes: frame.len(), max: MAX_FRAME_BYTES });
        }
        let mut state = self.held.state();
        let bytes = frames.iter().fold(0usize, |sum, frame| sum.saturating_add(frame.len()));
        state.room(bytes, "append")?;
        state.used = state.used.saturating_add(bytes);
        state.frames.extend(frames.iter().map(|frame| frame.to_vec()));
        Ok(state.last())
    }

    fn replay(&mut self, after: Seq, visit: &mut FrameVisit<'_>) -> Result<Seq, StoreError> {
        let (first, frames) = {
            let state = self.held.state();
            if after > state.last() || after.saturating_add(1) < state.first {
                return Err(state.gap(after.saturating_add(1)));
            }
            (state.first, state.frames.clone())
        };
        for (seq, frame) in (first..).zip(&frames) {
            if seq > after {
                visit(seq, frame)?;
            }
        }
        Ok(self.last())
    }

    fn last(&self) -> Seq {
        self.held.state().last()
    }

    fn release(&mut self, seq: Seq) -> Result<(), StoreError> {
        let mut state = self.held.state();
        if seq > state.last() {
            return Err(state.gap(seq));
        }
        let floor = state.snapshots.get(KEPT - 1).map_or(0, |older| older.at);
        while state.first <= seq.min(floor) {
            let Some(frame) = state.frames.pop_front() else { break };
            state.used = state.used.saturating_sub(frame.len());
            state.first = state.first.saturating_add(1);
        }
        Ok(())
    }
}

/// The snapshots of a [`ModelDisk`].
#[derive(Debug)]
pub struct ModelCheckpoint {
    held: Arc<Held>,
}

impl Checkpoint for ModelCheckpoint {
    fn begin(&mut self, at: Seq) -> Result<Box<dyn CheckpointWriter>, StoreError> {
        let state = self.held.state();
        state.check_order(at)?;
        drop(state);
        let snapshot = Snapshot { at, bytes: 0, blocks: Vec::new() };
        Ok(Box::new(ModelWriter { held: Arc::clone(&self.held), snapshot, broken: None }))
    }

    fn load(&mut self, visit: &mut BlockVisit<'_>) -> Result<Option<Seq>, StoreError> {
        let Some(snapshot) = self.held.state().snapshots.front().cloned() else { return Ok(None) };
        for (section, block) in &snapshot.blocks {
            visit(*section, block)?;
        }
        Ok(Some(snapshot.at))
    }
}

struct ModelWriter {
    held: Arc<Held>,
    snapshot: Snapshot,
    broken: Option<String>,
}

impl ModelWriter {
    fn try_put(&mut self, section: u8, block: &[u8]) -> Result<(), StoreError> {
        if block.len() > MAX_BLOCK_BYTES {
            return Err(StoreError::BlockTooLarge { bytes: block.len(), max: MAX_BLOCK_BYTES });
        }
        let bytes = self.snapshot.bytes.saturating_add(block.len());
        self.held.state().room(bytes, "snapshot")?;
        self.snapshot.bytes = bytes;
        self.snapshot.blocks.push((section, block.to_vec()));
        Ok(())
    }
}

impl CheckpointWriter for ModelWriter {
    fn put(&mut self, section: u8, block: &[u8]) -> Result<(), StoreError> {
        if let Some(cause) = &self.broken {
            return Err(StoreError::Poisoned { cause: cause.clone() });
        }
        self.try_put(section, block).inspect_err(|error| self.broken = Some(error.to_string()))
    }

    fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let ModelWriter { held, snapshot, broken } = *self;
        if let Some(cause) = broken {
            return Err(StoreError::Poisoned { cause });
        }
        let mut state = held.state();
        if snapshot.at > state.last() {
            return Err(state.gap(snapshot.at));
        }
        state.check_order(snapshot.at)?;
        state.room(snapshot.bytes, "snapshot")?;
        if state.newest() == Some(snapshot.at) {
            let replaced = state.snapshots.pop_front().map_or(0, |old| old.bytes);
            state.used = state.used.saturating_sub(replaced);
        }
        state.used = state.used.saturating_add(snapshot.bytes);
        state.snapshots.push_front(snapshot);
        while state.snapshots.len() > KEPT {
            let gone = state.snapshots.pop_back().map_or(0, |old| old.bytes);
            state.used = state.used.saturating_sub(gone);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_refuses_and_takes_again_after_a_release() {
        let disk = ModelDisk::with_capacity(10);
        let (mut journal, mut checkpoint) = disk.open().unwrap();
        assert_eq!(journal.append(&[b"12345", b"12345"]).unwrap(), 2);
        assert_eq!(journal.append(&[b"1"]).unwrap_err().code(), "S003");
        assert_eq!(journal.last(), 2);
        for at in [1, 2] {
            checkpoint.begin(at).unwrap().commit().unwrap();
        }
        journal.release(2).unwrap();
        assert_eq!(journal.append(&[b"12345"]).unwrap(), 3, "frame 1 made room");
        let mut writer = checkpoint.begin(3).unwrap();
        assert_eq!(writer.put(0, b"1").unwrap_err().code(), "S003");
        assert_eq!(writer.commit().unwrap_err().code(), "S010", "a broken writer commits no more");
    }
}
