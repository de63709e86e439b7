//! What can happen at all in one test: which names, and how late the clock gets. Too much rather than too little: an
//! event that might come is taken to come.

use std::collections::BTreeSet;

use fanin_condition::{Condition, Kind, Reach};
use fanin_event::Span;
use fanin_plan::Plan;

use super::TestCase;
use crate::analysis::shape::Shape;
use crate::duration::format;
use crate::suggest::list;

/// What can happen in a test.
pub(super) struct Reached<'p> {
    plan: &'p Plan,
    names: BTreeSet<String>,
    functions: BTreeSet<String>,
    /// The clock stops no later than this after the start.
    end: Span,
}

impl<'p> Reached<'p> {
    /// What `case` can set off; `shapes` are those of the plan's events.
    pub(super) fn of(case: &TestCase, plan: &'p Plan, shapes: &[Option<Shape>]) -> Reached<'p> {
        let given: BTreeSet<&str> = case.given.iter().map(|given| given.event.as_str()).collect();
        let own = format!("fanin.{}", plan.workflow);
        let is_given = |name: &str| given.contains(name);
        let given_shapes: Vec<&Option<Shape>> = plan
            .events
            .iter()
            .zip(shapes)
            .filter(|(event, _)| is_given(&event.name))
            .map(|(_, shape)| shape)
            .collect();
        let comes = |name: &str, shape: &Option<Shape>| {
            let Some(shape) = shape else { return true };
            let made_here = shape.sources().is_none_or(|sources| sources.contains(&own));
            let like = |given: &&Option<Shape>| given.as_ref().is_none_or(|given| given.overlaps(shape));
            is_given(name) || made_here || given_shapes.iter().any(like)
        };
        let names = plan
            .events
            .iter()
            .zip(shapes)
            .filter(|(event, shape)| comes(&event.name, shape))
            .map(|(event, _)| event.name.to_string())
            .collect();
        let mut reached = Reached { plan, names, functions: BTreeSet::new(), end: end(case) };
        while reached.grow() {}
        reached
    }

    /// A little more than the rules say does no harm.
    fn latest(&self) -> Span {
        Span(self.end.0.saturating_add(2))
    }

    /// Adds what follows from the names that are there; says whether it was anything.
    fn grow(&mut self) -> bool {
        let before = self.names.len() + self.functions.len();
        for condition in &self.plan.conditions {
            if self.why_not_fired(condition).is_none() {
                self.names.insert(condition.name.to_string());
            }
            if self.why_not_timed_out(condition).is_none() {
                self.names.insert(format!("{}.timeout", condition.name));
            }
        }
        for rule in &self.plan.rules {
            if !rule.when.iter().any(|when| self.names.contains(&**when)) {
                continue;
            }
            self.names.insert(format!("{}.done", rule.name));
            self.names.insert(format!("{}.failed", rule.name));
            self.names.extend(rule.catch.iter().map(|catch| catch.emit.to_string()));
            if let fanin_rule::Target::Invoke { function } = &rule.target {
                self.functions.insert(function.to_string());
            }
        }
        before != self.names.len() + self.functions.len()
    }

    /// Why an event cannot come, and what to write. Nothing: it may.
    pub(super) fn why_not(&self, name: &str) -> Option<(String, String)> {
        if self.names.contains(name) || self.plan.events.iter().any(|event| *event.name == *name) {
            return None;
        }
        let conditions = &self.plan.conditions;
        if let Some(condition) = conditions.iter().find(|c| *c.name == *name) {
            return self.why_not_fired(condition);
        }
        if let Some(base) = name.strip_suffix(".timeout")
            && let Some(condition) = conditions.iter().find(|c| *c.name == *base)
        {
            return self.why_not_timed_out(condition);
        }
        let makes = |rule: &&fanin_rule::Rule| {
            rule.catch.iter().any(|catch| *catch.emit == *name)
                || name.strip_suffix(".done").or_else(|| name.strip_suffix(".failed")) == Some(&*rule.name)
        };
        let rules: Vec<&fanin_rule::Rule> = self.plan.rules.iter().filter(makes).collect();
        self.untriggered(&rules)
    }

    /// Why a function cannot be called, and what to write. Nothing: it may.
    pub(super) fn why_not_called(&self, function: &str) -> Option<(String, String)> {
        if self.functions.contains(function) {
            return None;
        }
        let calls = |rule: &&fanin_rule::Rule| matches!(&rule.target, fanin_rule::Target::Invoke { function: called } if **called == *function);
        let rules: Vec<&fanin_rule::Rule> = self.plan.rules.iter().filter(calls).collect();
        if rules.is_empty() {
            return Some((
                "no rule calls it".to_owned(),
                "take it out, or call it with `invoke` in a rule".to_owned(),
            ));
        }
        self.untriggered(&rules)
    }

    fn untriggered(&self, rules: &[&fanin_rule::Rule]) -> Option<(String, String)> {
        let causes: Vec<&str> = rules.iter().flat_map(|rule| rule.when.iter().map(|when| &**when)).collect();
        let first = rules.first()?;
        // What keeps the only cause from coming says more than that it does not come.
        let made = |name: &str| {
            let base = name.strip_suffix(".timeout").unwrap_or(name);
            self.plan.conditions.iter().any(|c| *c.name == *base)
        };
        if let [only] = causes.as_slice()
            && made(only)
            && let Some((why, help)) = self.why_not(only)
        {
            return Some((format!("it takes `{only}`; {why}"), help));
        }
        let why = format!("nothing in this test triggers the rule `{}`", first.name);
        Some((why, format!("give what leads to {}", list(causes))))
    }

    fn why_not_fired(&self, condition: &Condition) -> Option<(String, String)> {
        let has = |place: usize| condition.members.get(place).is_some_and(|m| self.names.contains(&*m.name));
        let missing: Vec<&str> =
            condition.members.iter().map(|m| &*m.name).filter(|name| !self.names.contains(*name)).collect();
        let there = condition.members.len() - missing.len();
        let possible = match &condition.kind {
            Kind::All | Kind::Sequence => missing.is_empty(),
            Kind::Any => there > 0,
            Kind::AtLeast { n } => there as u64 >= u64::from(*n),
            Kind::Count { reach: Reach::Captured, .. } => missing.is_empty(),
            Kind::Count { .. } => has(0),
            Kind::Absent { hold } => {
                let begins = has(condition.members.len() - 1);
                if begins && *hold > self.latest() {
                    return Some(self.too_early(&condition.name, *hold));
                }
                begins
            }
        };
        if possible {
            return None;
        }
        let why =
            format!("nothing in this test brings {} to `{}`", list(missing.iter().copied()), condition.name);
        Some((why, format!("add {} to `given`, or expect something else", list(missing))))
    }

    fn why_not_timed_out(&self, condition: &Condition) -> Option<(String, String)> {
        let name = format!("{}.timeout", condition.name);
        let Some(within) = condition.within else {
            let why = format!("the condition `{}` has no `within`", condition.name);
            return Some((why, format!("give `{}` a deadline, or expect something else", condition.name)));
        };
        if !condition.members.iter().any(|m| self.names.contains(&*m.name)) {
            let names = list(condition.members.iter().map(|m| &*m.name));
            let why = format!("nothing in this test opens `{}`, so it cannot time out", condition.name);
            return Some((why, format!("give one of {names}")));
        }
        (within > self.latest()).then(|| self.too_early(&name, within))
    }

    fn too_early(&self, name: &str, needed: Span) -> (String, String) {
        let why = format!(
            "`{name}` comes {} after the first event at the earliest, and the clock stops after {}",
            format(needed),
            format(self.end)
        );
        (why, format!("let the clock go on: `wait: {}`", format(needed)))
    }
}

/// The latest moment of the clock.
fn end(case: &TestCase) -> Span {
    let (mut now, mut last) = (0_u64, 0_u64);
    for given in &case.given {
        now = given.at.map_or(now.saturating_add(1), |at| at.0);
        last = last.max(now);
    }
    Span(last.saturating_add(case.wait.map_or(0, |wait| wait.0)))
}
