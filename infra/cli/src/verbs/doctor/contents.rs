//! Whether the engine can make sense of what the store holds: the newest state is restored, every record is read.

use std::ops::ControlFlow;
use std::path::Path;

use fanin_event::Timestamp;
use fanin_runtime::{Records, Restore};
use fanin_store_embedded::{FileStore, Inspection};

use super::report::{Check, counted};

const AREA: &str = "state";

/// What the records say.
#[derive(Default)]
struct Read {
    records: u64,
    /// Moments of the first and the last record.
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    trouble: Option<String>,
}

/// A directory that is in use may change meanwhile: then nothing is said.
pub(super) fn examine(dir: &Path) -> Vec<Check> {
    let Ok(inspection) = FileStore::inspect(dir) else { return Vec::new() };
    let mut checks = Vec::new();
    if let Some(why) = state(&inspection) {
        checks.push(trouble(format!("the newest snapshot is whole, and its contents were refused: {why}")));
    }
    let Some(base) = inspection.bases().first().copied() else { return checks };
    let mut read = Read::default();
    let outcome = inspection.replay_while(base, &mut |seq, frame| {
        read.frame(seq, frame);
        Ok(if read.trouble.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    });
    match (read.trouble.take(), outcome) {
        (Some(why), _) => checks.push(trouble(why)),
        (None, Err(_)) => {}
        (None, Ok(_)) => checks.push(Check::ok(AREA, history(&inspection, base, &read))),
    }
    checks
}

fn trouble(what: String) -> Check {
    Check::problem(AREA, what, "start the version of fanin that wrote it, and report it with this message")
}

fn state(inspection: &Inspection) -> Option<String> {
    let mut restore = Restore::default();
    let mut trouble = None;
    let loaded = inspection.load(&mut |section, block| {
        if let Err(error) = restore.block(section, block) {
            trouble.get_or_insert(error.to_string());
        }
        Ok(())
    });
    match (trouble, loaded) {
        (Some(why), _) => Some(why),
        // It was replaced meanwhile.
        (None, Err(_)) => None,
        (None, Ok(_)) => restore.finish().err().map(|error| error.to_string()),
    }
}

fn history(inspection: &Inspection, base: u64, read: &Read) -> String {
    let from = if base == 0 { "from the very beginning".to_owned() } else { format!("from frame {base} on") };
    let span = match (read.first, read.last) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    let (records, bases) = (counted(read.records, "record"), inspection.bases().len() as u64);
    format!("history {from}: {records}{span}; it can be taken up at {}", counted(bases, "point"))
}

impl Read {
    fn frame(&mut self, seq: u64, frame: &[u8]) {
        for record in Records::of(frame) {
            match record {
                Ok(record) => {
                    self.records += 1;
                    self.first.get_or_insert(record.at());
                    self.last = Some(record.at());
                }
                Err(error) => {
                    self.trouble.get_or_insert(format!("frame {seq} is whole, and was refused: {error}"));
                    return;
                }
            }
        }
    }
}
