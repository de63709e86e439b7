//! The lives of a store: open, compare, work until trouble comes, die; and again.

use std::sync::Arc;

use fanin_store::{Checkpoint, Journal, StoreError};

use super::disk::{SimDisk, Trouble};
use crate::disk::Dir;
use crate::options::{Options, Protections};
use crate::snapshot::FileCheckpoint;
use crate::store::open_on;
use crate::{FileJournal, Inspection};

/// A small deterministic generator: `SplitMix64`.
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
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True in `percent` of cases.
    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

const LIVES: u64 = 8;
const WORKS_IN_A_LIFE: u64 = 40;

/// What happened over all runs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) power_cuts: u64,
    pub(super) kills: u64,
    pub(super) failed_syncs: u64,
    pub(super) full_disks: u64,
    pub(super) torn: u64,
    pub(super) snapshots: u64,
    /// Times that a past state was built from a base or from the beginning.
    pub(super) bases: u64,
    pub(super) recycled: u64,
    /// Openings which found frames of a write that was never answered.
    pub(super) unanswered_kept: u64,
}

struct Run<'a> {
    disk: SimDisk,
    /// What the store is given to do and when it dies; what its disk does has numbers of its own.
    dice: Dice,
    options: Options,
    protections: Protections,
    tally: &'a mut Tally,
    /// Payloads of one length make old frames fall into the places of new ones.
    payload: u64,
    /// The history as the world outside knows it: acknowledged, or found by a recovery and published.
    history: Vec<u64>,
    /// The frames of the append that was under way, if it was not answered.
    unanswered: Vec<u64>,
    next_id: u64,
}

/// Plays one seed. The error says how history was broken.
pub(super) fn run(seed: u64, protections: Protections, tally: &mut Tally) -> Result<(), String> {
    let mut dice = Dice(seed);
    let disk = SimDisk::new(super::tests::dice(dice.next()));
    let options = Options {
        segment_bytes: [4096, 4096, 8192, 20_000][dice.below(4) as usize],
        retain_bytes: dice.below(3) * 10_000,
        retain_bases: dice.below(6) as usize,
        spares: dice.below(3) as usize,
        ..Options::new(1)
    };
    let payload = dice.below(6) * 100;
    let (history, unanswered) = (Vec::new(), Vec::new());
    let mut run = Run { disk, dice, options, protections, tally, payload, history, unanswered, next_id: 1 };
    for life in 0..LIVES {
        run.life().map_err(|what| format!("life {life}: {what}"))?;
        run.death();
    }
    // A last life without trouble: everything must be there.
    run.disk.revive(None);
    run.open().map_err(|error| format!("the end: {error}"))?.ok_or("the end: it did not open")?;
    let struck = run.disk.struck();
    run.tally.failed_syncs += struck.syncs;
    run.tally.full_disks += struck.full;
    run.tally.recycled += run.disk.recycled();
    Ok(())
}

