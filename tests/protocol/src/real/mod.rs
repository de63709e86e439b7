//! The real turns of the state-first host, in the same world: random workflows, and a model of what must come out.

mod host;
mod leaks;
mod model;
mod played;
mod ports;
mod runs;
#[cfg(test)]
mod tampered;
mod workflow;

use fanin_plan::Plan;

use crate::settings::{Faults, Settings};
use crate::verdict::Verdict;

use model::History;
use played::{Ground, Kept, PORT, Played, TABLE};
pub(crate) use ports::{Seen, answer_of};
pub(crate) use workflow::Shape;

/// Processes that share the work: each keeps the plans it has read.
const MAX_PROCESSES: u32 = 2;

/// When the leases of calls are over, whatever was delivered how often, in milliseconds.
const LEASES_OVER: i64 = 3 * 3_600_000;

/// When every run begins: a whole minute.
const START: i64 = 1_780_000_020_000;

/// One run of the host. What was set aside is sent again after the leases of calls are over: a start that comes back
/// earlier finds its calls leased to a message that is gone ([`run_rushed`]).
#[must_use]
pub fn run(settings: &Settings, traced: bool) -> Verdict {
    let settings = Settings { redrive_after: LEASES_OVER, queue_ahead: settings.skew, ..*settings };
    run_rushed(&settings, traced)
}

/// One run of the host in which somebody may be in a hurry with what was set aside.
#[must_use]
pub fn run_rushed(settings: &Settings, traced: bool) -> Verdict {
    of_shape(Shape::of(settings.workload), settings, traced)
}

/// One run of the host with a key that has more events than one cell can hold.
#[must_use]
pub fn run_hot(settings: &Settings, traced: bool) -> Verdict {
    let faults = Faults { budget: settings.faults.budget * 10, ..settings.faults };
    let settings = Settings { batch: 50, faults, redrive_after: LEASES_OVER, ..*settings };
    of_shape(Shape::hot(settings.workload), &settings, traced)
}

/// What a seed gives a host to do.
pub(crate) struct Work {
    pub(crate) shape: Shape,
    /// The workflow as its author would write it.
    pub(crate) text: String,
    pub(crate) plan: Plan,
    pub(crate) history: History,
    /// When what comes to which queue.
    pub(crate) arrivals: Vec<(i64, usize, String)>,
    /// When it begins.
    pub(crate) start: i64,
}

impl Work {
    /// What the seed decides.
    ///
    /// # Errors
    /// The workflow is none: a fault of the simulation.
    pub(crate) fn of(shape: Shape, settings: &Settings) -> Result<Work, String> {
        let text = shape.text();
        let compiled = fanin_workflow::compile("sim.yaml", &text);
        let plan = compiled.plan.ok_or_else(|| format!("no workflow: {:?}\n{text}", compiled.diagnostics))?;
        let (history, arrivals) = History::of(&shape, settings, START);
        Ok(Work { shape, text, plan, history, arrivals, start: START })
    }
}

/// A host whose store is the model behind the port.
fn of_shape(shape: Shape, settings: &Settings, traced: bool) -> Verdict {
    on(shape, settings, traced, PORT)
}

/// One run of the host on its real store, whose every request the model of the service answers. The store makes its repetitions
/// itself and has switched those of its client off.
#[must_use]
pub fn run_on_table(settings: &Settings, traced: bool) -> Verdict {
    let settings = Settings { redrive_after: LEASES_OVER, queue_ahead: settings.skew, ..*settings };
    of_table(Shape::of(settings.workload), &settings, traced)
}

/// As [`run_hot`], on the real store.
#[must_use]
pub fn run_hot_on_table(settings: &Settings, traced: bool) -> Verdict {
    let faults = Faults { budget: settings.faults.budget * 10, ..settings.faults };
    let settings = Settings { batch: 50, faults, redrive_after: LEASES_OVER, ..*settings };
    of_table(Shape::hot(settings.workload), &settings, traced)
}

fn of_table(shape: Shape, settings: &Settings, traced: bool) -> Verdict {
    let faults = Faults { retried: 0, ..settings.faults };
    on(shape, &Settings { faults, ..*settings }, traced, TABLE)
}

fn on<S: Kept>(shape: Shape, settings: &Settings, traced: bool, ground: Ground<S>) -> Verdict {
    match Played::of((shape, settings), traced, ground, |host| host) {
        Ok(played) => played.verdict(),
        Err(verdict) => verdict,
    }
}
