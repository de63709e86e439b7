//! How often each named event came: for whoever watches. In memory only, so it begins with the process.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::engine::Engine;
use crate::plans::LoadedPlan;

/// The counters: by place in the newest plan, which costs an event nothing; by name for those of plans before it.
#[derive(Debug, Default)]
pub(crate) struct Named {
    now: Vec<u64>,
    before: BTreeMap<Arc<str>, u64>,
}

impl Named {
    /// An event was the definition of this number.
    pub(crate) fn count(&mut self, definition: usize) {
        match self.now.get_mut(definition) {
            Some(count) => *count += 1,
            None => {
                self.now.resize(definition.saturating_add(1), 0);
                self.now.last_mut().into_iter().for_each(|count| *count += 1);
            }
        }
    }

    /// Another plan numbers its events from now on.
    pub(crate) fn next_plan(&mut self, before: &LoadedPlan) {
        for (event, count) in before.plan.events.iter().zip(std::mem::take(&mut self.now)) {
            *self.before.entry(event.name.clone()).or_default() += count;
        }
    }
}

impl Engine {
    /// The named events of the newest plan, in its order, with how many events were each since the process began. Those that
    /// recovery read from the log count too.
    pub fn named_events(&self) -> impl Iterator<Item = (&Arc<str>, u64)> {
        let events = self.newest.iter().flat_map(|newest| newest.plan.events.iter());
        events.enumerate().map(|(place, event)| {
            let before = self.named.before.get(&event.name).copied().unwrap_or(0);
            (&event.name, before + self.named.now.get(place).copied().unwrap_or(0))
        })
    }

    /// The conditions with how many of their instances have a round under way, over all versions.
    #[must_use]
    pub fn open_by_condition(&self) -> Vec<(Arc<str>, usize)> {
        let mut open: Vec<(Arc<str>, usize)> = self.families.iter().map(|name| (name.clone(), 0)).collect();
        for known in &self.conditions {
            if let Some((_, count)) = open.get_mut(known.family as usize) {
                *count += known.open;
            }
        }
        open
    }
}
