//! Links a plan: every name an event can have, its captures, and who listens to it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::plan::Plan;

/// Index of a name in [`Names::entries`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NameId(pub u32);

/// What brings an event of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameSource {
    /// Recognized from outside: index into [`Plan::events`].
    Event(usize),
    /// A firing of a condition: index into [`Plan::conditions`].
    Fired(usize),
    /// A timeout of a condition.
    Timeout(usize),
    /// Success of a rule: index into [`Plan::rules`].
    Done(usize),
    /// Failure of a rule.
    Failed(usize),
    /// Emitted by a `catch`.
    Emitted,
}

/// One name and its listeners.
#[derive(Clone, Debug)]
pub struct NameEntry {
    /// The name as the workflow writes it.
    pub name: Arc<str>,
    /// What brings it.
    pub source: NameSource,
    /// Conditions that have it as a member: (index of the condition, index of the member).
    pub members: Vec<(usize, u16)>,
    /// Rules it triggers.
    pub rules: Vec<usize>,
}

/// Every name of a plan. The first entries are the plan's events, in its order: `NameId(i)` is `plan.events[i]`.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// All of them.
    pub entries: Vec<NameEntry>,
    by_name: HashMap<Arc<str>, NameId>,
}

impl Names {
    /// Links `plan`.
    #[must_use]
    pub fn link(plan: &Plan) -> Names {
        let mut names = Names::default();
        for (i, event) in plan.events.iter().enumerate() {
            names.add(event.name.clone(), NameSource::Event(i));
        }
        for (i, condition) in plan.conditions.iter().enumerate() {
            names.add(condition.name.clone(), NameSource::Fired(i));
            names.add(format!("{}.timeout", condition.name).into(), NameSource::Timeout(i));
        }
        for (i, rule) in plan.rules.iter().enumerate() {
            names.add(format!("{}.done", rule.name).into(), NameSource::Done(i));
            names.add(format!("{}.failed", rule.name).into(), NameSource::Failed(i));
            for catcher in &rule.catch {
                names.add(catcher.emit.clone(), NameSource::Emitted);
            }
        }
        for (i, condition) in plan.conditions.iter().enumerate() {
            for (m, member) in condition.members.iter().enumerate() {
                let place = u16::try_from(m).unwrap_or(u16::MAX);
                if let Some(entry) = names.entry_mut(&member.name) {
                    entry.members.push((i, place));
                }
            }
        }
        for (i, rule) in plan.rules.iter().enumerate() {
            for when in &rule.when {
                if let Some(entry) = names.entry_mut(when) {
                    entry.rules.push(i);
                }
            }
        }
        names
    }

    fn add(&mut self, name: Arc<str>, source: NameSource) {
        if self.by_name.contains_key(&name) {
            return;
        }
        let id = NameId(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        self.by_name.insert(name.clone(), id);
        self.entries.push(NameEntry { name, source, members: Vec::new(), rules: Vec::new() });
    }

    fn entry_mut(&mut self, name: &str) -> Option<&mut NameEntry> {
        let id = self.find(name)?;
        self.entries.get_mut(id.0 as usize)
    }

    /// The id of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<NameId> {
        self.by_name.get(name).copied()
    }

    /// The entry of an id.
    #[must_use]
    pub fn get(&self, id: NameId) -> Option<&NameEntry> {
        self.entries.get(id.0 as usize)
    }
}
