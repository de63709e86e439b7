//! All files of the folder, in batches: at the start, and whenever notices may have been lost.

use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use super::{Stamp, is_temporary};
use crate::limits;

/// Walks over a folder, a few files at a time.
pub(crate) struct Scan {
    root: PathBuf,
    /// Open folders with how deep they are.
    stack: Vec<fs::ReadDir>,
}

impl Scan {
    /// Starts at `root`.
    pub(crate) fn new(root: &Path) -> std::io::Result<Scan> {
        Ok(Scan { root: root.to_owned(), stack: vec![fs::read_dir(root)?] })
    }

    /// The next files, at most [`limits::BATCH_EVENTS`]; none when all were seen. A folder that vanishes or may not be
    /// read is passed over with a warning.
    pub(crate) fn next_batch(&mut self) -> Vec<(PathBuf, Stamp)> {
        let mut files = Vec::new();
        while files.len() < limits::BATCH_EVENTS {
            let Some(folder) = self.stack.last_mut() else { break };
            match folder.next() {
                None => {
                    self.stack.pop();
                }
                Some(Ok(entry)) => files.extend(self.look(&entry)),
                Some(Err(error)) => tracing::warn!("a folder entry cannot be read: {error}"),
            }
        }
        files
    }

    fn look(&mut self, entry: &DirEntry) -> Option<(PathBuf, Stamp)> {
        let path = entry.path();
        if path.strip_prefix(&self.root).is_ok_and(is_temporary) {
            return None;
        }
        if !entry.file_type().ok()?.is_dir() {
            return Stamp::of(&path).map(|stamp| (path, stamp));
        }
        if self.stack.len() >= limits::MAX_FOLDER_DEPTH {
            tracing::warn!("{} is nested deeper than {} folders", path.display(), limits::MAX_FOLDER_DEPTH);
            return None;
        }
        match fs::read_dir(&path) {
            Ok(folder) => self.stack.push(folder),
            Err(error) => tracing::warn!("the folder {}: {error}", path.display()),
        }
        None
    }
}
