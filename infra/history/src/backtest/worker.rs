//! A version on a thread of its own: it takes the frames of the log, answers its calls, and hands back what came out.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_runtime::{ActivateError, Record, Records};
use fanin_store::Seq;

use super::BacktestError;
use super::book::{Answerer, From};
use super::happening::Happening;
use super::report::What;
use super::side::Side;
use super::stretch::Stretch;
use crate::error::HistoryError;

/// What a worker is given.
pub(super) enum Job {
    /// A frame of the log.
    Frame(Seq, Arc<Vec<u8>>),
    /// Time passes up to and including this moment; nothing comes after it.
    Finish(Timestamp),
}

/// What came out of one job.
#[derive(Default)]
pub(super) struct Batch {
    /// In the order in which it happened; of calls, where their answers come from.
    pub(super) out: Vec<(Happening, Option<From>)>,
    /// Events taken.
    pub(super) events: u64,
}

/// The version with everything it needs.
pub(super) struct Worker<'a> {
    pub(super) side: &'a mut Side,
    pub(super) answerer: Answerer<'a>,
    pub(super) stretch: &'a Stretch,
    /// It follows the activations of the log: the recorded version.
    pub(super) follows: bool,
}

impl Worker<'_> {
    /// Does jobs until nobody gives any more, or wants to hear of them.
    pub(super) fn run(mut self, jobs: &Receiver<Job>, out: &SyncSender<Result<Batch, BacktestError>>) {
        while let Ok(job) = jobs.recv() {
            let mut batch = Batch::default();
            let outcome = match job {
                Job::Frame(frame, bytes) => self.frame(frame, &bytes, &mut batch),
                Job::Finish(end) => self.finish(end, &mut batch),
            };
            if out.send(outcome.map(|()| batch)).is_err() {
                return;
            }
        }
    }

    fn frame(&mut self, frame: Seq, bytes: &[u8], batch: &mut Batch) -> Result<(), BacktestError> {
        for record in Records::of(bytes) {
            let record = record.map_err(|error| HistoryError::Record { frame, error })?;
            if self.stretch.has(record.at()) {
                self.record(&record, batch)?;
            }
        }
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>, batch: &mut Batch) -> Result<(), BacktestError> {
        match *record {
            Record::Event { at, .. } => {
                self.advance(at, batch)?;
                self.side.take(record)?;
                batch.events += 1;
            }
            Record::Activated { at, plan } if self.follows => {
                self.advance(at, batch)?;
                self.side.activate(&Plan::from_json(plan).map_err(ActivateError::from)?, at)?;
            }
            _ => return Ok(()),
        }
        self.hear(batch);
        Ok(())
    }

    /// What happens by itself before an event at `until`.
    fn advance(&mut self, until: Timestamp, batch: &mut Batch) -> Result<(), BacktestError> {
        while self.side.step(until)? {
            self.hear(batch);
        }
        Ok(())
    }

    fn finish(&mut self, end: Timestamp, batch: &mut Batch) -> Result<(), BacktestError> {
        loop {
            self.advance(end, batch)?;
            let more = self.side.tick(end)?;
            self.hear(batch);
            if !more {
                return Ok(());
            }
        }
    }

    /// Takes what came out, and sees to the answers of calls.
    fn hear(&mut self, batch: &mut Batch) {
        for happening in std::mem::take(&mut self.side.out) {
            let mut from = None;
            if let (What::Call, Some(call)) = (happening.what, &happening.call) {
                let answer = self.answerer.answer(&happening, &call.rule, &self.side.functions);
                if let Some((outcome, delay, source)) = answer {
                    from = Some(source);
                    self.side.answer(&happening, happening.at.plus(delay), outcome);
                }
            }
            batch.out.push((happening, from));
        }
    }
}
