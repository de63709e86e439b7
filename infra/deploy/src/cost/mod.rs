//! What a workload would cost: requests, capacity units and dollars, before anything is deployed.
//!
//! The model plays the commits of one life of each condition with the sizes of the store's layout; its constants stand in
//! one file. Not in it: logs, free quotas, empty receives of an idle queue, the user's own functions.

pub mod constants;
mod model;
mod pages;

use std::collections::BTreeSet;

use fanin_plan::{NameSource, Names, Plan};
use serde::Serialize;

pub use model::Protocol;

/// What is expected.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// Events altogether, shared evenly by the workflow's named events.
    pub events: u64,
    /// Events of one key in one life of a condition; none: what the condition says.
    pub members: Option<u64>,
    /// Events of one key that come in one batch.
    pub batch: u64,
    /// Messages of one batch, of all keys.
    pub messages: u64,
    /// Bytes of an event.
    pub event_bytes: usize,
    /// Events of one key that happen in a second, by their own times. Only keys with pages ask.
    pub rate: u64,
    /// Events of one key that come in any order among each other. Only keys with pages ask.
    pub disorder: u64,
}

/// What one condition asks for.
#[derive(Clone, Debug, Serialize)]
pub struct ConditionCost {
    /// Its name.
    pub condition: String,
    /// How its state is kept.
    pub protocol: Protocol,
    /// Events that are its members.
    pub events: f64,
    /// Lives of its instances, each with a firing.
    pub lives: f64,
    /// Conditional writes.
    pub commits: f64,
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
    /// Of the write units, those for deadlines.
    pub deadline_write_units: f64,
}

/// What the rules ask for.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct RunsCost {
    /// Runs that are started.
    pub runs: f64,
    /// Write units.
    pub write_units: f64,
    /// Read units.
    pub read_units: f64,
}

/// Dollars, by what they are for.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Dollars {
    /// The table.
    pub table: f64,
    /// The queues.
    pub queues: f64,
    /// The bus.
    pub bus: f64,
    /// The three functions.
    pub functions: f64,
    /// All of it.
    pub total: f64,
}

/// The prediction.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// Each condition.
    pub conditions: Vec<ConditionCost>,
    /// The runs of the rules.
    pub runs: RunsCost,
    /// Requests of the queues.
    pub queue_requests: f64,
    /// Invocations of the three functions.
    pub invocations: f64,
    /// What it costs.
    pub dollars: Dollars,
}

/// Predicts what a workload costs.
#[must_use]
pub fn predict(plan: &Plan, workload: &Workload) -> Cost {
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let all = workload.events as f64;
    let share = all / (plan.events.len().max(1) as f64);
    let names = Names::link(plan);
    let mut messages = 0.0;
    let mut conditions = Vec::new();
    let mut firings = std::collections::BTreeMap::new();
    for condition in &plan.conditions {
        let mut members: BTreeSet<&str> = BTreeSet::new();
        let mut events = 0.0;
        for member in condition.members.iter().filter(|m| members.insert(&m.name)) {
            events += match names.find(&member.name).and_then(|id| names.get(id)).map(|e| e.source) {
                Some(NameSource::Event(_)) => share,
                // What another condition makes comes as often as that fires: known when it stands before.
                _ => firings.get(&*member.name).copied().unwrap_or(0.0),
            };
        }
        let n = workload.members.unwrap_or_else(|| model::members(condition)).max(1);
        #[expect(clippy::cast_precision_loss, reason = "figures for people")]
        let lives = events / n as f64;
        let asked = model::life(condition, n, workload);
        messages += asked.messages * lives;
        firings.insert(condition.name.to_string(), lives);
        conditions.push(ConditionCost {
            condition: condition.name.to_string(),
            protocol: model::protocol(condition, n),
            events,
            lives,
            commits: asked.commits * lives,
            write_units: asked.writes * lives,
            read_units: asked.halves / 2.0 * lives,
            deadline_write_units: asked.deadline_writes * lives,
        });
    }
    let caused = |name: &str| {
        let event = plan.events.iter().any(|event| &*event.name == name);
        if event { share } else { firings.get(name).copied().unwrap_or(0.0) }
    };
    let runs: f64 = plan.rules.iter().flat_map(|rule| &rule.when).map(|name| caused(name)).sum();
    // A run is put if absent, called and settled by one function: nothing is read. A function that is invoked without
    // waiting answers later, which is a write and a read more; who is invoked so, the deployment says, not the plan.
    let runs = RunsCost { runs, write_units: 2.0 * runs, read_units: 0.0 };
    total(conditions, runs, (all, messages + runs.runs), workload)
}

fn total(
    conditions: Vec<ConditionCost>,
    runs: RunsCost,
    (events, messages): (f64, f64),
    workload: &Workload,
) -> Cost {
    use constants as c;
    let moved = events + messages;
    // Each message is sent, and received and deleted in tens.
    let queue_requests = moved * (1.0 + 2.0 / c::QUEUE_BATCH);
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let invocations = moved / workload.messages.max(1) as f64;
    let seconds = (invocations * c::BATCH_MS + moved * c::EVENT_MS) / 1_000.0;
    let writes: f64 = conditions.iter().map(|c| c.write_units).sum::<f64>() + runs.write_units;
    let reads: f64 = conditions.iter().map(|c| c.read_units).sum::<f64>() + runs.read_units;
    let million = 1e6;
    let mut dollars = Dollars {
        table: (writes * c::WRITE_UNIT + reads * c::READ_UNIT) / million,
        queues: queue_requests * c::QUEUE_REQUEST / million,
        bus: events * c::BUS_EVENT / million,
        functions: (invocations * c::INVOCATION + seconds * c::FUNCTION_GB * c::GB_SECOND) / million,
        total: 0.0,
    };
    dollars.total = dollars.table + dollars.queues + dollars.bus + dollars.functions;
    Cost { conditions, runs, queue_requests, invocations, dollars }
}
