//! What the cases share: opening, reading everything back, comparing.

use std::fmt::Debug;

use super::{Opened, Place};
use crate::{Seq, StoreError};

pub(super) type Checked = Result<(), String>;

pub(super) fn open(place: &mut dyn Place) -> Result<Opened, String> {
    place.open().map_err(|error| format!("open: {error}"))
}

/// Says which call failed.
pub(super) fn ok<T>(call: &str, result: Result<T, StoreError>) -> Result<T, String> {
    result.map_err(|error| format!("{call}: {error}"))
}

pub(super) fn same<T: PartialEq + Debug>(what: &str, found: &T, wanted: &T) -> Checked {
    if found == wanted { Ok(()) } else { Err(format!("{what}: found {found:?}, wanted {wanted:?}")) }
}

/// Demands an error with the given code.
pub(super) fn refused<T>(what: &str, result: Result<T, StoreError>, code: &str) -> Checked {
    match result {
        Ok(_) => Err(format!("{what} was accepted, wanted {code}")),
        Err(error) if error.code() == code => Ok(()),
        Err(error) => Err(format!("{what}: {} {error}, wanted {code}", error.code())),
    }
}

/// The frames after `after`; checks their numbers.
pub(super) fn frames(opened: &mut Opened, after: Seq) -> Result<Vec<Vec<u8>>, String> {
    let mut found = Vec::new();
    let mut numbers = Vec::new();
    let end = opened.journal.replay(after, &mut |seq, frame| {
        numbers.push(seq);
        found.push(frame.to_vec());
        Ok(())
    });
    let end = ok("replay", end)?;
    same("end of the replay", &end, &opened.journal.last())?;
    same("numbers", &numbers, &(after.saturating_add(1)..=end).collect::<Vec<Seq>>())?;
    Ok(found)
}

pub(super) type Blocks = Vec<(u8, Vec<u8>)>;

pub(super) fn blocks(opened: &mut Opened) -> Result<(Option<Seq>, Blocks), String> {
    let mut found = Vec::new();
    let at = opened.checkpoint.load(&mut |section, block| {
        found.push((section, block.to_vec()));
        Ok(())
    });
    Ok((ok("load", at)?, found))
}

/// Appends one frame for each payload, in one call.
pub(super) fn append(opened: &mut Opened, payloads: &[Vec<u8>]) -> Result<Seq, String> {
    let frames: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
    ok("append", opened.journal.append(&frames))
}

/// Takes and commits a snapshot of one block.
pub(super) fn snapshot(opened: &mut Opened, at: Seq, block: &[u8]) -> Checked {
    let mut writer = ok("begin", opened.checkpoint.begin(at))?;
    ok("put", writer.put(1, block))?;
    ok("commit", writer.commit())
}

/// `count` payloads of different lengths which name their number.
pub(super) fn payloads(from: u64, count: u64) -> Vec<Vec<u8>> {
    (from..from.saturating_add(count))
        .map(|n| {
            let filler = usize::try_from(n.wrapping_mul(37) % 190).unwrap_or(0);
            let mut bytes = n.to_le_bytes().to_vec();
            bytes.resize(bytes.len().saturating_add(filler), n.to_le_bytes()[0]);
            bytes
        })
        .collect()
}

/// A small deterministic generator (a linear congruential one with the high bits taken).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}
