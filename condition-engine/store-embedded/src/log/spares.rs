//! Segments to come: pre-written with zeros beside the writer, or recycled. The first write to a fresh block makes a sync also
//! write the file's metadata; in a block written before it does not.

use std::thread::{self, JoinHandle};

use fanin_store::StoreError;

use super::segment::Segment;
use crate::disk::{Access, Dir};
use crate::limits::CHUNK_BYTES;
use crate::options::Options;

const PREFIX: &str = "spare-";
const ZEROED: &str = ".zero";
const USED: &str = ".used";

/// A file ready to become a segment.
pub(super) struct Spare {
    pub(super) name: String,
    pub(super) size: u64,
    /// Nothing old is in it.
    pub(super) zeroed: bool,
}

pub(super) struct Spares {
    dir: Dir,
    ready: Vec<Spare>,
    /// The one being pre-written; one at a time.
    job: Option<JoinHandle<Result<Spare, StoreError>>>,
    next: u64,
    size: u64,
    most: usize,
}

/// The number in a spare's name.
fn number(name: &str) -> Option<u64> {
    let middle = name.strip_prefix(PREFIX)?;
    let digits = middle.strip_suffix(ZEROED).or_else(|| middle.strip_suffix(USED))?;
    digits.parse().ok()
}

/// Whether a file is a spare, by its name.
pub(crate) fn is_spare(name: &str) -> bool {
    number(name).is_some()
}

/// A number that no spare in the directory has.
pub(super) fn free_number(dir: &Dir) -> Result<u64, StoreError> {
    let names = dir.list()?;
    Ok(names.iter().filter_map(|name| number(name)).max().map_or(0, |most| most.saturating_add(1)))
}

impl Spares {
    /// Takes over the spares in the directory; removes those of another size and those too many.
    pub(super) fn find(dir: &Dir, options: &Options) -> Result<Spares, StoreError> {
        let (size, most) = (options.segment_bytes, options.spares);
        let mut spares = Spares { dir: dir.clone(), ready: Vec::new(), job: None, next: 0, size, most };
        for name in dir.list()? {
            let Some(number) = number(&name) else { continue };
            spares.next = spares.next.max(number.saturating_add(1));
            if spares.ready.len() < most.max(1) && dir.open(&name, Access::Read)?.len()? == size {
                let zeroed = name.ends_with(ZEROED);
                spares.ready.push(Spare { name, size, zeroed });
            } else {
                dir.remove(&name)?;
            }
        }
        Ok(spares)
    }

    /// A spare of at most `starter` bytes if none is at hand, else of the full size. Afterwards the directory is to be synced.
    pub(super) fn take_or_start(&mut self, starter: u64) -> Result<Spare, StoreError> {
        if self.ready.is_empty() && self.job.is_none() {
            let number = self.number();
            return prepare(&self.dir, number, self.size.min(starter));
        }
        self.take()
    }

    /// A spare of the full size; waits for the one being pre-written, or pre-writes one.
    pub(super) fn take(&mut self) -> Result<Spare, StoreError> {
        if let Some(spare) = self.ready.pop() {
            return Ok(spare);
        }
        match self.job.take().map(JoinHandle::join) {
            Some(Ok(Ok(spare))) => Ok(spare),
            // What went wrong beside is tried once more here, where the error has a place to go.
            _ => {
                let number = self.number();
                prepare(&self.dir, number, self.size)
            }
        }
    }

    /// Makes sure that a spare is there or on its way.
    pub(super) fn ahead(&mut self) {
        if !self.ready.is_empty() || self.job.is_some() || !self.dir.background() {
            return;
        }
        let (dir, number, size) = (self.dir.clone(), self.number(), self.size);
        let thread = thread::Builder::new().name("fanin-segment".to_owned());
        // Without a thread the next segment is pre-written when it is needed.
        self.job = thread.spawn(move || prepare(&dir, number, size)).ok();
    }

    /// Takes a segment out of the log: recycles it, or removes it when it has another size or there are enough.
    pub(super) fn give(&mut self, segment: &Segment) -> Result<(), StoreError> {
        let coming = self.ready.len().saturating_add(usize::from(self.job.is_some()));
        if segment.len != self.size || coming >= self.most {
            return self.dir.remove(&segment.name);
        }
        let name = format!("{PREFIX}{}{USED}", self.number());
        self.dir.rename(&segment.name, &name)?;
        self.ready.push(Spare { name, size: self.size, zeroed: false });
        Ok(())
    }

    fn number(&mut self) -> u64 {
        let number = self.next;
        self.next = number.saturating_add(1);
        number
    }
}

impl Drop for Spares {
    /// Nothing writes to the directory after its lock is gone.
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            drop(job.join());
        }
    }
}

/// Writes zeros and makes them durable under a spare's name.
pub(super) fn prepare(dir: &Dir, number: u64, size: u64) -> Result<Spare, StoreError> {
    let unfinished = format!("{PREFIX}{number}.tmp");
    let name = format!("{PREFIX}{number}{ZEROED}");
    let outcome = fill(dir, &unfinished, size).and_then(|()| dir.rename(&unfinished, &name));
    if let Err(error) = outcome {
        // Room is scarce when this fails; a remainder that cannot be removed goes at the next opening.
        drop(dir.remove(&unfinished));
        return Err(error);
    }
    Ok(Spare { name, size, zeroed: true })
}

fn fill(dir: &Dir, name: &str, size: u64) -> Result<(), StoreError> {
    let mut file = dir.open(name, Access::Create)?;
    let chunk = vec![0; CHUNK_BYTES.min(usize::try_from(size).unwrap_or(CHUNK_BYTES))];
    let mut offset = 0;
    while offset < size {
        let left = usize::try_from(size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let piece = chunk.get(..left).unwrap_or(&chunk);
        file.write_at(piece, offset)?;
        offset = offset.saturating_add(piece.len() as u64);
    }
    file.sync()
}
