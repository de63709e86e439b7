//! Takes one run through a batch: load, step, commit, publish, call; and again with what the calls said.

use std::collections::BTreeMap;

use fanin_event::{Span, Timestamp};
use fanin_rule::Action;
use fanin_store::state::{Base, Cell, CellKey, CellKind, CellWrite, Change, Chunks, Read, StateError};
use fanin_store::state::{Shelf, StateStore};

use super::Rules;
use super::calls::{Clock, latest};
use super::cell::{Call, RunCell};
use super::input::{Group, Input, What};
use super::limits::{LEASE, MAX_CONFLICTS, MAX_DELIVERIES_COUNTED, REDELIVERED_AFTER, RUN_MEMORY};
use super::step::{Step, Worker};
use super::told::RunsTold;
use crate::dead::DeadRecord;
use crate::happenings::{self, Happenings, Telling};
use crate::message::Message;
use crate::outbox::{Entry, Outbox};
use crate::ports::{Caller, Claims, Deadline, Handled, Queue};

/// What is known of the cell of a run.
pub(super) struct Image {
    /// For the next commit; `None`: there is no cell.
    base: Option<Base>,
    cell: Option<RunCell>,
    head: Vec<u8>,
    /// What may not have been published yet.
    outbox: Vec<Entry>,
    read: Read,
}

/// What the first look at the cell gave.
pub(super) enum First {
    /// Nobody has looked: most likely there is none.
    Blind,
    /// One of all those looked at could not be read: this one is loaded for itself.
    Alone,
    /// This.
    Loaded(Option<Cell>),
}

