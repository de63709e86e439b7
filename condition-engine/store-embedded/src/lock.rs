//! One process per directory: an advisory lock which dies with its process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use fanin_store::StoreError;

const NAME: &str = "LOCK";
/// More than the digits of any process number.
const MAX_PID_BYTES: u64 = 32;

/// Who holds a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The number of the process, as far as it left it.
    pub pid: Option<u32>,
}

/// Held as long as any handle of the store lives.
#[derive(Debug)]
pub(crate) struct DirLock {
    _file: File,
}

impl DirLock {
    pub(crate) fn take(dir: &Path) -> Result<DirLock, StoreError> {
        let path = dir.join(NAME);
        let named = |action| {
            let path = path.display().to_string();
            move |error| StoreError::from_io(action, path, error)
        };
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.map_err(named("open"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let dir = dir.display().to_string();
                return Err(StoreError::Locked { dir, pid: holder(&file) });
            }
            Err(TryLockError::Error(error)) => return Err(named("lock")(error)),
        }
        // The number is for messages only; the lock itself is the kernel's.
        file.set_len(0).map_err(named("write"))?;
        file.rewind().map_err(named("write"))?;
        write!(file, "{}", std::process::id()).map_err(named("write"))?;
        Ok(DirLock { _file: file })
    }

    /// Who holds it now. Asks by a shared lock that is given back at once.
    pub(crate) fn holder(dir: &Path) -> Option<Holder> {
        let file = File::open(dir.join(NAME)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(Holder { pid: holder(&file) }),
            Ok(()) | Err(TryLockError::Error(_)) => None,
        }
    }
}

fn holder(file: &File) -> Option<u32> {
    let mut text = String::new();
    file.take(MAX_PID_BYTES).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
