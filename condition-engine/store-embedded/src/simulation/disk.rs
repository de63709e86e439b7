//! A disk in memory whose power can be cut: what was not synced persists by the sector, in any choice.
//!
//! Names persist in the order of their changes, as on a file system with a journal. A sync that fails leaves its sectors written
//! or not, and clean: the next sync says that all is well without writing them, as operating systems do.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::disk::{Access, Disk, DiskFile};

/// Bytes that a disk writes whole or not at all.
const SECTOR: usize = 512;
/// How the name of a segment ends that waits to be used again.
const USED: &str = ".used";

/// What goes wrong with a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The process dies in the middle of an operation.
    Death,
    /// The next sync fails.
    SyncFails,
    /// The next write finds no room.
    NoRoom,
}

/// Numbers by which everything that is open is decided.
struct Draws(Box<dyn FnMut() -> u64 + Send>);

impl Draws {
    fn below(&mut self, bound: u64) -> u64 {
        (self.0)() % bound.max(1)
    }

    fn place(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap_or(0)
    }

    fn per_mille(&mut self, often: u64) -> bool {
        self.below(1000) < often
    }

    fn either(&mut self) -> bool {
        self.below(2) == 0
    }
}

/// What went wrong so far, by its kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Struck {
    /// Processes that died in the middle of an operation.
    pub deaths: u64,
    /// Syncs that failed.
    pub syncs: u64,
    /// Writes that found no room.
    pub full: u64,
}

impl Struck {
    /// All of it.
    #[must_use]
    pub fn all(self) -> u64 {
        self.deaths.saturating_add(self.syncs).saturating_add(self.full)
    }
}

/// The disk. Clones are the same disk.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<Inside>>);

struct Inside {
    draws: Draws,
    files: Vec<Bytes>,
    names: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    unsynced: Vec<Renamed>,
    /// After so many operations.
    trouble: Option<(u64, Trouble)>,
    dead: bool,
    struck: Struck,
    recycled: u64,
}

/// A change of names.
enum Renamed {
    Set(String, usize),
    Moved(String, String),
    Gone(String),
}

/// A file: what the system shows, and what is on the platter.
#[derive(Default)]
struct Bytes {
    durable: Vec<u8>,
    cached: Vec<u8>,
    dirty: BTreeSet<usize>,
    /// The length has changed and is not synced.
    resized: bool,
}

impl Bytes {
    /// Makes those dirty sectors durable of which `keeps` says so. None is dirty after that.
    fn persist(&mut self, mut keeps: impl FnMut() -> bool) {
        let len = if self.resized && !keeps() { self.durable.len() } else { self.cached.len() };
        self.durable.resize(len, 0);
        for sector in std::mem::take(&mut self.dirty) {
            let from = sector.saturating_mul(SECTOR);
            let to = from.saturating_add(SECTOR).min(len).min(self.cached.len());
            if from < to
                && keeps()
                && let (Some(onto), Some(what)) = (self.durable.get_mut(from..to), self.cached.get(from..to))
            {
                onto.copy_from_slice(what);
            }
        }
        self.resized = false;
    }

    fn write(&mut self, bytes: &[u8], offset: usize) {
        let end = offset.saturating_add(bytes.len());
        if self.cached.len() < end {
            self.cached.resize(end, 0);
            self.resized = true;
        }
        if let Some(place) = self.cached.get_mut(offset..end) {
            place.copy_from_slice(bytes);
        }
        if !bytes.is_empty() {
            self.dirty.extend(offset / SECTOR..=end.saturating_sub(1) / SECTOR);
        }
    }
}

impl Renamed {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Renamed::Set(name, file) => {
                names.insert(name.clone(), *file);
            }
            Renamed::Moved(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            Renamed::Gone(name) => drop(names.remove(name)),
        }
    }
}

fn dead() -> io::Error {
    io::Error::other("the process is dead")
}

impl Inside {
    /// One operation; gives what goes wrong in it, if this is the one.
    fn step(&mut self, fits: &[Trouble]) -> io::Result<Option<Trouble>> {
        if self.dead {
            return Err(dead());
        }
        let Some((left, trouble)) = self.trouble else { return Ok(None) };
        if left > 0 || !fits.contains(&trouble) {
            self.trouble = Some((left.saturating_sub(1), trouble));
            return Ok(None);
        }
        self.trouble = None;
        let count = match trouble {
            Trouble::Death => &mut self.struck.deaths,
            Trouble::SyncFails => &mut self.struck.syncs,
            Trouble::NoRoom => &mut self.struck.full,
        };
        *count = count.saturating_add(1);
        self.dead = trouble == Trouble::Death;
        Ok(Some(trouble))
    }

    /// A change of names; who dies in it has made it or not.
    fn rename(&mut self, change: Renamed) -> io::Result<()> {
        let dies = self.step(&[Trouble::Death])?.is_some();
        if !dies || self.draws.either() {
            change.apply(&mut self.names);
            self.unsynced.push(change);
        }
        if dies { Err(dead()) } else { Ok(()) }
    }

