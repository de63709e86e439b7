//! A part of the log as a store of its own: to look at, to try something on, to hand over.

use std::path::{Path, PathBuf};

use fanin_event::Timestamp;
use fanin_rule::errors::RUNTIME;
use fanin_runtime::{ActivateError, Engine, OutcomeRef, Record};
use fanin_store::{Checkpoint, Journal, StoreError};
use fanin_store_embedded::{FileCheckpoint, FileJournal, FileStore, Options};
use serde::{Deserialize, Serialize};

use crate::backtest::stretch::Stretch;
use crate::error::HistoryError;
use crate::history::{History, Past};
use crate::limits::MAX_SETTLE_ROUNDS;

/// Bytes of records after which a frame is written.
const FRAME_BYTES: usize = 256 * 1024;
/// Entities of one step of a snapshot, and bytes of one of its blocks.
const SWEEP: usize = 4096;
const BLOCK_BYTES: usize = 1024 * 1024;

/// Why open calls were ended, for whoever reads the copy.
const NOT_REPLAYED: &str =
    "Fanin.NotReplayed: the call was open where this copy of the log ends, and a copy makes no calls";

/// What to copy.
#[derive(Clone, Debug, Default)]
pub struct CopyRequest {
    /// Records from here on; none: all that are kept.
    pub since: Option<Timestamp>,
    /// Up to and including; none: to the end.
    pub until: Option<Timestamp>,
    /// Begin with the state of that moment, not empty.
    pub with_state: bool,
    /// What becomes of calls that are open where the copy ends.
    pub open_calls: OpenCalls,
}

/// What becomes of calls that are open where a copy ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OpenCalls {
    /// They fail, so that a host started on the copy does not make them. The error is `States.Runtime`, which no
    /// `States.ALL` retries, with a cause that begins with `Fanin.NotReplayed`.
    #[default]
    Fail,
    /// They stay open: the copy has exactly the recorded state, and a host started on it makes them.
    Keep,
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The log does not reach back to what was asked for: it begins here, RFC 3339.
    pub known_from: Option<String>,
    /// Frames written.
    pub frames: u64,
    /// Records written.
    pub records: u64,
    /// Of these, events.
    pub events: u64,
    /// Answers to calls of runs that began before, left out.
    pub foreign_answers: u64,
    /// Redrives and operations, left out because they are about a state that the copy does not have.
    pub by_hand: u64,
    /// Open calls that were ended.
    pub failed_calls: u64,
    /// Calls that are open in the copy: a host started on it makes them.
    pub open_calls: u64,
    /// Runs that wait for a retry: a host started on the copy makes it when it is due.
    pub retries: u64,
    /// The moment of the copy's last record.
    pub until: Option<String>,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The log cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// There is something already.
    #[error("{} is not empty: name a directory that is not there yet", .0.display())]
    NotEmpty(PathBuf),
    /// The copy cannot be written.
    #[error("the copy in {} cannot be written: {error}", .dir.display())]
    Write {
        /// Where.
        dir: PathBuf,
        /// Why.
        error: String,
    },
}

/// Copies a part of the log into a new store in `dir`.
///
/// # Errors
/// [`CopyError`]: the log cannot be read, `dir` has something in it, the copy cannot be written.
pub fn copy(history: &History, dir: &Path, request: &CopyRequest) -> Result<Copied, CopyError> {
    let taken = std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some());
    if taken || dir.is_file() {
        return Err(CopyError::NotEmpty(dir.to_path_buf()));
    }
    let stretch = Stretch::begin(history, request.since, request.until)?;
    let opened = FileStore::open(dir, Options::new(fanin_runtime::SEMANTICS));
    let (journal, checkpoint, _) = opened.map_err(|error| broken(dir, &error))?;
    let copied = Copied { known_from: stretch.known_from.map(|at| at.to_string()), ..Copied::default() };
    let (engine, with_state) = (Engine::default(), request.with_state);
    let mut copy = Copy { dir, journal, checkpoint, engine, frame: Vec::new(), with_state, copied };
    copy.begin(history, &stretch)?;
    stretch.records(history, &mut |record| copy.record(record))?;
    copy.end(request.open_calls)?;
    Ok(copy.copied)
}

fn broken(dir: &Path, error: &dyn std::fmt::Display) -> CopyError {
    CopyError::Write { dir: dir.to_path_buf(), error: error.to_string() }
}

struct Copy<'a> {
    dir: &'a Path,
    journal: FileJournal,
    checkpoint: FileCheckpoint,
    /// The state of the copy.
    engine: Engine,
    frame: Vec<u8>,
    with_state: bool,
    copied: Copied,
}

