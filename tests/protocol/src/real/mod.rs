//! The real turns of the state-first host, in the same world: random workflows, and a model of what must come out.

mod host;
mod leaks;
mod model;
mod ports;
mod runs;
mod workflow;

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_state_first::publish_plan;
use fanin_store::state::CellKind;

use crate::drive::{End, calmly, drive};
use crate::settings::{Faults, Settings};
use crate::verdict::Verdict;
use crate::world::World;

use host::RealHost;
use model::History;
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

fn of_shape(shape: Shape, settings: &Settings, traced: bool) -> Verdict {
    let mut work = match Work::of(shape, settings) {
        Ok(work) => work,
        Err(problem) => return Verdict { problems: vec![problem], trace: vec![] },
    };
    let world = World::new(settings, START, std::mem::take(&mut work.arrivals), traced);
    world.note(|| work.text.clone());
    let published = calmly(&world, async |world| {
        publish_plan(&world, &world, &work.plan, Timestamp(START)).await.map_err(|error| error.to_string())
    });
    if let Err(error) = published {
        return Verdict { problems: vec![error], trace: world.trace() };
    }
    let host = RealHost::new(&world, settings.workload, u64::from(settings.workers.min(MAX_PROCESSES)));
    let mut problems = Vec::new();
    if drive(&host, settings, &world) == End::Endless {
        problems.push("it does not come to rest".to_owned());
    }
    let calls = world.with(|inner| inner.calls.clone());
    world.note(|| {
        let of = |kind| world.with(|inner| inner.db.living().filter(|(key, _)| key.kind == kind).count());
        let [instances, pages, runs] = [CellKind::Instance, CellKind::Page, CellKind::Run].map(of);
        format!("ends with {instances} instances, {pages} pages, {runs} runs")
    });
    let judged = work.history.judge(&work.shape, &calls, settings);
    problems.extend(judged.problems);
    problems.extend(leaks::check(&work, &world, &judged.letters));
    Verdict { problems, trace: world.trace() }
}
