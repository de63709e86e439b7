//! Opening the past: a base, and the records after it.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use fanin_condition::Key;
use fanin_event::Timestamp;
use fanin_runtime::{Engine, Reception, Record, Records, Restore};
use fanin_store::{Seq, StoreError};
use fanin_store_embedded::{FileStore, Inspection};
use serde::{Deserialize, Serialize};

use crate::error::HistoryError;

/// The directory of a store as it was when it was opened. A live host may go on writing there.
#[derive(Debug)]
pub struct History {
    dir: PathBuf,
    inspection: Inspection,
}

/// An engine at some frame of the log.
#[derive(Debug)]
pub struct Past {
    /// The state after that frame.
    pub engine: Engine,
    /// The frame; 0: before the first.
    pub at: Seq,
}

/// A record that was taken to the engine.
#[derive(Debug)]
pub struct Turned<'a> {
    /// Its frame.
    pub frame: Seq,
    /// The record.
    pub record: Record<'a>,
    /// What the sender was told, for events.
    pub reception: Reception,
}

/// A stretch of time. An open end reaches as far as there is something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From this moment on.
    pub since: Option<Timestamp>,
    /// Up to and including this moment.
    pub until: Option<Timestamp>,
}

impl Window {
    /// Whether a moment lies in it.
    #[must_use]
    pub fn has(&self, at: Timestamp) -> bool {
        self.since.is_none_or(|since| at >= since) && self.until.is_none_or(|until| at <= until)
    }
}

/// From where on a directory knows everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFrom {
    /// The frame after which everything is known; 0: from the very beginning.
    pub frame: Seq,
    /// The moment of that frame, RFC 3339; none: from the very beginning.
    pub at: Option<String>,
}

/// What a visitor of turns does: it may look at the engine, take its steps and its outbox, and stop.
pub type Visit<'a> = dyn FnMut(&Turned<'_>, &mut Engine) -> ControlFlow<()> + 'a;