    fn write(&mut self, file: usize, bytes: &[u8], offset: usize) -> io::Result<()> {
        let trouble = self.step(&[Trouble::Death, Trouble::NoRoom])?;
        if trouble == Some(Trouble::NoRoom) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let whole = bytes.len();
        let some = if trouble.is_some() { self.draws.place(whole.saturating_add(1)) } else { whole };
        if let Some(file) = self.files.get_mut(file) {
            file.write(bytes.get(..some).unwrap_or(bytes), offset);
        }
        if trouble.is_some() { Err(dead()) } else { Ok(()) }
    }

    fn sync(&mut self, file: usize) -> io::Result<()> {
        let trouble = self.step(&[Trouble::Death, Trouble::SyncFails])?;
        let Inside { draws, files, .. } = self;
        let Some(file) = files.get_mut(file) else { return Ok(()) };
        match trouble {
            None => {
                file.persist(|| true);
                Ok(())
            }
            Some(Trouble::Death) => Err(dead()),
            Some(_) => {
                file.persist(|| draws.either());
                Err(io::Error::other("input/output error"))
            }
        }
    }

    fn sync_names(&mut self) -> io::Result<()> {
        match self.step(&[Trouble::Death, Trouble::SyncFails])? {
            Some(Trouble::Death) => return Err(dead()),
            Some(_) => return Err(io::Error::other("input/output error")),
            None => {}
        }
        for change in std::mem::take(&mut self.unsynced) {
            change.apply(&mut self.durable);
        }
        Ok(())
    }
}

impl SimDisk {
    /// An empty one; `draw` gives the numbers by which it is decided what persists.
    #[must_use]
    pub fn new(draw: impl FnMut() -> u64 + Send + 'static) -> SimDisk {
        SimDisk(Arc::new(Mutex::new(Inside {
            draws: Draws(Box::new(draw)),
            files: Vec::new(),
            names: BTreeMap::new(),
            durable: BTreeMap::new(),
            unsynced: Vec::new(),
            trouble: None,
            dead: false,
            struck: Struck::default(),
            recycled: 0,
        })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next process starts; something goes wrong with the first operation it fits to after so many.
    pub fn revive(&self, trouble: Option<(u64, Trouble)>) {
        let mut inside = self.inside();
        inside.dead = false;
        inside.trouble = trouble;
    }

    /// What went wrong so far, over all processes.
    #[must_use]
    pub fn struck(&self) -> Struck {
        self.inside().struck
    }

    /// Whether the process has died in the middle of an operation: each further one fails.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.inside().dead
    }

    /// How many segments were used again.
    #[must_use]
    pub fn recycled(&self) -> u64 {
        self.inside().recycled
    }

    /// Bytes of a file; 0 where there is none of that name.
    #[must_use]
    pub fn len_of(&self, name: &str) -> u64 {
        let inside = self.inside();
        let file = inside.names.get(name).and_then(|file| inside.files.get(*file));
        file.map_or(0, |file| file.cached.len() as u64)
    }

    /// The power goes: of what was not synced some part persists.
    pub fn cut_power(&self) {
        let mut inside = self.inside();
        let Inside { draws, files, names, durable, unsynced, .. } = &mut *inside;
        let choices = [0, 200, 500, 800, 1000];
        let often = choices.get(draws.place(choices.len())).copied().unwrap_or(0);
        let kept = draws.place(unsynced.len().saturating_add(1));
        for change in std::mem::take(unsynced).into_iter().take(kept) {
            change.apply(durable);
        }
        names.clone_from(durable);
        for file in files.iter_mut().filter(|file| file.resized || !file.dirty.is_empty()) {
            file.persist(|| draws.per_mille(often));
            file.cached.clone_from(&file.durable);
        }
    }
}

impl Disk for SimDisk {
    fn path(&self, name: &str) -> String {
        name.to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.inside().names.keys().cloned().collect())
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut inside = self.inside();
        if access == Access::Create {
            let file = inside.files.len();
            inside.files.push(Bytes::default());
            inside.rename(Renamed::Set(name.to_owned(), file))?;
        }
        let file = *inside.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Open { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut inside = self.inside();
        if from.ends_with(USED) {
            inside.recycled = inside.recycled.saturating_add(1);
        }
        inside.rename(Renamed::Moved(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut inside = self.inside();
        if !inside.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        inside.rename(Renamed::Gone(name.to_owned()))
    }

    fn sync(&self) -> io::Result<()> {
        self.inside().sync_names()
    }

    fn salt(&self) -> u64 {
        (self.inside().draws.0)()
    }

    fn background(&self) -> bool {
        false
    }
}

/// An open file.
struct Open {
    disk: SimDisk,
    file: usize,
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

impl DiskFile for Open {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.inside().files.get(self.file).map_or(0, |file| file.cached.len() as u64))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let inside = self.disk.inside();
        let held = inside.files.get(self.file).and_then(|file| file.cached.get(place(offset)..));
        let held = held.unwrap_or_default();
        let some = held.len().min(buffer.len());
        if let (Some(onto), Some(what)) = (buffer.get_mut(..some), held.get(..some)) {
            onto.copy_from_slice(what);
        }
        Ok(some)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.disk.inside().write(self.file, bytes, place(offset))
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let mut inside = self.disk.inside();
        if inside.step(&[Trouble::Death])?.is_some() {
            return Err(dead());
        }
        if let Some(file) = inside.files.get_mut(self.file) {
            file.cached.resize(place(len), 0);
            file.resized = true;
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.inside().sync(self.file)
    }
}

#[cfg(test)]
mod tests;