/// The turn of one run.
struct Drive<'a> {
    group: &'a Group,
    key: CellKey,
    worker: Worker,
    /// What the worker had left when it began.
    began: Span,
    conflicts: u32,
    /// A call was answered or taken in this batch.
    progress: bool,
    /// The ids of the calls this worker made, by their call.
    ids: BTreeMap<Call, String>,
    told: &'a mut RunsTold,
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims, K: Caller> Rules<S, Q, C, K> {
    /// Takes one run through the batch.
    pub(super) async fn drive<D: Deadline>(
        &self,
        group: &Group,
        first: First,
        (now, deadline): (Timestamp, &D),
        told: &mut RunsTold,
    ) -> Result<Handled, StateError> {
        let key = self.run_key(group);
        let left = deadline.left();
        let worker =
            Worker { owners: group.owners.clone(), now, until: lease_end(group, now, left), unknown: false };
        let ids = BTreeMap::new();
        let mut drive = Drive { group, key, worker, began: left, conflicts: 0, progress: false, ids, told };
        let mut image = match first {
            First::Blind => Image::none(Read::Stale),
            First::Alone => self.reload(&drive).await?,
            First::Loaded(cell) => self.image(cell, Read::Stale).await?,
        };
        let mut inputs = group.inputs.clone();
        loop {
            let step = self.step(&drive, &image, &inputs).await?;
            if !step.changed {
                if image.read == Read::Stale {
                    image = self.reload(&drive).await?;
                    continue;
                }
                self.bury(&step.letters, drive.told).await?;
                let happened = self.flush(&drive, image).await?;
                drive.told.happened.take(happened);
                return Ok(if step.wait { Handled::Again } else { Handled::Done });
            }
            let (wait, started) = (step.wait, step.started);
            let (calls, letters) = (step.calls, step.letters);
            match self.write(&mut drive, image, step.cell, step.entries).await? {
                None if drive.conflicts > MAX_CONFLICTS => return Ok(Handled::Again),
                None => {
                    image = self.reload(&drive).await?;
                    continue;
                }
                Some(committed) => image = committed,
            }
            drive.told.started += started;
            self.tell_answers(&mut drive, &inputs);
            let happened = self.publish(&image.outbox, now).await?;
            drive.told.happened.take(happened);
            drive.told.dead += image.outbox.iter().filter(|e| matches!(e, Entry::Dead(_))).count();
            image.outbox = Vec::new();
            self.bury(&letters, drive.told).await?;
            if calls.is_empty() {
                return Ok(if wait { Handled::Again } else { Handled::Done });
            }
            let plan = image.cell.as_ref().map_or("", RunCell::plan).to_owned();
            let clock = Clock { deadline, start: latest(&drive.group.inputs), began: drive.began };
            self.tell_calls(&mut drive, &calls, clock.now());
            let made = self.call_all(calls, &plan, &drive.worker.owner().0, &clock).await;
            drive.told.count(&made);
            inputs = made.inputs;
            drive.progress |= !inputs.is_empty();
            if made.unfinished {
                drive.told.stopped = true;
                if !drive.progress {
                    return Ok(Handled::Again);
                }
                inputs.push(drive.input(clock.now(), What::Release));
            }
        }
    }

    async fn step(&self, drive: &Drive<'_>, image: &Image, inputs: &[Input]) -> Result<Step, StateError> {
        let starts = image.cell.as_ref().is_none_or(RunCell::is_over);
        let rules = self.rules(&drive.group.rule, image.cell.as_ref(), starts, drive.worker.now).await?;
        Ok(Step::take(image.cell.clone(), inputs, &rules, &drive.worker))
    }

    /// Publishes what the cell still has, and takes it out.
    async fn flush(&self, drive: &Drive<'_>, image: Image) -> Result<Happenings, StateError> {
        if image.outbox.is_empty() {
            return Ok(Happenings::default());
        }
        let happened = self.publish(&drive.unpublished(image.outbox), drive.worker.now).await?;
        let expires = image.cell.as_ref().map(expires);
        let change = Change::Put { head: image.head, chunks: Chunks::Keep, outbox: Vec::new(), expires };
        let write = CellWrite { key: drive.key.clone(), base: image.base, change };
        match self.store.commit(vec![write]).await.pop() {
            // Somebody else has changed the cell, and with it what it has to publish.
            None | Some(Ok(_) | Err(StateError::Conflict | StateError::Unknown(_))) => Ok(happened),
            Some(Err(error)) => Err(error),
        }
    }

    /// Commits a step; what the cell had to publish is published first. `None`: the cell has to be loaded again.
    async fn write(
        &self,
        drive: &mut Drive<'_>,
        image: Image,
        cell: Option<RunCell>,
        entries: Vec<Entry>,
    ) -> Result<Option<Image>, StateError> {
        let Some(cell) = cell else { return Ok(Some(image)) };
        let happened = self.publish(&drive.unpublished(image.outbox), drive.worker.now).await?;
        drive.told.happened.take(happened);
        let head = self.head_of(&cell).await?;
        let out = Outbox { entries, ..Outbox::default() };
        let outbox = out.write(&self.claims).await?;
        let change =
            Change::Put { head: head.clone(), chunks: Chunks::Keep, outbox, expires: Some(expires(&cell)) };
        let write = CellWrite { key: drive.key.clone(), base: image.base, change };
        drive.told.commits += 1;
        let answer = self.store.commit(vec![write]).await.pop();
        match answer {
            Some(Ok(base)) => {
                Ok(Some(Image { base, cell: Some(cell), head, outbox: out.entries, read: Read::Fresh }))
            }
            None | Some(Err(StateError::Conflict | StateError::Unknown(_))) => {
                drive.worker.unknown |= !matches!(answer, Some(Err(StateError::Conflict)));
                drive.conflicts += 1;
                drive.told.conflicts += 1;
                Ok(None)
            }
            Some(Err(error)) => Err(error),
        }
    }

    async fn reload(&self, drive: &Drive<'_>) -> Result<Image, StateError> {
        let mut loaded = self.store.load(std::slice::from_ref(&drive.key), Read::Fresh).await?;
        self.image(loaded.pop().flatten(), Read::Fresh).await
    }

    async fn image(&self, cell: Option<Cell>, read: Read) -> Result<Image, StateError> {
        let Some(cell) = cell else { return Ok(Image::none(read)) };
        let run = self.cell_of(&cell.head).await?;
        let outbox = Outbox::read(&self.claims, &cell.outbox).await?.entries;
        Ok(Image { base: Some(cell.base), cell: Some(run), head: cell.head, outbox, read })
    }

    /// The cell of a run.
    pub(super) fn run_key(&self, group: &Group) -> CellKey {
        CellKey {
            kind: CellKind::Run,
            workflow: self.plans.workflow().clone(),
            name: group.rule.clone(),
            key: group.run.to_uuid().into(),
        }
    }

    async fn bury(&self, letters: &[DeadRecord], told: &mut RunsTold) -> Result<(), StateError> {
        for letter in letters {
            let happened = self.letter(letter).await?;
            told.happened.take(happened);
            told.dead += 1;
        }
        Ok(())
    }

    /// Calls that are made now.
    fn tell_calls(&self, drive: &mut Drive<'_>, calls: &[Action], at: Timestamp) {
        for action in calls.iter().filter(|_| self.telling == Telling::All) {
            drive.told.happened.push(happenings::called(action, at));
        }
        let id = |action: &Action| ((action.index, action.attempt), action.id.to_string());
        drive.ids = calls.iter().filter(|_| self.telling != Telling::Off).map(id).collect();
    }

    /// Answers that were taken into the run.
    fn tell_answers(&self, drive: &mut Drive<'_>, inputs: &[Input]) {
        for input in inputs {
            let What::Answer(call, outcome) = &input.what else { continue };
            let id = drive.ids.get(call).cloned().unwrap_or_else(|| drive.group.run.to_uuid());
            let line = happenings::settled(&drive.group.rule, id, *call, (outcome, input.at));
            if line.what.told_by() <= self.telling {
                drive.told.happened.push(line);
            }
        }
    }
}