impl Run<'_> {
    fn life(&mut self) -> Result<(), String> {
        let trouble = {
            let dice = &mut self.dice;
            let after = if dice.chance(20) { dice.below(12) } else { dice.below(120) };
            let kind = match dice.below(10) {
                0..=6 => Trouble::Death,
                7..=8 => Trouble::SyncFails,
                _ => Trouble::NoRoom,
            };
            (after, kind)
        };
        self.disk.revive(Some(trouble));
        let Some((mut journal, mut checkpoint)) = self.open()? else { return Ok(()) };
        for _ in 0..WORKS_IN_A_LIFE {
            let work = self.dice.below(100);
            let outcome = match work {
                0..=79 => self.append(&mut journal)?,
                80..=92 => self.snapshot(&mut checkpoint),
                _ => self.release(&mut journal)?,
            };
            match outcome {
                Ok(()) | Err(StoreError::DiskFull { .. }) if !self.disk.is_dead() => {}
                _ => break,
            }
        }
        Ok(())
    }

    /// The power goes or the process is killed; both forget what the handles knew.
    fn death(&mut self) {
        if self.dice.chance(65) {
            self.disk.cut_power();
            self.tally.power_cuts += 1;
        } else {
            self.tally.kills += 1;
        }
    }

    /// Opens and compares. `None` when trouble came first.
    fn open(&mut self) -> Result<Option<(FileJournal, FileCheckpoint)>, String> {
        let troubles = self.troubles();
        let dir = Dir::new(Arc::new(self.disk.clone()));
        let (mut journal, mut checkpoint, report) =
            match open_on(dir, None, self.options.clone(), self.protections) {
                Ok(opened) => opened,
                Err(_) if self.troubles() != troubles => return Ok(None),
                Err(error) => return Err(format!("refused to start: {error}")),
            };
        let found = read_all(&mut journal, &mut checkpoint)?;
        self.compare(&found)?;
        self.tally.torn += u64::from(report.torn.is_some());
        self.tally.unanswered_kept += u64::from(found.len() > self.history.len());
        self.history = found;
        self.unanswered.clear();
        if self.protections == Protections::default() {
            self.look_back()?;
        }
        Ok(Some((journal, checkpoint)))
    }

    /// Every base, with the log after it, gives the history as it was.
    fn look_back(&mut self) -> Result<Inspection, String> {
        let dir = Dir::new(Arc::new(self.disk.clone()));
        let inspection = Inspection::of(&dir).map_err(|error| format!("inspect: {error}"))?;
        for base in inspection.bases() {
            let mut ids: Vec<u64> = Vec::new();
            let loaded = inspection.load_at(base, &mut |_, block| {
                ids.extend(block.chunks(8).map(|id| u64::from_le_bytes(id.try_into().unwrap())));
                Ok(())
            });
            loaded.map_err(|error| format!("base {base}: {error}"))?;
            let replayed = inspection.replay(base, &mut |_, frame| {
                ids.extend(frame.first_chunk().map(|id| u64::from_le_bytes(*id)));
                Ok(())
            });
            replayed.map_err(|error| format!("replay from base {base}: {error}"))?;
            if ids != self.history {
                return Err(format!("base {base} gives another history"));
            }
            self.tally.bases += 1;
        }
        Ok(inspection)
    }

    /// After a release the history begins at a base, and is no larger than it may be.
    fn release(&mut self, journal: &mut FileJournal) -> Result<Result<(), StoreError>, String> {
        let outcome = journal.release(self.history.len() as u64);
        if outcome.is_err() || self.protections != Protections::default() {
            return Ok(outcome);
        }
        let inspection = self.look_back()?;
        let bases = inspection.bases();
        let Some(start) = bases.first().copied() else { return Err("the history begins nowhere".to_owned()) };
        let floor = bases.iter().rev().nth(1).copied().unwrap_or(0);
        let mut kept = inspection.segments();
        kept.pop();
        let kept = kept.into_iter().filter(|segment| segment.last <= floor);
        let (kept, idle): (Vec<_>, Vec<_>) = kept.partition(|segment| segment.last > start);
        let history = bases.iter().filter(|base| (1..floor).contains(*base));
        let bytes: u64 = history.map(|base| self.disk.len_of(&crate::snapshot::name(*base))).sum();
        let bytes = bytes + kept.iter().map(|segment| segment.bytes).sum::<u64>();
        if start < floor && bytes > self.options.retain_bytes || !idle.is_empty() {
            return Err(format!("the history after {start} has {bytes} bytes, before it {idle:?}"));
        }
        Ok(outcome)
    }

    fn troubles(&self) -> u64 {
        self.disk.struck().all()
    }

    /// Everything known outside is there, unchanged; what is more is a first part of what was not answered.
    fn compare(&self, found: &[u64]) -> Result<(), String> {
        let known = self.history.len();
        let Some(more) = found.strip_prefix(self.history.as_slice()) else {
            let same = found.iter().zip(&self.history).take_while(|(a, b)| a == b).count();
            return Err(format!(
                "history of {known} frames was changed: {} frames were found, which differ after {same}",
                found.len()
            ));
        };
        if !self.unanswered.starts_with(more) {
            return Err(format!(
                "{} frames were found behind {known} which nobody appended there",
                more.len()
            ));
        }
        Ok(())
    }

    fn append(&mut self, journal: &mut FileJournal) -> Result<Result<(), StoreError>, String> {
        let count = self.dice.below(6) + 1;
        let ids: Vec<u64> = (self.next_id..self.next_id + count).collect();
        self.next_id += count;
        let payloads: Vec<Vec<u8>> = ids.iter().map(|id| payload(*id, self.payload)).collect();
        let frames: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        match journal.append(&frames) {
            Ok(last) => {
                self.history.extend(ids);
                if last != self.history.len() as u64 {
                    return Err(format!("frame {last} was acknowledged as {}", self.history.len()));
                }
                Ok(Ok(()))
            }
            // Nothing was written, and the journal goes on.
            Err(error @ StoreError::DiskFull { .. }) if journal.append(&[]).is_ok() => Ok(Err(error)),
            Err(error) => {
                self.unanswered = ids;
                if journal.append(&[b"more"]).is_ok() {
                    return Err("the journal went on after an error".to_owned());
                }
                Ok(Err(as_final(error)))
            }
        }
    }

    /// The state is the list of the frames' ids; the snapshot holds it in blocks.
    fn snapshot(&mut self, checkpoint: &mut FileCheckpoint) -> Result<(), StoreError> {
        let mut writer = checkpoint.begin(self.history.len() as u64)?;
        for (index, ids) in self.history.chunks(50).enumerate() {
            let block: Vec<u8> = ids.iter().flat_map(|id| id.to_le_bytes()).collect();
            writer.put(index as u8, &block)?;
        }
        writer.commit()?;
        self.tally.snapshots += 1;
        Ok(())
    }
}