impl History {
    /// Looks into a directory, without a lock and without writing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(dir: impl AsRef<Path>) -> Result<History, HistoryError> {
        let dir = dir.as_ref().to_path_buf();
        Ok(History { inspection: FileStore::inspect(&dir)?, dir })
    }

    /// The directory.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the files say.
    #[must_use]
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// The last durable frame; 0 when there is none.
    #[must_use]
    pub fn last(&self) -> Seq {
        let log = self.inspection.segments().last().map_or(0, |segment| segment.last);
        log.max(self.inspection.bases().last().copied().unwrap_or(0))
    }

    /// The first frame of the log that is still there.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.inspection.segments().first().map_or(1, |segment| segment.first)
    }

    /// The newest snapshot; the log after it is still to be played.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn newest_base(&self) -> Result<Past, HistoryError> {
        match self.inspection.bases().last() {
            Some(base) => self.base(*base),
            None => Ok(Past { engine: Engine::default(), at: 0 }),
        }
    }

    /// The earliest state that can still be built.
    ///
    /// # Errors
    /// When nothing leads to the log any more, or no base can be read.
    pub fn earliest(&self) -> Result<Past, HistoryError> {
        self.first_readable(self.inspection.bases().into_iter())
    }

    /// The newest base at or before `moment`, or else the earliest one there is. Between it and the moment lies log to be
    /// played. A damaged base is passed over for the one before.
    ///
    /// # Errors
    /// As [`History::earliest`].
    pub fn since(&self, moment: Timestamp) -> Result<Past, HistoryError> {
        self.before(&mut |_, at| at <= moment)
    }

    /// The newest base at or before `frame`, or else the earliest one there is.
    ///
    /// # Errors
    /// As [`History::earliest`].
    pub fn since_frame(&self, frame: Seq) -> Result<Past, HistoryError> {
        let bases = self.inspection.bases();
        let early = bases.iter().rev().filter(|base| **base <= frame);
        self.first_readable(early.chain(&bases).copied())
    }

    fn before(&self, early: &mut dyn FnMut(Seq, Timestamp) -> bool) -> Result<Past, HistoryError> {
        let bases = self.inspection.bases();
        let known = |base: &Seq| *base == 0 || self.moment_of(*base).is_ok_and(|at| early(*base, at));
        let found = bases.iter().rposition(known).unwrap_or(0);
        let older = bases.get(..=found).unwrap_or_default().iter().rev();
        self.first_readable(older.chain(bases.get(found..).unwrap_or_default()).copied())
    }

    /// The first of these bases that can be read.
    fn first_readable(&self, bases: impl Iterator<Item = Seq>) -> Result<Past, HistoryError> {
        let mut trouble = None;
        for base in bases {
            match self.base(base) {
                Ok(past) => return Ok(past),
                Err(error) => trouble = trouble.or(Some(error)),
            }
        }
        match trouble {
            Some(error) => Err(error),
            None if self.first() <= 1 => Ok(Past { engine: Engine::default(), at: 0 }),
            None => Err(HistoryError::Gone { wanted: 1, first: self.first(), last: self.last() }),
        }
    }

    /// From where on everything is known.
    ///
    /// # Errors
    /// As [`History::earliest`].
    pub fn known_from(&self) -> Result<KnownFrom, HistoryError> {
        match self.inspection.bases().first() {
            None | Some(0) => Ok(KnownFrom { frame: 0, at: None }),
            Some(base) => Ok(KnownFrom { frame: *base, at: Some(self.moment_of(*base)?.to_string()) }),
        }
    }

    /// The moment of a base, without loading all of it.
    fn moment_of(&self, base: Seq) -> Result<Timestamp, HistoryError> {
        Ok(self.glance_at(base, None)?.engine.now())
    }

    /// The state at one of the bases of the directory; 0 is the empty one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn base(&self, base: Seq) -> Result<Past, HistoryError> {
        self.load(base, Restore::default())
    }

    /// Of the state at a base its head (plan, counters, moment) and at most one instance: quick, but good only for looking.
    pub(crate) fn glance_at(&self, base: Seq, instance: Option<(&str, &str)>) -> Result<Past, HistoryError> {
        self.load(base, Restore::only(instance))
    }

    fn load(&self, base: Seq, restore: Restore) -> Result<Past, HistoryError> {
        let (mut restore, mut trouble) = (restore, None);
        let outcome = self.inspection.load_at(base, &mut |section, block| {
            trouble = restore.block(section, block).err();
            if trouble.is_some() || restore.has_enough() {
                return Err(enough(base));
            }
            Ok(())
        });
        match (trouble, outcome) {
            (Some(error), _) => Err(error.into()),
            (None, Err(error)) if !restore.has_enough() => Err(error.into()),
            (None, _) => Ok(Past { engine: restore.finish()?, at: base }),
        }
    }

    /// The present state as far as one instance goes, if it can be had without the rest: nothing was written since the newest
    /// snapshot. `key` is in its canonical text; none: only the head of the state.
    ///
    /// # Errors
    /// When the snapshot cannot be read.
    pub fn glance(&self, instance: Option<(&str, &Key)>) -> Result<Option<Past>, HistoryError> {
        match self.inspection.bases().last() {
            Some(base) if *base > 0 && *base == self.last() => {
                self.glance_at(*base, instance.map(|(name, key)| (name, &**key))).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The state after the last durable frame.
    ///
    /// # Errors
    /// When something of it cannot be read.
    pub fn present(&self) -> Result<Past, HistoryError> {
        let mut past = self.newest_base()?;
        self.play(&mut past, &mut |_, _| ControlFlow::Continue(()))?;
        Ok(past)
    }

    /// Takes the records after `past` to its engine, one by one. After each, `visit` may look at the engine, take its steps
    /// and its outbox, and stop: then what is left of that frame is not played.
    ///
    /// # Errors
    /// When the log does not reach back to `past`, or something of it cannot be read.
    pub fn play(&self, past: &mut Past, visit: &mut Visit<'_>) -> Result<(), HistoryError> {
        self.play_until(past, None, visit)
    }

    /// As [`History::play`], up to a moment: everything due by then is woken, and nothing later is taken.
    ///
    /// # Errors
    /// As [`History::play`].
    pub fn play_until(
        &self,
        past: &mut Past,
        until: Option<Timestamp>,
        visit: &mut Visit<'_>,
    ) -> Result<(), HistoryError> {
        let mut trouble = None;
        let engine = &mut past.engine;
        let last = self.inspection.replay_while(past.at, &mut |frame, bytes| {
            Ok(play_frame(engine, (frame, bytes), until, visit).unwrap_or_else(|error| {
                trouble = Some(error);
                ControlFlow::Break(())
            }))
        })?;
        past.at = last;
        trouble.map_or(Ok(()), Err)
    }

    /// Reads the records after frame `after` without taking them anywhere: a fraction of the work of playing them.
    ///
    /// # Errors
    /// When the log does not reach back so far, or something of it cannot be read.
    pub fn scan(
        &self,
        after: Seq,
        visit: &mut dyn FnMut(Seq, &Record<'_>) -> ControlFlow<()>,
    ) -> Result<Seq, HistoryError> {
        let mut trouble = None;
        let last = self.inspection.replay_while(after, &mut |frame, bytes| {
            for record in Records::of(bytes) {
                match record {
                    Ok(record) if visit(frame, &record).is_continue() => {}
                    Ok(_) => return Ok(ControlFlow::Break(())),
                    Err(error) => {
                        trouble = Some(HistoryError::Record { frame, error });
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        trouble.map_or(Ok(last), Err)
    }
}

/// What ends the reading of a snapshot of which enough is known.
fn enough(base: Seq) -> StoreError {
    StoreError::Unreadable { seq: base, what: "the rest is not needed".to_owned() }
}

/// Takes one frame to the engine.
pub(crate) fn play_frame(
    engine: &mut Engine,
    (frame, bytes): (Seq, &[u8]),
    until: Option<Timestamp>,
    visit: &mut Visit<'_>,
) -> Result<ControlFlow<()>, HistoryError> {
    for record in Records::of(bytes) {
        let mut record = record.map_err(|error| HistoryError::Record { frame, error })?;
        let last = until.filter(|until| record.at() > *until);
        if let Some(until) = last {
            record = Record::Tick { at: until };
        }
        let reception = engine.turn(&record)?;
        let flow = visit(&Turned { frame, record, reception }, engine);
        if flow.is_break() || last.is_some() {
            return Ok(ControlFlow::Break(()));
        }
        drop(engine.outbox());
    }
    Ok(ControlFlow::Continue(()))
}
