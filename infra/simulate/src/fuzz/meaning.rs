//! Whether an outcome varies because a condition means it so: which one, and what of it depends on what.

use std::collections::BTreeSet;
use std::sync::Arc;

use fanin_condition::{Condition, Fire, Kind, Window};
use fanin_event::Span;
use fanin_plan::Plan;

use super::outcome::{Changed, How, Thing};
use super::smaller::Cause;
use crate::play::Played;
use crate::script::Happened;

/// The condition that means it so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// Its name; none: it is so of everything that collects.
    pub condition: Option<Arc<str>>,
    /// What depends on what, in a sentence.
    pub says: String,
}

/// What is known of a difference.
pub(super) struct Known<'a> {
    pub(super) plan: &'a Plan,
    pub(super) changed: &'a Changed,
    pub(super) causes: &'a [Cause],
    pub(super) written: &'a Played,
    pub(super) varied: &'a Played,
}

impl Known<'_> {
    /// Why the difference is meant. None: nothing in the workflow says that the outcome should vary. A crash is never meant,
    /// nor is a duplicate within the time for which a condition remembers.
    pub(super) fn meaning(&self) -> Option<Meaning> {
        if self.causes.is_empty() || self.causes.contains(&Cause::Crashes) {
            return None;
        }
        let upstream = self.upstream();
        if self.causes.contains(&Cause::Duplicates) {
            let lag = self.longest_lag();
            let forgetful = upstream.iter().find(|condition| condition.retain < lag)?;
            let says = format!(
                "`{}` is remembered for less time than passed until the event came again (`retain`)",
                forgetful.name
            );
            return Some(Meaning { condition: Some(forgetful.name.clone()), says });
        }
        if self.changed.how == How::ListOrder {
            let says = "lists of what was collected stand in the order of arrival".to_owned();
            return Some(Meaning { condition: None, says });
        }
        upstream.iter().find_map(|condition| {
            let says = self.of(condition)?;
            Some(Meaning { condition: Some(condition.name.clone()), says })
        })
    }

    fn of(&self, condition: &Condition) -> Option<String> {
        let name = &condition.name;
        let content = self.changed.how == How::Content;
        match &condition.kind {
            Kind::Absent { .. } => {
                return Some(format!("`{name}` (absent) is about whether an event came in time"));
            }
            Kind::Count { window: Some(window), .. } => {
                let kind = if matches!(window, Window::Sliding(_)) { "sliding" } else { "tumbling" };
                return Some(format!(
                    "`{name}` counts in a {kind} window: which events fall together depends on when they arrive"
                ));
            }
            Kind::Any if content => {
                return Some(format!("`{name}` (any) fires with the event that comes first"));
            }
            Kind::AtLeast { .. } if content => {
                return Some(format!("`{name}` (at_least) fires with the events that come first"));
            }
            Kind::Sequence if content || condition.fire == Fire::Every => {
                return Some(format!(
                    "`{name}` (sequence) looks at the events' own time, but fires with what has arrived until then"
                ));
            }
            _ => {}
        }
        if condition.fire == Fire::Every {
            return Some(format!(
                "`{name}` goes round after round: which events share a round depends on their order"
            ));
        }
        if condition.within.is_some_and(|within| within <= self.longest_stretch()) {
            return Some(format!("`{name}` has a deadline (`within`): what comes later does not count"));
        }
        match &condition.kind {
            Kind::Count { .. } if content => {
                Some(format!("`{name}` (count) takes the events that come first"))
            }
            Kind::All | Kind::AtLeast { .. } if content => {
                Some(format!("`{name}` takes for each name the event that comes first"))
            }
            _ => None,
        }
    }

    /// From the first arrival to the last, as written or in the variation. Within a shorter time no deadline is missed.
    fn longest_stretch(&self) -> Span {
        let stretch = |played: &Played| match played.timeline.as_slice() {
            [(first, _), .., (last, _)] => last.since(*first),
            _ => Span(0),
        };
        stretch(self.written).max(stretch(self.varied))
    }

    /// From the first arrival of an event to its last.
    fn longest_lag(&self) -> Span {
        let mut first = std::collections::BTreeMap::new();
        let mut longest = Span(0);
        for (at, happened) in &self.varied.timeline {
            if let Happened::Arrived(arrival) = happened {
                let began = *first.entry(arrival.given).or_insert(*at);
                longest = longest.max(at.since(began));
            }
        }
        longest
    }

    /// The conditions that what differs hangs on, the nearest first.
    fn upstream(&self) -> Vec<&Condition> {
        let mut names: Vec<String> = match &self.changed.thing {
            Thing::Firing(name) | Thing::Completion(name) => vec![name.clone()],
            Thing::Call(rule) => self.when(rule),
            Thing::Dead(_) => Vec::new(),
        };
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            if !seen.insert(name.clone()) {
                continue;
            }
            let stem = name.strip_suffix(".timeout").unwrap_or(&name);
            if let Some(condition) = self.plan.conditions.iter().find(|c| *c.name == *stem) {
                if !found.iter().any(|known: &&Condition| known.name == condition.name) {
                    found.push(condition);
                }
                names.extend(condition.members.iter().map(|member| member.name.to_string()));
                continue;
            }
            let emits = |rule: &&fanin_rule::Rule| {
                name.strip_suffix(".done").or(name.strip_suffix(".failed")) == Some(&*rule.name)
                    || rule.catch.iter().any(|catcher| *catcher.emit == *name)
            };
            let rules: Vec<String> =
                self.plan.rules.iter().filter(emits).map(|rule| rule.name.to_string()).collect();
            rules.iter().for_each(|rule| names.extend(self.when(rule)));
        }
        found
    }

    fn when(&self, rule: &str) -> Vec<String> {
        let rule = self.plan.rules.iter().find(|known| *known.name == *rule);
        rule.map_or_else(Vec::new, |rule| rule.when.iter().map(ToString::to_string).collect())
    }
}