impl Copy<'_> {
    /// The first record: the workflow in force. With state a snapshot behind it.
    fn begin(&mut self, history: &History, stretch: &Stretch) -> Result<(), CopyError> {
        if self.with_state {
            let mut past = history.base(stretch.base)?;
            let since = stretch.since.unwrap_or(past.engine.now());
            play_before(history, &mut past, since)?;
            self.engine = past.engine;
            let Some(plan) = self.engine.plan().cloned() else { return Ok(()) };
            let plan = plan.to_json().map_err(|e| HistoryError::from(ActivateError::from(e)))?;
            self.write(&Record::Activated { at: self.engine.now(), plan: &plan })?;
            self.ship()?;
            return self.snapshot();
        }
        let survey = stretch.survey(history)?;
        let Some(plan) = survey.plan else { return Ok(()) };
        let at = stretch.since.or(survey.first).unwrap_or(Timestamp(0));
        let plan = plan.to_json().map_err(|e| HistoryError::from(ActivateError::from(e)))?;
        self.write(&Record::Activated { at, plan: &plan })
    }

    fn snapshot(&mut self) -> Result<(), CopyError> {
        let dir = self.dir;
        let broken = |error: StoreError| broken(dir, &error);
        let mut writer = self.checkpoint.begin(self.journal.last()).map_err(broken)?;
        let (section, header) = self.engine.begin_snapshot();
        let mut blocks = vec![(section, header)];
        let mut done = false;
        loop {
            for (section, block) in blocks.drain(..) {
                for part in block.chunks(BLOCK_BYTES) {
                    writer.put(section, part).map_err(broken)?;
                }
            }
            if done {
                return writer.commit().map_err(broken);
            }
            done = self.engine.sweep(SWEEP, &mut blocks);
        }
    }

    fn record(&mut self, record: &Record<'_>) -> Result<(), CopyError> {
        match record {
            Record::Settled { run, .. } if !self.engine.knows_run(*run) => {
                self.copied.foreign_answers += 1;
                Ok(())
            }
            Record::Event { .. }
            | Record::Tick { .. }
            | Record::Settled { .. }
            | Record::Activated { .. }
            | Record::Refused { .. } => self.write(record),
            _ if self.with_state => self.write(record),
            _ => {
                self.copied.by_hand += 1;
                Ok(())
            }
        }
    }

    /// Writes a record, and takes it to the copy's own state.
    fn write(&mut self, record: &Record<'_>) -> Result<(), CopyError> {
        record.encode(&mut self.frame);
        self.copied.records += 1;
        self.copied.events += u64::from(matches!(record, Record::Event { .. }));
        self.engine.turn(record).map_err(HistoryError::from)?;
        // What was put aside is put aside again by the host that opens the copy, before it is needed.
        drop(self.engine.outbox());
        if self.frame.len() >= FRAME_BYTES { self.ship() } else { Ok(()) }
    }

    fn ship(&mut self) -> Result<(), CopyError> {
        if !self.frame.is_empty() {
            let written = self.journal.append(&[&self.frame]);
            self.copied.frames = written.map_err(|error| broken(self.dir, &error))?;
            self.frame.clear();
        }
        Ok(())
    }

    fn end(&mut self, open_calls: OpenCalls) -> Result<(), CopyError> {
        let rounds = if open_calls == OpenCalls::Fail { MAX_SETTLE_ROUNDS } else { 0 };
        for _ in 0..rounds {
            let pending = self.engine.pending_actions();
            if pending.is_empty() {
                break;
            }
            for action in pending {
                let (run, index, attempt) = (action.run, action.index, action.attempt);
                let (at, outcome) = (self.engine.now(), OutcomeRef::Failed(RUNTIME, NOT_REPLAYED));
                self.write(&Record::Settled { at, run, index, attempt, outcome })?;
                self.copied.failed_calls += 1;
            }
        }
        self.ship()?;
        let pending = self.engine.pending_actions();
        self.copied.open_calls = pending.len() as u64;
        let mut runs: Vec<_> = pending.iter().map(|action| action.run).collect();
        runs.dedup();
        self.copied.retries = (self.engine.active_runs() - runs.len().min(self.engine.active_runs())) as u64;
        self.copied.until = (self.copied.records > 0).then(|| self.engine.now().to_string());
        Ok(())
    }
}

/// Plays up to the last record before `since`.
fn play_before(history: &History, past: &mut Past, since: Timestamp) -> Result<(), HistoryError> {
    let before = Stretch {
        base: past.at,
        since: None,
        until: Some(Timestamp(since.0.saturating_sub(1))),
        plan: None,
        known_from: None,
    };
    let engine = &mut past.engine;
    before.records(history, &mut |record| {
        engine.turn(record)?;
        drop(engine.outbox());
        Ok::<(), HistoryError>(())
    })
}
