//! The engine thread: takes commands to the engine, gathers their records into frames, and passes these to the writer.

mod operate;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::time::Duration;

use fanin_event::Timestamp;
use fanin_event::limits::MAX_EVENT_BYTES;
use fanin_plan::Plan;
use fanin_rule::Outcome;
use fanin_runtime::{Ahead, Engine, OutcomeRef, Reception, Record};
use fanin_store::Seq;

use crate::checkpoint::ToCheckpoint;
use crate::clock::Clock;
use crate::error::HostError;
use crate::handle::Refusal;
use crate::inbox::{Arrival, Command, Reply, Woken};
use crate::limits::{FRAME_BYTES, LONGEST_NAP, MAX_FRAME_EVENTS, SNAPSHOT_BLOCK_BYTES, SWEEP_PLACES};
use crate::observer::{Refused, Spent, Taken};
use crate::shared::Shared;
use crate::writer::{Frame, ToWriter};

/// A snapshot on its way.
#[derive(Default)]
pub(crate) struct Snapshot {
    /// Blocks that did not fit into the channel yet.
    blocks: VecDeque<ToCheckpoint>,
    swept: bool,
    replies: Vec<Reply<()>>,
}

/// Everything the thread owns.
pub(crate) struct Apply {
    pub(crate) engine: Engine,
    pub(crate) shared: Arc<Shared>,
    pub(crate) clock: Clock,
    pub(crate) writer: SyncSender<ToWriter>,
    pub(crate) checkpoint: SyncSender<ToCheckpoint>,
    /// Seq of the last frame handed to the writer.
    pub(crate) seq: Seq,
    /// Bytes of log since the last snapshot began, and after how many the next one does.
    pub(crate) since_snapshot: u64,
    pub(crate) snapshot_every: u64,
    pub(crate) frame: Frame,
    pub(crate) frame_events: usize,
    pub(crate) snapshot: Option<Snapshot>,
}

impl Apply {
    /// Runs until the inbox is closed; then takes a last snapshot, so that the next start is quick.
    pub(crate) fn run(mut self) {
        loop {
            match self.shared.inbox.take(self.nap()) {
                Woken::Work(commands) => commands.into_iter().for_each(|command| self.command(command)),
                Woken::Nap => {}
                Woken::Closed => break,
            }
            if !self.clock.is_virtual() {
                self.tick();
            }
            self.ship();
            self.sweep();
        }
        if self.shared.failure().is_none() && self.since_snapshot > 0 && !self.shared.halted() {
            self.begin_snapshot(None);
            while self.snapshot.is_some() {
                self.sweep_on(usize::MAX, true);
            }
        }
    }

    /// How long to wait for commands: not past the next timer, and not at all while a snapshot is being swept.
    fn nap(&self) -> Option<Duration> {
        if self.snapshot.is_some() {
            return Some(Duration::from_micros(if self.snapshot_stalled() { 200 } else { 0 }));
        }
        let due = self.engine.next_due();
        if due == Timestamp::NEVER || self.clock.is_virtual() {
            return None;
        }
        Some(Duration::from_millis(due.since(self.clock.now()).0).min(LONGEST_NAP))
    }

