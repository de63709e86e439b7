//! Opening the past: a base, and the records after it.

use std::ops::ControlFlow;
use std::path::Path;

use fanin_runtime::{Engine, Reception, Record, Records, Restore};
use fanin_store::Seq;
use fanin_store_embedded::{FileStore, Inspection};

use crate::error::HistoryError;

/// The directory of a store as it was when it was opened. A live host may go on writing there.
#[derive(Debug)]
pub struct History {
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

impl History {
    /// Looks into a directory, without a lock and without writing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(dir: impl AsRef<Path>) -> Result<History, HistoryError> {
        Ok(History { inspection: FileStore::inspect(dir)? })
    }

    /// What the files say.
    #[must_use]
    pub fn inspection(&self) -> &Inspection {
        &self.inspection
    }

    /// The newest snapshot; the log after it is still to be played.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn newest_base(&self) -> Result<Past, HistoryError> {
        let mut restore = Restore::default();
        let mut trouble = None;
        let at = self.inspection.load(&mut |section, block| {
            if let Err(error) = restore.block(section, block) {
                trouble.get_or_insert(error);
            }
            Ok(())
        })?;
        match trouble {
            Some(error) => Err(error.into()),
            None => Ok(Past { engine: restore.finish()?, at: at.unwrap_or(0) }),
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
    /// and its outbox, and stop.
    ///
    /// # Errors
    /// When the log does not reach back to `past`, or something of it cannot be read.
    pub fn play(
        &self,
        past: &mut Past,
        visit: &mut dyn FnMut(&Turned<'_>, &mut Engine) -> ControlFlow<()>,
    ) -> Result<(), HistoryError> {
        let (mut trouble, mut stopped) = (None, false);
        let engine = &mut past.engine;
        let last = self.inspection.replay(past.at, &mut |frame, bytes| {
            if trouble.is_none() && !stopped {
                match play_frame(engine, frame, bytes, visit) {
                    Ok(flow) => stopped = flow.is_break(),
                    Err(error) => trouble = Some(error),
                }
            }
            Ok(())
        })?;
        past.at = last;
        trouble.map_or(Ok(()), Err)
    }
}

fn play_frame(
    engine: &mut Engine,
    frame: Seq,
    bytes: &[u8],
    visit: &mut dyn FnMut(&Turned<'_>, &mut Engine) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, HistoryError> {
    for record in Records::of(bytes) {
        let record = record.map_err(|error| HistoryError::Record { frame, error })?;
        let reception = engine.turn(&record)?;
        if visit(&Turned { frame, record, reception }, engine).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        drop(engine.outbox());
    }
    Ok(ControlFlow::Continue(()))
}
