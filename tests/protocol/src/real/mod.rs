//! The real turns of the state-first host, in the same world: random workflows, and a model of what must come out.

mod host;
mod model;
mod ports;
mod workflow;

use fanin_event::Timestamp;
use fanin_state_first::publish_plan;

use crate::drive::{End, calmly, drive};
use crate::settings::Settings;
use crate::verdict::Verdict;
use crate::world::World;

use host::RealHost;
use model::History;
use workflow::Shape;

pub(crate) use ports::Seen;

/// Processes that share the work: each keeps the plans it has read.
const MAX_PROCESSES: u32 = 2;

/// When every run begins: a whole minute.
const START: i64 = 1_780_000_020_000;

/// One run of the real host.
#[must_use]
pub fn run(settings: &Settings, traced: bool) -> Verdict {
    let shape = Shape::of(settings.workload);
    let text = shape.text();
    let compiled = fanin_workflow::compile("sim.yaml", &text);
    let Some(plan) = compiled.plan else {
        return Verdict {
            problems: vec![format!("no workflow: {:?}\n{text}", compiled.diagnostics)],
            trace: vec![],
        };
    };
    let (history, arrivals) = History::of(&shape, settings, START);
    let world = World::new(settings, START, arrivals, traced);
    world.note(|| text);
    let published = calmly(&world, async |world| {
        publish_plan(&world, &world, &plan, Timestamp(START)).await.map_err(|error| error.to_string())
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
    problems.extend(history.problems(&shape, &calls, settings));
    Verdict { problems, trace: world.trace() }
}
