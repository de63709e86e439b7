//! A disk whose power can be cut: what is not synced persists by the sector, at random.
//!
//! Names persist in the order of their changes, as on a file system with a journal: a power cut leaves some first part of those
//! that were not synced. A sync that fails leaves its sectors written or not, and *clean*: the next sync reports success
//! without writing them, as the system does.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::disk::{Access, Disk, DiskFile};

const SECTOR: usize = 512;

/// A small deterministic generator: splitmix64.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True in `percent` of cases.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What goes wrong at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The process dies in the middle of the operation.
    Death,
    /// If the operation is a sync it fails, else it is the next one that is.
    SyncFails,
    /// If the operation is a write it finds no room, else it is the next one that is.
    NoRoom,
}

#[derive(Clone)]
enum NameChange {
    Set(String, usize),
    Rename(String, String),
    Remove(String),
}

fn apply(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Set(name, inode) => {
            names.insert(name.clone(), *inode);
        }
        NameChange::Rename(from, to) => {
            let inode = names.remove(from).unwrap();
            names.insert(to.clone(), inode);
        }
        NameChange::Remove(name) => {
            names.remove(name).unwrap();
        }
    }
}

#[derive(Default)]
struct Inode {
    durable: Vec<u8>,
    cached: Vec<u8>,
    dirty: BTreeSet<usize>,
    /// The length changed and is not synced.
    resized: bool,
}

impl Inode {
    /// Makes the dirty sectors durable for which `keeps` says so; forgets which were dirty.
    fn persist(&mut self, mut keeps: impl FnMut() -> bool) {
        let len = if self.resized && !keeps() { self.durable.len() } else { self.cached.len() };
        self.durable.resize(len, 0);
        for sector in std::mem::take(&mut self.dirty) {
            let from = sector * SECTOR;
            let to = (from + SECTOR).min(len).min(self.cached.len());
            if from < to && keeps() {
                self.durable[from..to].copy_from_slice(&self.cached[from..to]);
            }
        }
        self.resized = false;
    }
}

pub(super) struct World {
    pub(super) dice: Dice,
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    unsynced_names: Vec<NameChange>,
    steps: u64,
    trouble: Option<(u64, Trouble)>,
    pub(super) dead: bool,
    pub(super) failed_syncs: u64,
    pub(super) full: u64,
    pub(super) recycled: u64,
}

/// A handle on the world.
#[derive(Clone)]
pub(super) struct SimDisk {
    shared: Arc<Mutex<World>>,
}

impl World {
    fn step(&mut self) -> io::Result<Option<Trouble>> {
        if self.dead {
            return Err(dead());
        }
        self.steps += 1;
        match self.trouble {
            Some((at, trouble)) if self.steps >= at => {
                self.dead = trouble == Trouble::Death;
                Ok(Some(trouble))
            }
            _ => Ok(None),
        }
    }

    /// An operation on names; dying, it happens or not.
    fn change(&mut self, change: NameChange) -> io::Result<()> {
        let dies = self.step()? == Some(Trouble::Death);
        if !dies || self.dice.chance(50) {
            apply(&mut self.names, &change);
            self.unsynced_names.push(change);
        }
        if dies { Err(dead()) } else { Ok(()) }
    }

