//! Which events are another named event in the new version than in the old one, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fanin_event::{DefinitionError, Recognizer, Scratch, Timestamp};
use fanin_plan::Plan;

use super::BacktestError;
use super::names::Renames;
use super::report::{NamedExample, NamedRow};

/// Examples kept of each name.
const EXAMPLES: usize = 5;

/// Recognizes with both versions, where they differ.
pub(super) struct Named {
    old: Recognizer,
    new: Recognizer,
    /// Old names of the definitions of `new`, by their place.
    new_as_old: Vec<Arc<str>>,
    /// Names whose definitions differ; none: there is nothing to do.
    differing: BTreeSet<Arc<str>>,
    rows: BTreeMap<Arc<str>, NamedRow>,
    scratch: (Scratch, Scratch),
}

impl Named {
    /// For these versions.
    pub(super) fn new(old: &Plan, new: &Plan, renames: &Renames) -> Result<Named, BacktestError> {
        let load = |plan: &Plan| Recognizer::new(&plan.events).map_err(broken);
        let new_as_old: Vec<Arc<str>> = new.events.iter().map(|d| renames.event(&d.name)).collect();
        let mut named = Named {
            old: load(old)?,
            new: load(new)?,
            new_as_old,
            differing: BTreeSet::new(),
            rows: BTreeMap::new(),
            scratch: (Scratch::default(), Scratch::default()),
        };
        named.differing = named.compare(old, new);
        Ok(named)
    }

    /// Another old version is in force from now on.
    pub(super) fn old_is(&mut self, old: &Plan, new: &Plan) -> Result<(), BacktestError> {
        self.old = Recognizer::new(&old.events).map_err(broken)?;
        let differing = self.compare(old, new);
        self.differing = differing;
        Ok(())
    }

    fn compare(&mut self, old: &Plan, new: &Plan) -> BTreeSet<Arc<str>> {
        let definition = |plan: &Plan, name: &str| {
            plan.events.iter().find(|d| *d.name == *name).map(|d| (d.pattern.clone(), d.captures.clone()))
        };
        let mut differing = BTreeSet::new();
        for (event, as_old) in new.events.iter().zip(&self.new_as_old.clone()) {
            if definition(old, as_old) != definition(new, &event.name) {
                differing.insert(as_old.clone());
            }
            if event.name != *as_old {
                self.row(as_old).renamed_to = Some(event.name.to_string());
            }
        }
        let gone = old.events.iter().filter(|d| !self.new_as_old.contains(&d.name));
        differing.extend(gone.map(|d| d.name.clone()));
        differing
    }

    fn row(&mut self, name: &Arc<str>) -> &mut NamedRow {
        let fresh = || NamedRow { name: name.to_string(), ..NamedRow::default() };
        self.rows.entry(name.clone()).or_insert_with(fresh)
    }

    /// Looks at an event.
    pub(super) fn see(&mut self, at: Timestamp, text: &str) {
        if self.differing.is_empty() {
            return;
        }
        let Named { old, new, scratch, new_as_old, .. } = self;
        let Ok(found) = old.recognize(text, &mut scratch.0) else { return };
        let id = found.header().id.unwrap_or_default().to_owned();
        let was: BTreeSet<Arc<str>> =
            found.hits().filter_map(|hit| old.name(hit.definition).cloned()).collect();
        let Ok(found) = new.recognize(text, &mut scratch.1) else { return };
        let is: BTreeSet<Arc<str>> =
            found.hits().filter_map(|hit| new_as_old.get(hit.definition).cloned()).collect();
        for name in was.union(&is).filter(|name| self.differing.contains(*name)).cloned().collect::<Vec<_>>()
        {
            let (before, after) = (was.contains(&name), is.contains(&name));
            let row = self.row(&name);
            row.old += u64::from(before);
            row.new += u64::from(after);
            row.lost += u64::from(before && !after);
            row.gained += u64::from(after && !before);
            let wanted = match (before, after) {
                (true, false) => row.lost_examples.len() < EXAMPLES,
                (false, true) => row.gained_examples.len() < EXAMPLES,
                _ => false,
            };
            if wanted {
                let unmatched = if after { was.is_empty() } else { is.is_empty() };
                let (field, reason) = self.why(&name, after, text);
                let example = NamedExample { id: id.clone(), at: at.to_string(), field, reason, unmatched };
                let row = self.row(&name);
                if after { &mut row.gained_examples } else { &mut row.lost_examples }.push(example);
            }
        }
    }

    /// Why the event is not `name` in the version that does not take it.
    fn why(&self, name: &Arc<str>, in_new: bool, text: &str) -> (String, String) {
        let misses = if in_new { self.old.explain(text) } else { self.new.explain(text) };
        let same = |miss: &&fanin_event::NearMiss| {
            let known = if in_new { Some(&miss.name) } else { self.new_as_old.get(miss.definition) };
            known == Some(name)
        };
        match misses.iter().find(same) {
            Some(miss) => (miss.field.clone(), miss.reason.clone()),
            None => (String::new(), format!("there is no event `{name}` in that version")),
        }
    }

    /// What was found, without the names that nothing happened to.
    pub(super) fn rows(self) -> Vec<NamedRow> {
        self.rows.into_values().filter(|row| row.old + row.new > 0).collect()
    }
}

fn broken(error: DefinitionError) -> BacktestError {
    fanin_runtime::ActivateError::from(error).into()
}

/// The events of both versions by the names of the old one: those that come from outside.
pub(super) fn raw_names(old: &Plan, new: &Plan, renames: &Renames) -> BTreeSet<String> {
    let new = new.events.iter().flat_map(|d| [renames.event(&d.name), d.name.clone()]);
    old.events.iter().map(|d| d.name.clone()).chain(new).map(|name| name.to_string()).collect()
}
