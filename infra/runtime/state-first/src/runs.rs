//! The turn of runs: a start, an answer or a wake-up comes; the run is loaded, decides, is committed; its calls are made,
//! and what they say is committed with the event that the run ends with.
//!
//! A run is a cell that is put only if it is absent: that is what makes a second start a repetition. A call is made only
//! after a commit has given it to this worker (a lease), and stands in the cell until its answer does. A worker that dies
//! in between leaves its message in the queue; who gets it next finds the lease and makes the calls again, with the
//! same ids.

mod calls;
mod cell;
mod destination;
mod drive;
mod input;
pub mod limits;
mod look;
mod publish;
mod read;
mod step;
mod store;
mod told;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_store::state::{Read, Shelf, StateError, StateStore};
use futures_util::StreamExt;
use futures_util::stream;

use self::drive::First;
use self::input::{Group, Input, What};
use self::limits::{COMMIT_RESERVE, MAX_CLAIMS_AT_ONCE, MAX_RUNS_AT_ONCE};
pub use self::look::{LookedRun, RunsFound, list_runs, read_run};
use self::read::Task;
pub use self::told::RunsTold;
use crate::happenings::{Happenings, Telling};
use crate::outbox::Entry;
use crate::plans::Plans;
use crate::ports::{Caller, Claims, Deadline, Handled, Lane, Queue, Received};

/// The turn of the runs of one workflow.
#[derive(Debug)]
pub struct Rules<S, Q, C, K> {
    store: S,
    queue: Q,
    claims: C,
    caller: K,
    plans: Arc<Plans>,
    telling: Telling,
}