    fn write(&mut self, inode: usize, bytes: &[u8], offset: usize) -> io::Result<()> {
        let trouble = self.step()?;
        if trouble == Some(Trouble::NoRoom) {
            self.trouble = None;
            self.full += 1;
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let dies = trouble == Some(Trouble::Death);
        let len = if dies { self.dice.below(bytes.len() as u64 + 1) as usize } else { bytes.len() };
        let file = &mut self.inodes[inode];
        let end = offset + len;
        if file.cached.len() < end {
            file.cached.resize(end, 0);
            file.resized = true;
        }
        file.cached[offset..end].copy_from_slice(&bytes[..len]);
        if len > 0 {
            file.dirty.extend(offset / SECTOR..=(end - 1) / SECTOR);
        }
        if dies { Err(dead()) } else { Ok(()) }
    }

    fn sync(&mut self, inode: usize) -> io::Result<()> {
        let trouble = self.step()?;
        let dice = &mut self.dice;
        match trouble {
            Some(Trouble::Death) => Err(dead()),
            Some(Trouble::SyncFails) => {
                self.trouble = None;
                self.failed_syncs += 1;
                self.inodes[inode].persist(|| dice.chance(50));
                Err(io::Error::other("input/output error"))
            }
            _ => {
                self.inodes[inode].persist(|| true);
                Ok(())
            }
        }
    }

    fn sync_names(&mut self) -> io::Result<()> {
        match self.step()? {
            Some(Trouble::Death) => return Err(dead()),
            Some(Trouble::SyncFails) => {
                self.trouble = None;
                self.failed_syncs += 1;
                return Err(io::Error::other("input/output error"));
            }
            _ => {}
        }
        for change in std::mem::take(&mut self.unsynced_names) {
            apply(&mut self.durable_names, &change);
        }
        Ok(())
    }

    /// The power goes: what was not synced persists in part.
    pub(super) fn cut_power(&mut self) {
        let percent = [0, 20, 50, 80, 100][self.dice.below(5) as usize];
        let changes = std::mem::take(&mut self.unsynced_names);
        let kept = self.dice.below(changes.len() as u64 + 1) as usize;
        for change in &changes[..kept] {
            apply(&mut self.durable_names, change);
        }
        self.names = self.durable_names.clone();
        let dice = &mut self.dice;
        for inode in &mut self.inodes {
            inode.persist(|| dice.chance(percent));
            inode.cached = inode.durable.clone();
        }
    }

    /// Bytes of a file.
    pub(super) fn len_of(&self, name: &str) -> u64 {
        self.names.get(name).map_or(0, |inode| self.inodes[*inode].cached.len() as u64)
    }

    /// The next process starts; trouble comes to it after so many steps.
    pub(super) fn revive(&mut self, trouble: Option<(u64, Trouble)>) {
        self.dead = false;
        self.trouble = trouble.map(|(after, trouble)| (self.steps + after, trouble));
    }
}

fn dead() -> io::Error {
    io::Error::other("the process is dead")
}

impl SimDisk {
    pub(super) fn new(seed: u64) -> SimDisk {
        let world = World {
            dice: Dice(seed),
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            unsynced_names: Vec::new(),
            steps: 0,
            trouble: None,
            dead: false,
            failed_syncs: 0,
            full: 0,
            recycled: 0,
        };
        SimDisk { shared: Arc::new(Mutex::new(world)) }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.shared.lock().unwrap()
    }
}

impl Disk for SimDisk {
    fn path(&self, name: &str) -> String {
        name.to_owned()
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.world().names.keys().cloned().collect())
    }

    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn DiskFile>> {
        let mut world = self.world();
        if access == Access::Create {
            let inode = world.inodes.len();
            world.inodes.push(Inode::default());
            world.change(NameChange::Set(name.to_owned(), inode))?;
        }
        let inode = *world.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(SimFile { shared: Arc::clone(&self.shared), inode }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut world = self.world();
        world.recycled += u64::from(from.ends_with(".used"));
        world.change(NameChange::Rename(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut world = self.world();
        if !world.names.contains_key(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        world.change(NameChange::Remove(name.to_owned()))
    }

    fn sync(&self) -> io::Result<()> {
        self.world().sync_names()
    }

    fn salt(&self) -> u64 {
        self.world().dice.next()
    }

    fn background(&self) -> bool {
        false
    }
}

struct SimFile {
    shared: Arc<Mutex<World>>,
    inode: usize,
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.shared.lock().unwrap().inodes[self.inode].cached.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let world = self.shared.lock().unwrap();
        let held = world.inodes[self.inode].cached.get(offset as usize..).unwrap_or_default();
        let len = held.len().min(buffer.len());
        buffer[..len].copy_from_slice(&held[..len]);
        Ok(len)
    }

    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.shared.lock().unwrap().write(self.inode, bytes, offset as usize)
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let mut world = self.shared.lock().unwrap();
        if world.step()? == Some(Trouble::Death) {
            return Err(dead());
        }
        let file = &mut world.inodes[self.inode];
        file.cached.resize(len as usize, 0);
        file.resized = true;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.shared.lock().unwrap().sync(self.inode)
    }
}
