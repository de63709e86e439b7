//! Pages of instances: found by condition and by parts of the key, a bounded stretch of the table at a time.

use std::collections::BTreeMap;

use fanin_condition::Key;
use fanin_event::Timestamp;

use crate::engine::Engine;
use crate::instances::Entry;
use crate::limits::{MAX_KEYS_COMPARED, MAX_PLACES_A_LOOK};
use crate::view::InstanceView;

/// Which instances.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstanceFilter {
    /// Of this condition; none: of all.
    pub condition: Option<String>,
    /// With these parts of the key.
    pub key: BTreeMap<String, String>,
    /// Only open ones, or only those that are not.
    pub open: Option<bool>,
    /// Only what wants to be woken at or before this moment.
    pub due_by: Option<Timestamp>,
    /// With this text, in lower case, somewhere in the key or the condition's name, whatever the case there.
    pub text: Option<String>,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct ListedInstances<'a> {
    /// In order of their places, which do not change while an instance lives.
    pub instances: Vec<InstanceView<'a>>,
    /// Where the next page begins; none: this was the last. A page may be short, or empty, and still have one after it.
    pub next: Option<u32>,
}

impl Engine {
    /// Up to `limit` instances from place `from` on. Looks at no more than [`MAX_PLACES_A_LOOK`] places.
    #[must_use]
    pub fn list_instances(&self, filter: &InstanceFilter, from: u32, limit: usize) -> ListedInstances<'_> {
        if let Some(found) = self.the_one(filter) {
            let fits = |view: &InstanceView<'_>| filter.fits(view);
            return ListedInstances { instances: found.into_iter().filter(fits).collect(), next: None };
        }
        let end = self.instances.end();
        let until = from.saturating_add(u32::try_from(MAX_PLACES_A_LOOK).unwrap_or(u32::MAX)).min(end);
        let mut instances = Vec::new();
        for place in from..until {
            let Some(view) = self.instances.get(place).and_then(|entry| self.wanted(filter, entry)) else {
                continue;
            };
            if instances.len() >= limit {
                return ListedInstances { instances, next: Some(place) };
            }
            instances.push(view);
        }
        ListedInstances { instances, next: (until < end).then_some(until) }
    }

    /// A whole key of one condition names one instance: found without a search. None: it is no such question.
    fn the_one(&self, filter: &InstanceFilter) -> Option<Option<InstanceView<'_>>> {
        let name = filter.condition.as_deref()?;
        let by = self.key_names(name)?;
        let values: Option<Vec<&str>> = by.iter().map(|n| filter.key.get(n).map(String::as_str)).collect();
        let values = values.filter(|values| values.len() == filter.key.len() && !values.is_empty())?;
        Some(self.instance(name, &Key::of(&values)))
    }

    fn wanted<'a>(&'a self, filter: &InstanceFilter, entry: &'a Entry) -> Option<InstanceView<'a>> {
        let view = self.view(entry)?;
        filter.fits(&view).then_some(view)
    }

    /// The names of a condition's key, in order: as the newest version has it, else as the last one that is known.
    #[must_use]
    pub fn key_names(&self, condition: &str) -> Option<Vec<String>> {
        let newest =
            self.newest.as_ref().and_then(|n| n.plan.conditions.iter().find(|c| *c.name == *condition));
        let by = match newest {
            Some(found) => &found.by,
            None => &self.conditions.iter().rev().find(|k| *k.condition.name == *condition)?.condition.by,
        };
        Some(by.iter().map(ToString::to_string).collect())
    }

    /// The names of all conditions that can have instances.
    #[must_use]
    pub fn condition_names(&self) -> Vec<String> {
        let newest = self.newest.iter().flat_map(|n| n.plan.conditions.iter().map(|c| c.name.to_string()));
        let mut names: Vec<String> = newest.collect();
        for known in self.conditions.iter().filter(|known| known.live > 0) {
            if !names.iter().any(|name| **name == *known.condition.name) {
                names.push(known.condition.name.to_string());
            }
        }
        names
    }

    /// Whether the newest version has a condition as this instance has it; if not, it only runs out.
    #[must_use]
    pub fn is_current(&self, view: &InstanceView<'_>) -> bool {
        let conditions = self.newest.iter().flat_map(|newest| &newest.plan.conditions);
        conditions.into_iter().any(|c| c.version == view.condition.version && c.name == view.condition.name)
    }

    /// Keys of a condition that look like one that is not there, the most alike first. Compares a bounded number.
    #[must_use]
    pub fn nearest_keys(&self, condition: &str, key: &str, limit: usize) -> Vec<InstanceView<'_>> {
        let far = |candidate: &str| strsim::levenshtein(candidate, key);
        let most = key.chars().count().div_ceil(3).max(1);
        let mut near: Vec<(usize, InstanceView<'_>)> = self
            .instances()
            .filter(|view| *view.condition.name == *condition)
            .take(MAX_KEYS_COMPARED)
            .filter(|view| view.key.len().abs_diff(key.len()) <= most)
            .map(|view| (far(view.key), view))
            .filter(|(distance, _)| *distance <= most)
            .collect();
        near.sort_by(|(a, x), (b, y)| (a, x.key).cmp(&(b, y.key)));
        near.into_iter().take(limit).map(|(_, view)| view).collect()
    }
}

impl InstanceFilter {
    fn fits(&self, view: &InstanceView<'_>) -> bool {
        let named = self.condition.as_deref().is_none_or(|name| *view.condition.name == *name);
        let open = self.open.is_none_or(|open| view.instance.is_open() == open);
        let due = self.due_by.is_none_or(|by| view.instance.next_due() <= by);
        named && open && due && self.has_key(view) && self.has_text(view)
    }

    fn has_text(&self, view: &InstanceView<'_>) -> bool {
        let has = |hay: &str, text: &str| hay.to_lowercase().contains(text);
        self.text.as_deref().is_none_or(|text| has(view.key, text) || has(&view.condition.name, text))
    }

    fn has_key(&self, view: &InstanceView<'_>) -> bool {
        if self.key.is_empty() {
            return true;
        }
        let by = &view.condition.by;
        let values = Key::decode(view.key, by.len());
        self.key.iter().all(|(name, value)| {
            let place = by.iter().position(|n| **n == **name);
            place.and_then(|place| values.get(place)).is_some_and(|v| **v == **value)
        })
    }
}
