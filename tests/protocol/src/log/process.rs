//! One life of a log-first host: a record is written first, what follows from it leaves when it is durable.
//!
//! Frames are gathered, wait for the writer, and are appended in groups; acknowledgements and calls leave one by one after
//! that; a snapshot is swept while all of it goes on. The process may end between any two of these steps.

use std::collections::VecDeque;
use std::fmt;
use std::mem::take;

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_rule::Action;
use fanin_runtime::{Engine, Outbox, Record, Records, Restore};
use fanin_store::{Checkpoint, CheckpointWriter, Journal, Seq, StoreError};

use super::ground::Ports;
use crate::settings::Sabotage;

/// What leaves a process.
pub(super) enum Out {
    /// An answer to a producer: this delivery is safe.
    Ack(usize),
    /// A call.
    Call(Box<Action>),
}

/// Records that are written at once, with what waits for them.
#[derive(Default)]
struct Frame {
    bytes: Vec<u8>,
    acks: Vec<usize>,
    outbox: Outbox,
}

/// A snapshot on its way.
struct Sweep {
    at: Seq,
    blocks: Vec<(u8, Vec<u8>)>,
    swept: bool,
}

/// A process.
pub(super) struct Process {
    pub(super) engine: Engine,
    /// How much its clock is ahead, in milliseconds.
    pub(super) skew: i64,
    journal: Box<dyn Journal>,
    checkpoint: Box<dyn Checkpoint>,
    frame: Frame,
    flight: VecDeque<Frame>,
    out: VecDeque<Out>,
    /// Of the last frame that was shipped.
    seq: Seq,
    durable: Seq,
    sweep: Option<Sweep>,
    /// What is wrong with it.
    sabotage: Sabotage,
}

/// Why a process cannot start.
pub(super) enum NoStart {
    /// The store would not.
    Store(StoreError),
    /// What it found is wrong.
    State(String),
}

impl fmt::Display for NoStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoStart::Store(error) => write!(f, "the store says: {error}"),
            NoStart::State(what) => write!(f, "the state is wrong: {what}"),
        }
    }
}

impl Process {
    /// Recovers: the newest snapshot, the log after it, and the calls that are not settled.
    pub(super) fn start(ports: Ports, skew: i64, sabotage: Sabotage) -> Result<Process, NoStart> {
        let (mut journal, mut checkpoint) = ports;
        let mut restore = Restore::default();
        let mut wrong = None;
        let at = checkpoint.load(&mut |section, block| {
            if let Err(error) = restore.block(section, block) {
                wrong = Some(error.to_string());
            }
            Ok(())
        });
        let at = at.map_err(NoStart::Store)?.unwrap_or(0);
        let mut engine = restore.finish().map_err(|error| NoStart::State(error.to_string()))?;
        let last = journal.replay(at, &mut |_, frame| {
            for record in Records::of(frame) {
                let replayed = record.map_err(|error| error.to_string());
                let replayed = replayed.and_then(|r| engine.turn(&r).map_err(|error| error.to_string()));
                wrong = wrong.take().or(replayed.err());
            }
            Ok(())
        });
        let last = last.map_err(NoStart::Store)?.max(at);
        if let Some(wrong) = wrong {
            return Err(NoStart::State(wrong));
        }
        if at > 0 {
            journal.release(at).map_err(NoStart::Store)?;
        }
        drop(engine.outbox());
        let mut unsettled = engine.pending_actions();
        if sabotage == Sabotage::ForgottenCalls {
            unsettled.clear();
        }
        let out = unsettled.into_iter().map(|action| Out::Call(Box::new(action))).collect();
        Ok(Process {
            engine,
            skew,
            journal,
            checkpoint,
            frame: Frame::default(),
            flight: VecDeque::new(),
            out,
            seq: last,
            durable: last,
            sweep: None,
            sabotage,
        })
    }

    /// Makes a plan the current one, where there is none.
    pub(super) fn activate(&mut self, plan: &Plan, text: &str, now: i64) -> Result<(), String> {
        if self.engine.plan() == Some(plan) {
            return Ok(());
        }
        let at = self.stamp(now);
        self.turn(&Record::Activated { at, plan: text })
    }

    /// The moment of the next record.
    pub(super) fn stamp(&self, now: i64) -> Timestamp {
        self.engine.stamp(Timestamp(now.saturating_add(self.skew)))
    }

    /// Takes a record into the frame and to the engine.
    pub(super) fn turn(&mut self, record: &Record<'_>) -> Result<(), String> {
        record.encode(&mut self.frame.bytes);
        let taken = self.engine.turn(record).map(drop).map_err(|error| error.to_string());
        self.frame.outbox.append(self.engine.outbox());
        self.leave_early();
        taken
    }

