//! The few file operations of the store, as a trait: the real directory, and the one which a test cuts the power of.

mod real;

use std::io;
use std::sync::Arc;

use fanin_store::StoreError;

pub(crate) use real::{RealDisk, create_dir};

/// A directory of plain files, by name. [`FileStore::open`](crate::FileStore::open) takes the operating system's; who wants to
/// see what becomes of a store when the power goes brings one of his own to [`FileStore::open_on`](crate::FileStore::open_on).
pub trait Disk: Send + Sync {
    /// The path of a file, for messages.
    fn path(&self, name: &str) -> String;
    /// The names of all plain files, sorted.
    ///
    /// # Errors
    /// Whatever the system says.
    fn list(&self) -> io::Result<Vec<String>>;
    /// Opens a file.
    ///
    /// # Errors
    /// Whatever the system says; `NotFound` where there is none and none is to be created.
    fn open(&self, name: &str, access: Access) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name; a file of that name goes.
    ///
    /// # Errors
    /// Whatever the system says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// Whatever the system says.
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes the names durable.
    ///
    /// # Errors
    /// Whatever the system says; the names may be durable or not.
    fn sync(&self) -> io::Result<()>;
    /// A number nobody can guess.
    fn salt(&self) -> u64;
    /// Whether a thread may work on a file of its own beside the writer.
    fn background(&self) -> bool;
}

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// For reading.
    Read,
    /// For reading and writing.
    Write,
    /// Empty, for reading and writing; a file of that name goes.
    Create,
}

/// One open file.
pub trait DiskFile: Send {
    /// Its length in bytes.
    ///
    /// # Errors
    /// Whatever the system says.
    fn len(&self) -> io::Result<u64>;
    /// Whether it has no bytes.
    ///
    /// # Errors
    /// As [`DiskFile::len`].
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
    /// Fills the buffer as far as the file goes; returns how far.
    ///
    /// # Errors
    /// Whatever the system says.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of the bytes; the file grows where it is shorter.
    ///
    /// # Errors
    /// Whatever the system says; some of them may be written.
    fn write_at(&mut self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts the file, or lengthens it by zeros.
    ///
    /// # Errors
    /// Whatever the system says.
    fn set_len(&mut self, len: u64) -> io::Result<()>;
    /// Makes the contents durable.
    ///
    /// # Errors
    /// Whatever the system says; after that nobody knows what is durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// A directory whose errors name the file and what was tried.
#[derive(Clone)]
pub(crate) struct Dir {
    disk: Arc<dyn Disk>,
}

/// A file whose errors name it.
pub(crate) struct File {
    pub(crate) path: String,
    inner: Box<dyn DiskFile>,
}

impl Dir {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Dir {
        Dir { disk }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.disk.path(name)
    }

    pub(crate) fn list(&self) -> Result<Vec<String>, StoreError> {
        self.disk.list().map_err(|error| StoreError::from_io("list", self.path(""), error))
    }

    pub(crate) fn open(&self, name: &str, access: Access) -> Result<File, StoreError> {
        let path = self.path(name);
        match self.disk.open(name, access) {
            Ok(inner) => Ok(File { path, inner }),
            Err(error) => Err(StoreError::from_io("open", path, error)),
        }
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> Result<(), StoreError> {
        self.disk.rename(from, to).map_err(|error| StoreError::from_io("rename", self.path(from), error))
    }

    pub(crate) fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.disk.remove(name).map_err(|error| StoreError::from_io("remove", self.path(name), error))
    }

    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.disk.sync().map_err(|error| StoreError::from_io("sync directory", self.path(""), error))
    }

    pub(crate) fn salt(&self) -> u64 {
        self.disk.salt()
    }

    pub(crate) fn background(&self) -> bool {
        self.disk.background()
    }
}

impl File {
    pub(crate) fn len(&self) -> Result<u64, StoreError> {
        self.inner.len().map_err(|error| self.named("stat", error))
    }

    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<usize, StoreError> {
        self.inner.read_at(buffer, offset).map_err(|error| self.named("read", error))
    }

    pub(crate) fn write_at(&mut self, bytes: &[u8], offset: u64) -> Result<(), StoreError> {
        self.inner.write_at(bytes, offset).map_err(|error| self.named("write", error))
    }

    pub(crate) fn set_len(&mut self, len: u64) -> Result<(), StoreError> {
        self.inner.set_len(len).map_err(|error| self.named("truncate", error))
    }

    pub(crate) fn sync(&mut self) -> Result<(), StoreError> {
        self.inner.sync().map_err(|error| self.named("sync", error))
    }

    fn named(&self, action: &'static str, error: io::Error) -> StoreError {
        StoreError::from_io(action, self.path.clone(), error)
    }

    pub(crate) fn corrupt(&self, offset: u64, what: impl Into<String>) -> StoreError {
        StoreError::Corrupt { file: self.path.clone(), offset, what: what.into() }
    }
}
