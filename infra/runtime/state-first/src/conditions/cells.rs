//! The cells of a batch: load, decide, commit, as often as somebody else gets in between; then let out what was committed.

use std::collections::BTreeSet;

use fanin_condition::Key;
use fanin_event::Timestamp;
use fanin_runtime::LetterKind;
use fanin_store::state::{
    Cell, CellKey, CellKind, CellWrite, Change, Chunks, Read, Shelf, StateError, StateStore,
};

use futures_util::stream::{self, StreamExt};

use super::load::Loaded;
use super::{Conditions, OtherPlans, Pass, Told, Work};
use crate::dead::DeadRecord;
use crate::decide::{Decision, decide, wake};
use crate::happenings::{self, Happening};
use crate::instances::Held;
use crate::limits::{KEPT_AFTER, MAX_HOT_AT_ONCE, MAX_ROUNDS, STOP_BEFORE};
use crate::outbox::{Entry, Outbox};
use crate::pages::{self, PageWork};
use crate::plans::PlanSet;
use crate::ports::{Claims, Deadline, Queue};

/// One cell on its way through one round.
struct Step {
    cell: usize,
    found: Option<Cell>,
    decision: Decision,
    /// What the store may drop the cell by, as it was loaded.
    expires: Option<i64>,
    /// What was loaded has not left for certain, and a repetition of its cause may be among the messages.
    flush: bool,
    paged: Option<PageWork>,
    /// What is told of it besides what leaves.
    told: Vec<Happening>,
}

