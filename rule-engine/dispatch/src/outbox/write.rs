//! The writer: one thread, one sync for all lines that wait.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use tokio::sync::mpsc;

use super::{Line, Trouble};
use crate::limits::MAX_OUTBOX_BATCH_BYTES;

/// Owns the file.
pub(super) struct Writer {
    path: PathBuf,
    max_bytes: u64,
    /// Open after the first line; closed again after trouble, so that nothing is trusted that may not be on the disk.
    file: Option<(File, u64)>,
}

impl Writer {
    pub(super) fn new(path: PathBuf, max_bytes: u64) -> Writer {
        Writer { path, max_bytes, file: None }
    }

    /// Writes until nobody can send any more.
    pub(super) fn run(mut self, mut waiting: mpsc::Receiver<Line>) {
        while let Some(first) = waiting.blocking_recv() {
            let mut bytes = first.bytes;
            let mut callers = vec![first.done];
            while bytes.len() < MAX_OUTBOX_BATCH_BYTES {
                let Ok(line) = waiting.try_recv() else { break };
                bytes.extend_from_slice(&line.bytes);
                callers.push(line.done);
            }
            let result = self.write(&bytes);
            if result.is_err() {
                self.file = None;
            }
            for caller in callers {
                // Who has gone away does not care.
                let _ = caller.send(result.clone());
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Trouble> {
        let wrong = |error: io::Error| Trouble::Io(error.to_string());
        let (mut file, length) = match self.file.take() {
            Some(open) => open,
            None => self.open().map_err(wrong)?,
        };
        let after = length.saturating_add(bytes.len() as u64);
        if after > self.max_bytes {
            return Err(Trouble::Full);
        }
        file.write_all(bytes).and_then(|()| file.sync_data()).map_err(wrong)?;
        self.file = Some((file, after));
        Ok(())
    }

    fn open(&self) -> io::Result<(File, u64)> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Some(parent) = parent {
            std::fs::create_dir_all(parent)?;
        }
        let is_new = !self.path.exists();
        let mut file = OpenOptions::new().create(true).append(true).read(true).open(&self.path)?;
        if is_new && let Some(parent) = parent {
            // The name of a new file is durable only with its directory.
            File::open(parent)?.sync_all()?;
        }
        let mut length = file.metadata()?.len();
        if length > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                // A crash tore the last line: it must not swallow the next one.
                file.write_all(b"\n")?;
                length = length.saturating_add(1);
            }
        }
        Ok((file, length))
    }
}
