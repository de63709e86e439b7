//! Looking at the state: for status pages, `explain` and tests. Nothing here changes anything.

use std::sync::Arc;

use fanin_condition::{Condition, Instance};
use fanin_event::{Identity, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{CompiledRule, Run};

use crate::dead::DeadLetters;
use crate::engine::Engine;
use crate::instances::Entry;
use crate::runs::RunEntry;
use crate::stats::Stats;

/// An instance with its condition.
#[derive(Clone, Copy, Debug)]
pub struct InstanceView<'a> {
    /// The condition in the version the instance is pinned to.
    pub condition: &'a Condition,
    /// The correlation key, canonical text.
    pub key: &'a str,
    /// The instance.
    pub instance: &'a Instance,
}

/// A run in progress with its rule.
#[derive(Clone, Copy, Debug)]
pub struct RunView<'a> {
    /// The rule in the version it began with.
    pub rule: &'a CompiledRule,
    /// The run.
    pub run: &'a Run,
}

impl Engine {
    /// Everything up to here has been decided.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// The current plan.
    #[must_use]
    pub fn plan(&self) -> Option<&Plan> {
        self.newest.as_ref().map(|newest| &newest.plan)
    }

    /// Versions of the workflow that only finish what they opened.
    #[must_use]
    pub fn draining(&self) -> Vec<Arc<str>> {
        self.draining.iter().map(|p| Arc::from(p.plan.version.as_str())).collect()
    }

    /// The dead letters.
    #[must_use]
    pub fn dead_letters(&self) -> &DeadLetters {
        &self.dead
    }

    /// How many instances there are, open and remembered.
    #[must_use]
    pub fn instance_count(&self) -> usize {
        self.instances.len()
    }

    /// How many instances have a round under way.
    #[must_use]
    pub fn open_instances(&self) -> usize {
        self.open
    }

    /// How many runs are in progress.
    #[must_use]
    pub fn active_runs(&self) -> usize {
        self.runs.active()
    }

    /// Runs in progress, in no meaningful order.
    pub fn runs(&self) -> impl Iterator<Item = RunView<'_>> {
        self.runs.all_active().map(|(rule, run)| RunView { rule, run })
    }

    /// The run of this identity, if it is in progress.
    #[must_use]
    pub fn run(&self, run: Identity) -> Option<RunView<'_>> {
        match self.runs.get(self.runs.find(run)?)? {
            RunEntry::Active { rule, run, .. } => Some(RunView { rule, run }),
            RunEntry::Over { .. } => None,
        }
    }

    /// All instances, in no meaningful order.
    pub fn instances(&self) -> impl Iterator<Item = InstanceView<'_>> {
        self.instances.iter().filter_map(|entry| self.view(entry))
    }

    /// The instance of a condition for a key in its canonical text.
    #[must_use]
    pub fn instance(&self, condition: &str, key: &str) -> Option<InstanceView<'_>> {
        let family = self.families.iter().position(|name| &**name == condition)?;
        let place = self.instances.find(u32::try_from(family).ok()?, key)?;
        self.view(self.instances.get(place)?)
    }

    pub(crate) fn view<'a>(&'a self, entry: &'a Entry) -> Option<InstanceView<'a>> {
        let known = self.conditions.get(entry.condition as usize)?;
        Some(InstanceView { condition: &known.condition, key: &entry.key, instance: &entry.instance })
    }
}
