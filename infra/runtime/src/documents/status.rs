//! The state as a whole, in numbers.

use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::stats::Stats;

/// The state in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateTold {
    /// Name of the workflow.
    pub workflow: String,
    /// Content hash of its current version.
    pub version: String,
    /// Versions that only finish what they opened.
    pub draining: Vec<String>,
    /// Counters of the whole history.
    pub stats: Stats,
    /// Instances held: open, and closed but remembered.
    pub instances: usize,
    /// Of these, open.
    pub open_instances: usize,
    /// Runs of rules in progress.
    pub runs: usize,
    /// Dead letters held.
    pub dead_letters: usize,
    /// The moment up to which everything is decided.
    pub now: String,
}

/// The state in numbers.
#[must_use]
pub fn state_told(engine: &Engine) -> StateTold {
    let plan = engine.plan();
    StateTold {
        workflow: plan.map(|p| p.workflow.to_string()).unwrap_or_default(),
        version: plan.map(|p| p.version.clone()).unwrap_or_default(),
        draining: engine.draining().iter().map(ToString::to_string).collect(),
        stats: engine.stats(),
        instances: engine.instance_count(),
        open_instances: engine.open_instances(),
        runs: engine.active_runs(),
        dead_letters: engine.dead_letters().len(),
        now: engine.now().to_string(),
    }
}