    fn snapshot_stalled(&self) -> bool {
        self.snapshot.as_ref().is_some_and(|s| !s.blocks.is_empty())
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Submit { events, ahead, reply } => self.submit(events, ahead.as_ref(), reply),
            Command::Refuse { refusal, reply } => {
                let at = self.stamp();
                let Refusal { origin, code, reason, payload } = &refusal;
                self.turn_and_reply(&Record::Refused { at, origin: *origin, code, reason, payload }, reply);
                if self.shared.outlet.listens() {
                    self.frame.spent.push(Spent::Refused(Refused { at, refusal }));
                }
            }
            Command::Settle { run, index, attempt, outcome } => {
                let at = self.stamp();
                let outcome = match &outcome {
                    Outcome::Done { result } => OutcomeRef::Done(result),
                    Outcome::Failed { error, cause } => OutcomeRef::Failed(error, cause),
                };
                let _ = self.turn(&Record::Settled { at, run, index, attempt, outcome });
                self.shared.closed_one();
            }
            Command::Activate { plan, reply } => self.activate(&plan, reply),
            Command::Redrive { letter, reply } => self.redrive(letter, reply),
            Command::Operate { operation, reply } => self.operate(&operation, reply),
            Command::Tick { reply } => {
                self.tick();
                self.wait_for(reply, ());
            }
            Command::Flush { reply } => {
                self.ship();
                self.wait_for(reply, ());
            }
            Command::Query(look) => look(&self.engine),
            Command::Snapshot(reply) => self.begin_snapshot(Some(reply)),
        }
        if self.frame_events >= MAX_FRAME_EVENTS || self.frame.bytes.len() >= FRAME_BYTES {
            self.ship();
        }
    }

    fn stamp(&self) -> Timestamp {
        self.engine.stamp(self.clock.now())
    }

    /// Writes the record into the frame and takes it to the engine, in this order: what moved the state is in the log.
    fn turn(&mut self, record: &Record<'_>) -> Reception {
        record.encode(&mut self.frame.bytes);
        self.frame_events += 1;
        // Only activations can fail, and these were checked before they came here.
        self.engine.turn(record).unwrap_or_default()
    }

    fn turn_and_reply(&mut self, record: &Record<'_>, reply: Reply<()>) {
        let _ = self.turn(record);
        self.wait_for(reply, ());
    }

    fn wait_for<T: Send + 'static>(&mut self, reply: Reply<T>, answer: T) {
        self.frame.waiting.push(Box::new(move |durable| reply(durable.map(|()| answer))));
    }

    fn submit(&mut self, events: Vec<Arrival>, ahead: Option<&Ahead>, reply: Reply<Vec<Reception>>) {
        let mut receptions = Vec::with_capacity(events.len());
        let now = self.clock.now();
        for (n, event) in events.iter().enumerate() {
            let at = self.engine.stamp(now);
            let reception = if event.text.len() > MAX_EVENT_BYTES {
                let reason =
                    format!("the event has {} bytes; at most {MAX_EVENT_BYTES} are taken", event.text.len());
                let payload = event.text.get(..4096).unwrap_or_default();
                let code = "event-too-large";
                let _ =
                    self.turn(&Record::Refused { at, origin: event.origin, code, reason: &reason, payload });
                Reception { refused: Some((code, reason)), ..Reception::default() }
            } else {
                let (identity, origin) = (event.identity, event.origin);
                let record = Record::Event { at, identity, origin, text: &event.text };
                match ahead {
                    Some(ahead) => {
                        record.encode(&mut self.frame.bytes);
                        self.frame_events += 1;
                        self.engine.turn_ahead(&record, ahead, n)
                    }
                    None => self.turn(&record),
                }
            };
            receptions.push(reception);
            if self.frame_events >= MAX_FRAME_EVENTS || self.frame.bytes.len() >= FRAME_BYTES {
                self.ship();
            }
        }
        let kept = if self.shared.outlet.listens() { receptions.clone() } else { Vec::new() };
        self.frame.spent.push(Spent::Taken(Taken { at: self.engine.now(), events, receptions: kept }));
        self.wait_for(reply, receptions);
    }

    fn activate(&mut self, plan: &str, reply: Reply<()>) {
        let checked = Plan::from_json(plan)
            .map_err(fanin_runtime::ActivateError::from)
            .and_then(|parsed| self.engine.check_activation(&parsed));
        match checked {
            Ok(()) => {
                let at = self.stamp();
                self.turn_and_reply(&Record::Activated { at, plan }, reply);
                self.shared.recognize_with(self.engine.recognition());
            }
            Err(error) => reply(Err(error.into())),
        }
    }

    /// Wakes whoever is due by the clock; what time did is a record like everything else.
    fn tick(&mut self) {
        let now = self.clock.now();
        if self.engine.next_due() <= now {
            let at = self.engine.stamp(now);
            let _ = self.turn(&Record::Tick { at });
        }
    }

    /// Hands the frame to the writer. Waits when the disk is far behind: that is the back-pressure.
    pub(crate) fn ship(&mut self) {
        if self.frame.bytes.is_empty() && self.frame.waiting.is_empty() {
            return;
        }
        let mut frame = std::mem::take(&mut self.frame);
        self.frame.bytes.reserve(frame.bytes.len().min(FRAME_BYTES));
        self.frame_events = 0;
        if frame.outbox.is_empty() {
            frame.outbox = self.engine.outbox();
        } else {
            frame.outbox.append(self.engine.outbox());
        }
        if !frame.bytes.is_empty() {
            self.seq += 1;
            self.since_snapshot += frame.bytes.len() as u64;
        }
        if let Err(lost) = self.writer.send(ToWriter::Frame(Box::new(frame))) {
            self.shared.fail(&HostError::Failed("the writer thread has ended".to_owned()));
            if let ToWriter::Frame(frame) = lost.0 {
                frame.waiting.into_iter().for_each(|waiting| waiting(Err(HostError::Closed)));
            }
        }
        if self.since_snapshot >= self.snapshot_every && self.snapshot.is_none() {
            self.begin_snapshot(None);
        }
    }

    /// Begins a snapshot of the state after the last frame. Asked for while one runs: answered by that one's successor.
    fn begin_snapshot(&mut self, reply: Option<Reply<()>>) {
        while self.snapshot.is_some() {
            self.sweep_on(usize::MAX, true);
        }
        self.ship();
        self.since_snapshot = 0;
        let (section, header) = self.engine.begin_snapshot();
        let mut snapshot = Snapshot::default();
        snapshot.replies.extend(reply);
        snapshot.blocks.push_back(ToCheckpoint::Begin(self.seq));
        let parts = header.chunks(SNAPSHOT_BLOCK_BYTES);
        snapshot.blocks.extend(parts.map(|part| ToCheckpoint::Block(section, part.to_vec())));
        self.snapshot = Some(snapshot);
    }

    fn sweep(&mut self) {
        if self.snapshot.is_some() {
            self.sweep_on(SWEEP_PLACES, false);
        }
    }

    /// Goes on with the running snapshot. Unless `wait`, it pauses when the snapshot thread is behind.
    fn sweep_on(&mut self, places: usize, wait: bool) {
        let Some(mut snapshot) = self.snapshot.take() else { return };
        if snapshot.blocks.is_empty() && !snapshot.swept {
            let mut blocks = Vec::new();
            snapshot.swept = self.engine.sweep(places, &mut blocks);
            for (section, block) in blocks {
                let parts = block.chunks(SNAPSHOT_BLOCK_BYTES);
                snapshot.blocks.extend(parts.map(|part| ToCheckpoint::Block(section, part.to_vec())));
            }
            if snapshot.swept {
                snapshot.blocks.push_back(ToCheckpoint::Commit(std::mem::take(&mut snapshot.replies)));
            }
        }
        while let Some(block) = snapshot.blocks.pop_front() {
            let sent = if wait {
                self.checkpoint.send(block).map_err(|e| TrySendError::Disconnected(e.0))
            } else {
                self.checkpoint.try_send(block)
            };
            match sent {
                Ok(()) => {}
                Err(TrySendError::Full(block)) => {
                    snapshot.blocks.push_front(block);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => return,
            }
        }
        if !(snapshot.swept && snapshot.blocks.is_empty()) {
            self.snapshot = Some(snapshot);
        }
    }
}