/// A full disk in the middle of an append ends this life like any other error.
fn as_final(error: StoreError) -> StoreError {
    StoreError::Poisoned { cause: error.to_string() }
}

/// The whole history: the snapshot's list and the frames after it.
fn read_all(journal: &mut FileJournal, checkpoint: &mut FileCheckpoint) -> Result<Vec<u64>, String> {
    let mut found: Vec<u64> = Vec::new();
    let at = checkpoint.load(&mut |_, block| {
        found.extend(block.chunks(8).map(|id| u64::from_le_bytes(id.try_into().unwrap())));
        Ok(())
    });
    let at = at.map_err(|error| format!("load: {error}"))?.unwrap_or(0);
    if at != found.len() as u64 {
        return Err(format!("the snapshot at {at} holds {} frames", found.len()));
    }
    let mut wrong = None;
    let end = journal.replay(at, &mut |seq, frame| {
        let id = frame.first_chunk().map_or(0, |id| u64::from_le_bytes(*id));
        if seq != found.len() as u64 + 1 || !imitates(frame, id) {
            wrong = Some(seq);
        }
        found.push(id);
        Ok(())
    });
    let end = end.map_err(|error| format!("replay: {error}"))?;
    if let Some(seq) = wrong {
        return Err(format!("frame {seq} has contents nobody wrote"));
    }
    if end != found.len() as u64 {
        return Err(format!("the replay ended at {end} of {}", found.len()));
    }
    Ok(found)
}

/// The payload of an id: of the given length, or of one of its own when that is zero.
fn payload(id: u64, length: u64) -> Vec<u8> {
    let length = if length == 0 { id.wrapping_mul(7919) % 900 } else { length };
    let mut bytes = id.to_le_bytes().to_vec();
    bytes.resize(bytes.len() + length as usize, id as u8);
    bytes
}

fn imitates(frame: &[u8], id: u64) -> bool {
    frame.get(8..).is_some_and(|rest| rest.iter().all(|byte| *byte == id as u8))
}