/// What is known of a message before its run is looked at.
enum Sorted {
    /// About this run.
    Run(Arc<str>, Identity, Box<Input>),
    /// Dealt with: dead letters written, and what is told of them.
    Settled(Result<(usize, Happenings), StateError>),
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims, K: Caller> Rules<S, Q, C, K> {
    /// Over these ports. The plans may be shared with the turn of conditions.
    pub fn new(store: S, queue: Q, claims: C, caller: K, plans: Arc<Plans>) -> Rules<S, Q, C, K> {
        Rules { store, queue, claims, caller, plans, telling: Telling::Off }
    }

    /// Tells what happens, in [`RunsTold::happened`].
    #[must_use]
    pub fn telling(self, telling: Telling) -> Rules<S, Q, C, K> {
        Rules { telling, ..self }
    }

    /// Takes a batch; one answer a message, in their order. Nothing is begun that the deadline leaves no time for: such
    /// messages have to be delivered again.
    pub async fn batch(&self, received: &[Received], deadline: &impl Deadline) -> Vec<Handled> {
        self.batch_told(received, deadline).await.handled
    }

    /// As [`Rules::batch`], with what happened, for logs and measurements.
    pub async fn batch_told(&self, received: &[Received], deadline: &impl Deadline) -> RunsTold {
        let mut told = RunsTold { handled: vec![Handled::Again; received.len()], ..RunsTold::default() };
        let now = received.iter().map(|message| message.received).max().unwrap_or_default();
        // Made first, streamed after: a stream over borrowed messages is not `Send`, which hosts with threads need.
        let sorting: Vec<_> = received.iter().map(|message| self.sort(message, now)).collect();
        let sorted: Vec<Sorted> = stream::iter(sorting).buffered(MAX_CLAIMS_AT_ONCE).collect().await;
        let mut groups = BTreeMap::new();
        for ((place, sorted), message) in sorted.into_iter().enumerate().zip(received) {
            match sorted {
                Sorted::Run(rule, run, input) => add(&mut groups, (rule, run), *input, (place, message)),
                Sorted::Settled(Ok((dead, happened))) => {
                    told.dead += dead;
                    told.happened.take(happened);
                    answer(&mut told.handled, &[place], Handled::Done);
                }
                Sorted::Settled(Err(error)) => told.trouble(error.to_string()),
            }
        }
        let groups: Vec<Group> = groups.into_values().collect();
        let firsts = match self.look(&groups).await {
            Ok(firsts) => firsts,
            Err(error) => {
                told.trouble(error.to_string());
                return told;
            }
        };
        let ended: Vec<(Vec<usize>, RunsTold, Handled)> = stream::iter(groups.into_iter().zip(firsts))
            .map(|(group, first)| self.one(group, first, (now, deadline)))
            .buffer_unordered(MAX_RUNS_AT_ONCE)
            .collect()
            .await;
        for (places, part, ended) in ended {
            answer(&mut told.handled, &places, ended);
            told.add(part);
        }
        told
    }

    /// Takes one run through the batch.
    async fn one<D: Deadline>(
        &self,
        group: Group,
        first: First,
        (now, deadline): (Timestamp, &D),
    ) -> (Vec<usize>, RunsTold, Handled) {
        let mut told = RunsTold::default();
        if deadline.left() < COMMIT_RESERVE {
            told.stopped = true;
            return (group.places, told, Handled::Again);
        }
        let ended = self.drive(&group, first, (now, deadline), &mut told).await;
        let ended = ended.unwrap_or_else(|error| {
            told.trouble(error.to_string());
            Handled::Again
        });
        (group.places, told, ended)
    }

    /// Reads a message; what is about no run is dealt with at once.
    async fn sort(&self, message: &Received, now: Timestamp) -> Sorted {
        match read::read(self.plans.workflow(), message, &self.claims).await {
            Err(error) => Sorted::Settled(Err(error)),
            Ok(Task::Run(rule, run, input)) => Sorted::Run(rule, run, input),
            Ok(Task::Dead(record)) => {
                Sorted::Settled(self.letter(&record).await.map(|happened| (1, happened)))
            }
            Ok(Task::Early(message, due)) => {
                let entry = Entry::Send { lane: Lane::Rules, message, due: Some(due) };
                Sorted::Settled(self.publish(&[entry], now).await.map(|happened| (0, happened)))
            }
        }
    }

    /// The first look at the cells, all at once; none where most likely there is nothing to see. A cell that cannot be read
    /// is looked at again with its own run, and nobody else's.
    async fn look(&self, groups: &[Group]) -> Result<Vec<First>, StateError> {
        let keys: Vec<_> =
            groups.iter().filter(|group| !group.fresh).map(|group| self.run_key(group)).collect();
        let loaded = if keys.is_empty() { Ok(Vec::new()) } else { self.store.load(&keys, Read::Stale).await };
        let mut loaded = match loaded {
            Ok(loaded) => loaded.into_iter(),
            Err(StateError::Unreadable(_)) => {
                return Ok(groups.iter().map(|_| First::Alone).collect());
            }
            Err(error) => return Err(error),
        };
        let first = |group: &Group| {
            if group.fresh { First::Blind } else { First::Loaded(loaded.next().flatten()) }
        };
        Ok(groups.iter().map(first).collect())
    }
}

/// Puts a message to the others about its run.
fn add(
    groups: &mut BTreeMap<(Arc<str>, Identity), Group>,
    (rule, run): (Arc<str>, Identity),
    input: Input,
    (place, message): (usize, &Received),
) {
    let fresh = matches!(input.what, What::Start(_)) && message.attempt <= 1;
    match groups.entry((rule.clone(), run)) {
        Slot::Vacant(slot) => {
            let owners = vec![(input.message.clone(), message.attempt)];
            slot.insert(Group { rule, run, inputs: vec![input], places: vec![place], owners, fresh });
        }
        Slot::Occupied(mut slot) => {
            let group = slot.get_mut();
            group.fresh &= fresh;
            group.places.push(place);
            group.owners.push((input.message.clone(), message.attempt));
            group.inputs.push(input);
            group.inputs.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
        }
    }
}

fn answer(handled: &mut [Handled], places: &[usize], ended: Handled) {
    for place in places {
        if let Some(slot) = handled.get_mut(*place) {
            *slot = ended;
        }
    }
}