    /// What waits for the frame leaves at once: what must not happen.
    fn leave_early(&mut self) {
        match self.sabotage {
            Sabotage::EarlyAnswers => self.out.extend(take(&mut self.frame.acks).into_iter().map(Out::Ack)),
            Sabotage::EarlyCalls => {
                let calls = take(&mut self.frame.outbox.actions);
                self.out.extend(calls.into_iter().map(|action| Out::Call(Box::new(action))));
            }
            _ => {}
        }
    }

    /// Whoever made this delivery is answered once the frame is durable.
    pub(super) fn promise(&mut self, delivery: usize) {
        self.frame.acks.push(delivery);
        self.leave_early();
    }

    /// Somebody is due.
    pub(super) fn is_due(&self, now: i64) -> bool {
        self.engine.next_due().0 <= now.saturating_add(self.skew)
    }

    pub(super) fn has_frame(&self) -> bool {
        !self.frame.bytes.is_empty()
    }

    pub(super) fn has_flight(&self) -> bool {
        !self.flight.is_empty()
    }

    pub(super) fn has_out(&self) -> bool {
        !self.out.is_empty()
    }

    pub(super) fn is_sweeping(&self) -> bool {
        self.sweep.is_some()
    }

    /// Hands the frame to the writer.
    pub(super) fn ship(&mut self) {
        self.seq += 1;
        self.flight.push_back(take(&mut self.frame));
    }

    /// Appends up to so many frames that wait; what waited for them may leave.
    pub(super) fn write(&mut self, most: usize) -> Result<(), StoreError> {
        let group: Vec<Frame> = self.flight.drain(..most.min(self.flight.len())).collect();
        let bytes: Vec<&[u8]> = group.iter().map(|frame| frame.bytes.as_slice()).collect();
        self.durable = self.journal.append(&bytes)?;
        for frame in group {
            self.out.extend(frame.acks.into_iter().map(Out::Ack));
            self.out.extend(frame.outbox.actions.into_iter().map(|action| Out::Call(Box::new(action))));
        }
        Ok(())
    }

    /// The next thing to leave.
    pub(super) fn leave(&mut self) -> Option<Out> {
        self.out.pop_front()
    }

    /// Begins a snapshot of the state after the last frame that was shipped.
    pub(super) fn begin_snapshot(&mut self) {
        if self.has_frame() {
            self.ship();
        }
        let header = self.engine.begin_snapshot();
        self.sweep = Some(Sweep { at: self.seq, blocks: vec![header], swept: false });
    }

    /// Goes on with the snapshot for some places; commits it once the log is as far. What fails there costs the snapshot
    /// only.
    pub(super) fn sweep_on(&mut self, places: usize) -> &'static str {
        let Some(mut sweep) = self.sweep.take() else { return "" };
        if !sweep.swept {
            sweep.swept = self.engine.sweep(places, &mut sweep.blocks);
            self.sweep = Some(sweep);
            return "goes on with the snapshot";
        }
        if self.durable < sweep.at {
            self.sweep = Some(sweep);
            return "the snapshot waits for the log";
        }
        let at = sweep.at;
        if commit(self.checkpoint.as_mut(), sweep).is_err() {
            return "gives the snapshot up";
        }
        // What cannot be released stays until the next snapshot.
        drop(self.journal.release(at));
        "commits the snapshot"
    }

    /// What can be seen of the state from outside, in words. When it is woken next is no part of it: after a recovery somebody
    /// may be woken once for nothing.
    pub(super) fn picture(&self) -> String {
        let engine = &self.engine;
        let mut instances: Vec<String> = engine
            .instances()
            .map(|view| format!("{} {:?} {:?}", view.condition.name, view.key, view.instance))
            .collect();
        instances.sort_unstable();
        let mut calls: Vec<String> = engine
            .pending_actions()
            .iter()
            .map(|a| format!("{} {} {}", a.id, a.attempt, a.payload))
            .collect();
        calls.sort_unstable();
        format!("{:?} {calls:?} {instances:?}", engine.stats())
    }
}

fn commit(checkpoint: &mut dyn Checkpoint, sweep: Sweep) -> Result<(), StoreError> {
    let mut writer: Box<dyn CheckpointWriter> = checkpoint.begin(sweep.at)?;
    for (section, block) in &sweep.blocks {
        writer.put(*section, block)?;
    }
    writer.commit()
}