impl Image {
    fn none(read: Read) -> Image {
        Image { base: None, cell: None, head: Vec::new(), outbox: Vec::new(), read }
    }
}

impl Drive<'_> {
    /// What of an outbox may not have left: a wake-up that has come here, and an earlier one, has.
    fn unpublished(&self, outbox: Vec<Entry>) -> Vec<Entry> {
        let came = self.group.inputs.iter().filter_map(|input| match input.what {
            What::Wake(due) => Some(due),
            _ => None,
        });
        let Some(came) = came.max() else { return outbox };
        let waits = |entry: &Entry| match entry {
            Entry::Send { message: Message::WakeRun { due, .. }, .. } => *due > came,
            _ => true,
        };
        outbox.into_iter().filter(waits).collect()
    }

    fn input(&self, at: Timestamp, what: What) -> Input {
        Input { at, message: self.worker.owner().0, what }
    }
}

/// When the lease of a worker ends. A message that comes again came for the first time longer ago than its moment says: for
/// each delivery before this one a while is added.
fn lease_end(group: &Group, now: Timestamp, left: Span) -> Timestamp {
    let deliveries = group.owners.iter().map(|(_, attempt)| *attempt).max().unwrap_or(1);
    let before = u64::from(deliveries.saturating_sub(1).min(MAX_DELIVERIES_COUNTED));
    let longest = left.0.max(LEASE.0);
    now.plus(Span(longest.saturating_add(REDELIVERED_AFTER.0.saturating_mul(before))))
}

/// When the store may drop the cell of a run: long after anybody could ask for it.
fn expires(cell: &RunCell) -> i64 {
    let last = match cell {
        RunCell::Over(over) => over.ended,
        RunCell::Open(open) => {
            let due = open.run.next_due();
            let accepted = open.run.cause().accepted;
            if due == Timestamp::NEVER { accepted } else { due }
        }
    };
    last.plus(RUN_MEMORY).0
}
