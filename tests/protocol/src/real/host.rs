//! The real turns as the workers of a run.

use std::sync::Arc;

use fanin_event::Timestamp;
use fanin_state_first::{Conditions, Handled, Received, Rules, sweep};
use fanin_store::state::{Shelf, ShelfName, StateStore};

use super::ports::{Targets, Until};
use crate::drive::Host;
use crate::exec::Boxed;
use crate::queue::Delivered;
use crate::world::World;

/// The workflow's name.
pub(crate) const WORKFLOW: &str = "sim";
/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;
/// How long a worker has.
const LIFE: i64 = 60_000;

/// One process: it keeps its plans.
struct Process<S> {
    store: S,
    conditions: Conditions<S, World, World>,
    rules: Rules<S, World, World, Targets>,
}

/// Processes, any of which may get a batch.
pub(crate) struct RealHost<S> {
    processes: Vec<Arc<Process<S>>>,
}

impl<S: StateStore + Shelf + Clone> RealHost<S> {
    /// So many processes, each with the store that it gets.
    pub(crate) fn new(world: &World, workload: u64, count: u64, store: fn(&World) -> S) -> RealHost<S> {
        let process = |number: u64| {
            let world = world.seen_by(1000 + number, 0);
            let plans = Arc::new(fanin_state_first::Plans::new(WORKFLOW));
            let targets = Targets { world: world.clone(), workload };
            Arc::new(Process {
                store: store(&world),
                conditions: Conditions::new(WORKFLOW, store(&world), world.clone(), world.clone()),
                rules: Rules::new(store(&world), world.clone(), world, targets, plans),
            })
        };
        RealHost { processes: (0..count).map(process).collect() }
    }
}

impl<S: StateStore + Shelf + Clone + 'static> Host for RealHost<S> {
    fn invoke(&self, world: World, lane: usize, batch: Vec<Delivered>) -> Boxed<Vec<bool>> {
        let Some(process) = world.with(|inner| inner.choose(&self.processes)) else {
            return Box::pin(async { vec![] });
        };
        let received: Vec<Received> = batch.into_iter().map(received).collect();
        let deadline = Until { line: world.line().clone(), end: world.line().now() + LIFE };
        Box::pin(async move {
            let handled = if lane == 0 {
                process.conditions.batch(&received, &deadline).await
            } else {
                process.rules.batch(&received, &deadline).await
            };
            handled.into_iter().map(|handled| handled == Handled::Done).collect()
        })
    }

    fn scheduled(&self, world: &World) -> Option<i64> {
        let now = world.line().now();
        world.with(|inner| {
            let notes = ShelfName::Notes { workflow: WORKFLOW.to_owned() };
            let note = inner.shelved(&notes, "timers").unwrap_or_default();
            let progress: serde_json::Value = serde_json::from_slice(&note).unwrap_or_default();
            let done = progress.get("done").and_then(serde_json::Value::as_i64).unwrap_or(i64::MIN);
            let waiting = inner.timer_minutes().into_iter().any(|minute| minute > done);
            waiting.then_some((inner.ticked + MINUTE).max(now / MINUTE * MINUTE))
        })
    }

    fn tick(&self, world: World) -> Boxed<Vec<bool>> {
        let now = world.line().now();
        let minute = now / MINUTE * MINUTE;
        world.with(|inner| inner.ticked = minute);
        let deadline = Until { line: world.line().clone(), end: now + LIFE };
        let process = self.processes.first().cloned();
        // Who asks for the sweep has a clock of his own.
        let asked = Timestamp(world.clock() / MINUTE * MINUTE);
        Box::pin(async move {
            let Some(process) = process else { return vec![] };
            let swept = sweep((&process.store, &world), WORKFLOW, asked, &deadline).await;
            world.note(|| format!("swept {swept:?}"));
            vec![]
        })
    }
}

fn received(message: Delivered) -> Received {
    Received {
        id: format!("message-{}", message.id),
        body: message.body,
        sent: Timestamp(message.sent),
        received: Timestamp(message.received),
        attempt: message.attempt,
    }
}
