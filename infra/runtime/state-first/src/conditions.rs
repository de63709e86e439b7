//! The turn of conditions: a batch of messages in, for each whether the queue may forget it.
//!
//! The way of a batch: read the bodies, find the cells they touch, and for each cell load, decide, commit; then let out
//! what was committed. Nothing is acknowledged before all of that is done for every cell the message touched. Cells are
//! independent of each other; what crosses them goes through their outboxes and the queues.

mod cells;
mod load;
mod look;
mod operate;
mod read;
mod redrive;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_store::state::{Shelf, StateStore};

pub use look::{Looked, read_instance};
pub use operate::{OperateTrouble, Operated};
pub use told::Told;

use crate::decide::Inputs;
use crate::happenings::Telling;
use crate::limits::{MAX_CELLS_AT_ONCE, STOP_BEFORE};
use crate::outbox::Entry;
use crate::plans::{PlanSet, Plans};
use crate::ports::{Claims, Deadline, Handled, Queue, Received};
use crate::relay::Outlet;
use crate::route::Spot;

/// The condition engine of a state-first host.
#[derive(Debug)]
pub struct Conditions<S, Q, C> {
    pub(crate) store: S,
    pub(crate) queue: Q,
    pub(crate) claims: C,
    pub(crate) plans: Plans,
    pub(crate) telling: Telling,
}

/// What a batch has for one cell, and whose it is.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) spot: Spot,
    pub(crate) inputs: Inputs,
    /// Numbers of the messages.
    pub(crate) messages: BTreeSet<usize>,
    /// The next load has to see everything.
    pub(crate) fresh: bool,
}

/// A batch, read.
#[derive(Debug, Default)]
struct Batch {
    work: BTreeMap<Spot, Work>,
    /// What messages come to beside cells: starts of runs, dead letters, wake-ups sent on.
    entries: Vec<(usize, Entry)>,
    /// Messages that have to come again.
    again: BTreeSet<usize>,
}

/// A cell is pinned to a version which the plans of this batch do not have.
#[derive(Debug)]
struct OtherPlans;

/// The surroundings of one pass over a batch.
#[derive(Clone, Copy)]
struct Pass<'a, D> {
    plans: &'a PlanSet,
    now: Timestamp,
    deadline: &'a D,
    telling: Telling,
    /// A version that is unknown stays unknown: the plans were looked at just now.
    last: bool,
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims> Conditions<S, Q, C> {
    /// The condition engine of a workflow.
    #[must_use]
    pub fn new(workflow: &str, store: S, queue: Q, claims: C) -> Conditions<S, Q, C> {
        Conditions { store, queue, claims, plans: Plans::new(workflow), telling: Telling::Off }
    }

    /// Tells what happens, in [`Told::happened`].
    #[must_use]
    pub fn telling(self, telling: Telling) -> Conditions<S, Q, C> {
        Conditions { telling, ..self }
    }

    /// The plans it works by.
    #[must_use]
    pub fn plans(&self) -> &Plans {
        &self.plans
    }

    /// Takes a batch of messages. One answer a message, in their order.
    pub async fn batch(&self, received: &[Received], deadline: &impl Deadline) -> Vec<Handled> {
        self.batch_told(received, deadline).await.handled
    }

    /// As [`Conditions::batch`], with what happened, for logs and measurements.
    pub async fn batch_told(&self, received: &[Received], deadline: &impl Deadline) -> Told {
        let now = received.iter().map(|message| message.received).max().unwrap_or_default();
        let mut told = Told::new(received.len());
        let mut plans = match self.plans.at((&self.store, &self.claims), now).await {
            Ok(plans) => plans,
            Err(error) => return told.all_again(error.to_string()),
        };
        for last in [false, true] {
            let pass = Pass { plans: &plans, now, deadline, telling: self.telling, last };
            match self.pass(received, &pass, &mut told).await {
                Ok(()) => return told,
                Err(OtherPlans) => match self.plans.look((&self.store, &self.claims), now).await {
                    Ok(looked) => plans = looked,
                    Err(error) => return told.all_again(error.to_string()),
                },
            }
        }
        told.all_again("the plans change too fast".to_owned())
    }

    async fn pass<D: Deadline>(
        &self,
        received: &[Received],
        pass: &Pass<'_, D>,
        told: &mut Told,
    ) -> Result<(), OtherPlans> {
        let Batch { work, mut entries, mut again } = self.read(pass.plans, received, told).await;
        let mut work: Vec<Work> = work.into_values().collect();
        while !work.is_empty() {
            let rest = work.split_off(work.len().min(MAX_CELLS_AT_ONCE));
            if pass.deadline.left() < STOP_BEFORE {
                told.stopped = true;
                again.extend(work.iter().chain(&rest).flat_map(|work| work.messages.iter().copied()));
                break;
            }
            let whose: Vec<BTreeSet<usize>> = work.iter().map(|work| work.messages.clone()).collect();
            // The one place where the protocol of a cell is chosen: every condition takes the general one.
            let failed = self.cells(work, pass, told).await?;
            again.extend(failed.into_iter().filter_map(|cell| whose.get(cell)).flatten().copied());
            work = rest;
        }
        entries.retain(|(message, _)| !again.contains(message));
        let left = self.outlet(pass.plans, pass.now).publish(entries).await;
        again.extend(told.left(left));
        told.handled = (0..received.len())
            .map(|message| if again.contains(&message) { Handled::Again } else { Handled::Done })
            .collect();
        Ok(())
    }

    pub(crate) fn outlet<'a>(&'a self, plans: &'a PlanSet, now: Timestamp) -> Outlet<'a, S, Q, C> {
        Outlet {
            shelf: &self.store,
            queue: &self.queue,
            claims: &self.claims,
            plans,
            now,
            telling: self.telling,
        }
    }
}

impl Work {
    /// Whether a load has to see everything. A wake-up alone mostly finds nothing to write, so that no commit would find out.
    fn reads_fresh(&self) -> bool {
        self.fresh || (self.inputs.touches.is_empty() && self.inputs.partials.is_empty())
    }
}

impl Batch {
    /// What the batch has for one cell.
    fn work(&mut self, spot: Spot, message: usize) -> &mut Inputs {
        let new = |spot: &Spot| Work {
            spot: (Arc::clone(&spot.0), spot.1.clone()),
            inputs: Inputs::default(),
            messages: BTreeSet::new(),
            fresh: false,
        };
        let made = new(&spot);
        let work = self.work.entry(spot).or_insert(made);
        work.messages.insert(message);
        &mut work.inputs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves<T: Send>(_: T) {}

    /// Compiles: hosts with several threads move these futures between them.
    #[expect(dead_code, reason = "it is enough that it compiles")]
    fn futures_move_between_threads<S: StateStore + Shelf, Q: Queue, C: Claims>(
        conditions: &Conditions<S, Q, C>,
        operation: &fanin_runtime::Operation,
        deadline: &impl Deadline,
    ) {
        moves(conditions.batch(&[], deadline));
        moves(conditions.sweep(Timestamp(0), deadline));
        moves(conditions.redrive("", Timestamp(0)));
        moves(conditions.operate(operation, Timestamp(0)));
        moves(conditions.look("", "", Timestamp(0)));
    }
}
