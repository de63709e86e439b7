//! Reads the outbox: each message once, damaged lines counted.

use std::collections::{HashSet, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::OutboxEntry;
use crate::limits::{MAX_OUTBOX_ENTRIES, MAX_OUTBOX_LINE_BYTES};

/// What is in the outbox.
#[derive(Debug, Default)]
pub struct OutboxContents {
    /// The newest messages, oldest first, at most [`MAX_OUTBOX_ENTRIES`].
    pub entries: Vec<OutboxEntry>,
    /// Older messages that were left out.
    pub older: u64,
    /// Lines that repeated the action of one of the messages given: sends repeated after a crash.
    pub repeated: u64,
    /// Lines that are no messages: torn by a crash, or edited.
    pub damaged: u64,
}

/// Reads the outbox at `path`; a file that is not there is empty.
///
/// # Errors
/// The file cannot be read.
pub fn read_outbox(path: &Path) -> io::Result<OutboxContents> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OutboxContents::default()),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::new(file);
    let mut contents = OutboxContents::default();
    let mut entries: VecDeque<OutboxEntry> = VecDeque::new();
    let mut known: HashSet<String> = HashSet::new();
    while let Some(line) = next_line(&mut reader)? {
        let Some(entry) = line.and_then(|line| serde_json::from_slice::<OutboxEntry>(&line).ok()) else {
            contents.damaged += 1;
            continue;
        };
        if !known.insert(entry.action.clone()) {
            contents.repeated += 1;
            continue;
        }
        if entries.len() == MAX_OUTBOX_ENTRIES
            && let Some(oldest) = entries.pop_front()
        {
            known.remove(&oldest.action);
            contents.older += 1;
        }
        entries.push_back(entry);
    }
    contents.entries = entries.into();
    Ok(contents)
}

/// The next line that is not empty; `Some(None)` for one that is too long, `None` at the end.
fn next_line(reader: &mut impl BufRead) -> io::Result<Option<Option<Vec<u8>>>> {
    loop {
        let mut line = Vec::new();
        let read = reader.by_ref().take(MAX_OUTBOX_LINE_BYTES as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(None);
        }
        if line.len() > MAX_OUTBOX_LINE_BYTES && line.last() != Some(&b'\n') {
            skip_line(reader)?;
            return Ok(Some(None));
        }
        if line != b"\n" {
            return Ok(Some(Some(line)));
        }
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = reader.fill_buf()?;
        let (used, ended) = match available.iter().position(|byte| *byte == b'\n') {
            Some(place) => (place + 1, true),
            None => (available.len(), available.is_empty()),
        };
        reader.consume(used);
        if ended {
            return Ok(());
        }
    }
}