/// Cells by number: what has to leave, and what did not come to an end.
#[derive(Default)]
struct Progress {
    out: Vec<(usize, Entry)>,
    failed: BTreeSet<usize>,
    /// To be loaded again.
    next: Vec<usize>,
    /// What hot keys have for their pages.
    paged: Vec<(usize, PageWork)>,
    /// What may be written once everything has left.
    clears: Vec<(usize, CellWrite)>,
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims> Conditions<S, Q, C> {
    /// Takes cells through; gives the numbers of those whose messages have to come again.
    pub(super) async fn cells<D: Deadline>(
        &self,
        mut work: Vec<Work>,
        pass: &Pass<'_, D>,
        told: &mut Told,
    ) -> Result<BTreeSet<usize>, OtherPlans> {
        let mut progress = Progress { next: (0..work.len()).collect(), ..Progress::default() };
        for round in 0..MAX_ROUNDS {
            let open = std::mem::take(&mut progress.next);
            let late = round > 0 && pass.deadline.left() < STOP_BEFORE;
            if open.is_empty() || late {
                progress.failed.extend(open);
                break;
            }
            let loaded = self.load(&work, open, (&mut progress.failed, told)).await;
            let steps = steps((&mut work, loaded), pass, (&mut progress, told))?;
            let steps = self.flush(steps, pass, (&mut progress, told)).await;
            self.commit((&mut work, steps), pass, (&mut progress, told)).await;
            self.pages((&mut progress, told)).await;
        }
        progress.failed.extend(std::mem::take(&mut progress.next));
        let left = self.outlet(pass.plans, pass.now).publish(progress.out).await;
        progress.failed.extend(told.left(left));
        let clears: Vec<CellWrite> = progress
            .clears
            .into_iter()
            .filter(|(cell, _)| !progress.failed.contains(cell))
            .map(|(_, write)| write)
            .collect();
        if !clears.is_empty() {
            // Whoever was there first has seen the outbox too.
            let _ = self.store.commit(clears).await;
        }
        Ok(progress.failed)
    }

    /// Takes what hot keys have for their pages there.
    async fn pages(&self, (progress, told): (&mut Progress, &mut Told)) {
        let works = std::mem::take(&mut progress.paged);
        let each = works.into_iter().map(|(cell, work)| async move { (cell, work.done(&self.store).await) });
        let done: Vec<_> = stream::iter(each).buffer_unordered(MAX_HOT_AT_ONCE).collect().await;
        for (cell, outcome) in done {
            match outcome {
                Ok(paged) => {
                    told.duplicates += paged.duplicates;
                    told.commits += paged.commits;
                    told.conflicts += paged.conflicts;
                    progress.out.extend(paged.entries.into_iter().map(|entry| (cell, entry)));
                    progress.clears.extend(paged.clears.into_iter().map(|write| (cell, write)));
                }
                Err(error) => {
                    told.trouble(error.to_string());
                    progress.failed.insert(cell);
                }
            }
        }
    }

    pub(super) fn key_of(&self, work: &Work) -> CellKey {
        self.cell_key(&work.spot.0, &work.spot.1)
    }

    pub(crate) fn cell_key(&self, name: &str, key: &str) -> CellKey {
        let workflow = self.plans.workflow().clone();
        CellKey { kind: CellKind::Instance, workflow, name: name.into(), key: key.into() }
    }

    /// Lets out what earlier commits left in the cells, before it is overwritten or acknowledged.
    async fn flush<D>(
        &self,
        steps: Vec<Step>,
        pass: &Pass<'_, D>,
        (progress, told): (&mut Progress, &mut Told),
    ) -> Vec<Step> {
        let mut entries = Vec::new();
        let mut failed = BTreeSet::new();
        for step in &steps {
            let Some(found) = step.found.as_ref().filter(|_| step.flush) else { continue };
            match Outbox::read(&self.claims, &found.outbox).await {
                Ok(outbox) => entries.extend(outbox.entries.into_iter().map(|entry| (step.cell, entry))),
                Err(error) => {
                    told.trouble(error.to_string());
                    failed.insert(step.cell);
                }
            }
        }
        let left = self.outlet(pass.plans, pass.now).publish(entries).await;
        failed.extend(told.left(left));
        let steps = steps.into_iter().filter(|step| !failed.contains(&step.cell)).collect();
        progress.failed.extend(failed);
        steps
    }

    /// Writes what has to be written; what was written may leave.
    async fn commit<D>(
        &self,
        (work, steps): (&mut [Work], Vec<Step>),
        pass: &Pass<'_, D>,
        (progress, told): (&mut Progress, &mut Told),
    ) {
        let (mut writes, mut written) = (Vec::new(), Vec::new());
        for step in steps {
            let Some(of) = work.get(step.cell) else { continue };
            match self.write_of(of, &step, pass.plans, pass.now).await {
                Ok(Some(write)) => {
                    writes.push(write);
                    written.push(step);
                }
                Ok(None) => release(of, step, (progress, told)),
                Err(error) => {
                    told.trouble(error.to_string());
                    progress.failed.insert(step.cell);
                }
            }
        }
        if writes.is_empty() {
            return;
        }
        let outcomes = self.store.commit(writes).await;
        for (step, outcome) in written.into_iter().zip(outcomes) {
            let Some(of) = work.get_mut(step.cell) else { continue };
            match outcome {
                Ok(_) => {
                    told.commits += 1;
                    release(of, step, (progress, told));
                }
                // Whoever was there first has seen the outbox too.
                Err(StateError::Conflict | StateError::Unknown(_)) if !step.decision.write => {
                    release(of, step, (progress, told));
                }
                Err(StateError::Conflict | StateError::Unknown(_)) => {
                    told.conflicts += 1;
                    of.fresh = true;
                    progress.next.push(step.cell);
                }
                Err(error @ StateError::TooLarge { .. }) => too_large(of, &step, &error, progress),
                Err(error) => {
                    told.trouble(error.to_string());
                    progress.failed.insert(step.cell);
                }
            }
        }
    }

    /// The write of a cell; none: nothing has changed and nothing is to be cleared.
    async fn write_of(
        &self,
        work: &Work,
        step: &Step,
        plans: &PlanSet,
        now: Timestamp,
    ) -> Result<Option<CellWrite>, StateError> {
        let base = step.found.as_ref().map(|found| found.base.clone());
        let key = self.key_of(work);
        if !step.decision.write {
            let Some(found) = step.found.as_ref().filter(|_| step.flush) else { return Ok(None) };
            let (head, expires) = (found.head.clone(), step.expires);
            let change = Change::Put { head, chunks: Chunks::Keep, outbox: Vec::new(), expires };
            return Ok(Some(CellWrite { key, base, change }));
        }
        let Some(held) = &step.decision.held else { return Ok(None) };
        let (head, chunks) = held.write()?;
        let woke = work.inputs.wakes.iter().max().copied().unwrap_or(Timestamp(i64::MIN));
        let outbox = Outbox { entries: step.decision.entries.clone(), woke }.write(&self.claims).await?;
        let change =
            Change::Put { head, chunks, outbox, expires: expires_of(held, plans, &work.spot.0, now) };
        Ok(Some(CellWrite { key, base, change }))
    }
}

/// When the store may drop a cell.
pub(super) fn expires_of(held: &Held, plans: &PlanSet, name: &str, now: Timestamp) -> Option<i64> {
    if held.instance.is_new() {
        return Some(now.plus(KEPT_AFTER).0);
    }
    plans.condition(name, held.instance.version()).and_then(|condition| held.expires(condition))
}

/// Decides about every cell that was loaded. What would change nothing on an old image is loaded again.
fn steps<D>(
    (work, loaded): (&mut [Work], Vec<Loaded>),
    pass: &Pass<'_, D>,
    (progress, told): (&mut Progress, &mut Told),
) -> Result<Vec<Step>, OtherPlans> {
    let mut steps = Vec::with_capacity(loaded.len());
    for (cell, found, read) in loaded {
        let Some(of) = work.get_mut(cell) else { continue };
        let held = match found.as_ref().map(Held::read).transpose() {
            Ok(held) => held,
            Err(error) => {
                told.trouble(of.trouble(&error));
                progress.failed.insert(cell);
                continue;
            }
        };
        let unknown = held.as_ref().is_some_and(|held| {
            !held.instance.is_new() && pass.plans.condition(&of.spot.0, held.instance.version()).is_none()
        });
        if unknown && !pass.last {
            return Err(OtherPlans);
        }
        // Its version is over for longer than any instance of it can live: the newest begins anew.
        let held = held.filter(|_| !unknown);
        let expires = held.as_ref().and_then(|held| expires_of(held, pass.plans, &of.spot.0, pass.now));
        let decision = decide(pass.plans, (&of.spot.0, &of.spot.1), &of.inputs, held);
        let only_pages = decision.only_pages(&of.inputs);
        if !decision.write && read == Read::Stale && !only_pages {
            of.fresh = true;
            progress.next.push(cell);
            continue;
        }
        let flush = found.as_ref().is_some_and(|found| {
            let mine = || {
                let woke = Outbox::woke_of(&found.outbox);
                !of.inputs.touches.is_empty() || of.inputs.wakes.iter().any(|wake| *wake <= woke)
            };
            !found.outbox.is_empty() && (decision.write || (!only_pages && mine()))
        });
        let paged = page_work(of, &decision, (pass.plans, pass.now), expires);
        let told = passed_over(of, &decision, pass);
        steps.push(Step { cell, found, decision, expires, flush, paged, told });
    }
    Ok(steps)
}

/// The lines of events that changed nothing.
fn passed_over<D>(work: &Work, decision: &Decision, pass: &Pass<'_, D>) -> Vec<Happening> {
    let (name, key) = (&*work.spot.0, work.spot.1.as_str());
    let told = decision.passed.iter().filter(|(what, _)| what.told_by() <= pass.telling);
    let by = || {
        let by = pass.plans.any_condition(name).map(|condition| condition.by.as_slice()).unwrap_or_default();
        let values = Key::decode(key, by.len());
        by.iter().map(ToString::to_string).zip(values.iter().map(ToString::to_string)).collect()
    };
    told.map(|(what, event)| happenings::passed_over(*what, (name, by()), (&event.id, event.accepted)))
        .collect()
}

/// What goes on to the pages of a hot key.
fn page_work(
    work: &Work,
    decision: &Decision,
    (plans, now): (&PlanSet, Timestamp),
    expires: Option<i64>,
) -> Option<PageWork> {
    if decision.paged.is_empty() && decision.partials.is_empty() {
        return None;
    }
    let held = decision.held.as_ref()?;
    let condition = plans.condition(&work.spot.0, held.instance.version())?;
    Some(PageWork {
        workflow: plans.newest.plan.workflow.clone(),
        condition: condition.clone(),
        key: work.spot.1.clone(),
        generation: held.instance.generation(),
        paging: held.pages()?.clone(),
        touches: decision.paged.clone(),
        partials: decision.partials.clone(),
        expires: pages::expires_of(condition, expires, now),
    })
}

/// What a cell came to is safe: it may leave.
fn release(work: &Work, step: Step, (progress, told): (&mut Progress, &mut Told)) {
    progress.paged.extend(step.paged.map(|paged| (step.cell, paged)));
    let Decision { entries, rejected, wake: at, tally, .. } = step.decision;
    step.told.into_iter().for_each(|line| told.happened.push(line));
    told.fired += tally.fired;
    told.duplicates += tally.duplicates;
    told.late += tally.late;
    let rejected = rejected.into_iter().map(|record| Entry::Dead(Box::new(record)));
    let wake = at.map(|due| wake(&work.spot.0, &work.spot.1, due));
    let all = entries.into_iter().chain(rejected).chain(wake);
    progress.out.extend(all.map(|entry| (step.cell, entry)));
}

/// The cell would become larger than the store takes: what would make it so goes to the dead letters.
fn too_large(work: &Work, step: &Step, error: &StateError, progress: &mut Progress) {
    let (name, key) = &work.spot;
    for touch in &work.inputs.touches {
        let event = &touch.event;
        let reason = format!(
            "{name} for key {key:?} cannot take it: {error}; give the condition `collect: captures` or `collect: none`, \
             or a key with fewer events"
        );
        let what = LetterKind::Event { identity: event.identity };
        let record =
            DeadRecord::new(event.accepted, ("instance-too-large", reason), event.envelope.clone(), what);
        progress.out.push((step.cell, Entry::Dead(Box::new(record))));
    }
}
