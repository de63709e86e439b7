//! Why something did not come: the instances it hangs on, what they wait for, and the rules before it.

use std::sync::Arc;

use fanin_condition::{Asks, Condition, Explanation, Key, Missing, State, Verdict, explain};
use fanin_plan::NameSource;
use fanin_rule::{Outcome, Rule, Target};
use fanin_runtime::{InstanceView, Step};
use serde_json::{Map, Value};

use super::{Looker, Uncounted, Why};
use crate::limits::{MAX_BACK, MAX_LISTED, MAX_TOLD};
use crate::play::START;

impl Looker<'_> {
    /// Why `name` did not come with what was `wanted`.
    pub(super) fn absent_event(&self, name: &str, wanted: &Map<String, Value>, back: usize, why: &mut Why) {
        let entry = self.names.find(name).and_then(|id| self.names.get(id));
        let Some(entry) = entry else { return };
        match entry.source {
            NameSource::Event(_) => why.notes.push(format!(
                "`{name}` comes from outside, and `expect` sees only what the workflow makes: a firing, a timeout, \
                 what a rule gives out, a call"
            )),
            NameSource::Fired(index) | NameSource::Timeout(index) => {
                if let Some(condition) = self.plan.conditions.get(index) {
                    self.absent_condition((condition, name), wanted, back, why);
                }
            }
            NameSource::Done(index) | NameSource::Failed(index) => {
                if let Some(rule) = self.plan.rules.get(index) {
                    self.absent_completion(rule, (name, wanted), back, why);
                }
            }
            NameSource::Emitted => {
                let emits = |rule: &&Rule| rule.catch.iter().any(|catcher| *catcher.emit == *name);
                for rule in self.plan.rules.iter().filter(emits) {
                    self.absent_completion(rule, (name, wanted), back, why);
                }
            }
        }
    }

    /// Why `function` was not called with what was `wanted`.
    pub(super) fn absent_call(&self, function: &str, wanted: &Map<String, Value>, why: &mut Why) {
        let calls = |rule: &&Rule| matches!(&rule.target, Target::Invoke { function: f } if **f == *function);
        let mut rules = self.plan.rules.iter().filter(calls).peekable();
        if rules.peek().is_none() {
            why.notes.push(format!("no rule of the workflow calls `{function}`"));
        }
        for rule in rules {
            let count = self.triggered(rule);
            if count == 0 {
                self.untriggered(rule, wanted, 0, why);
            } else {
                let when = rule.when.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
                why.notes.push(format!(
                    "the rule `{}` calls it when {when} comes; that came {}",
                    rule.name,
                    times(count)
                ));
                self.states_of(&rule.when, wanted, why);
            }
        }
    }

    fn triggered(&self, rule: &Rule) -> usize {
        let of = |s: &&Step| matches!(s, Step::Triggered { rule: r, known: false, .. } if *r == rule.name);
        self.steps.iter().filter(of).count()
    }

    fn untriggered(&self, rule: &Rule, wanted: &Map<String, Value>, back: usize, why: &mut Why) {
        let when = rule.when.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or ");
        why.notes.push(format!("the rule `{}` waits for {when}, which did not come", rule.name));
        for name in &rule.when {
            match self.names.find(name).and_then(|id| self.names.get(id)).map(|entry| entry.source) {
                Some(NameSource::Event(_)) => self.near(std::slice::from_ref(name), why),
                _ if back < MAX_BACK => self.absent_event(name, wanted, back + 1, why),
                _ => {}
            }
        }
    }

    /// The conditions among `names` that still wait for something.
    fn states_of(&self, names: &[Arc<str>], wanted: &Map<String, Value>, why: &mut Why) {
        for condition in self.plan.conditions.iter().filter(|c| names.contains(&c.name)) {
            let waits = |view: &InstanceView<'_>| view.instance.is_open() && agrees(view, wanted);
            if self.views(condition).iter().any(waits) {
                self.absent_condition((condition, &condition.name), wanted, MAX_BACK, why);
            }
        }
    }

    fn absent_completion(
        &self,
        rule: &Rule,
        (name, wanted): (&str, &Map<String, Value>),
        back: usize,
        why: &mut Why,
    ) {
        if self.triggered(rule) == 0 {
            return self.untriggered(rule, wanted, back, why);
        }
        let mut open: Vec<_> = Vec::new();
        for step in self.steps {
            match step {
                Step::Called(action) if action.rule == rule.name => {
                    open.push((action.run, action.index, action.attempt))
                }
                Step::Settled { run, index, attempt, outcome } => {
                    let known = open.iter().position(|call| *call == (*run, *index, *attempt));
                    if let Some(place) = known {
                        open.remove(place);
                        if let Outcome::Failed { error, .. } = &**outcome {
                            why.notes.push(format!(
                                "the rule `{}`: attempt {attempt} failed with {error}",
                                rule.name
                            ));
                        }
                    }
                }
                Step::Completed { rule: r, emitted, .. } if *r == rule.name => {
                    why.notes
                        .push(format!("the rule `{}` gave out `{}`, not `{name}`", rule.name, emitted.name));
                }
                _ => {}
            }
        }
        if !open.is_empty() {
            why.notes.push(format!(
                "{} of the rule `{}` had no answer yet when the clock of the test stopped; `wait: 10s` lets it go on",
                if open.len() == 1 { "a call".to_owned() } else { format!("{} calls", open.len()) },
                rule.name
            ));
        }
    }

    fn views(&self, condition: &Condition) -> Vec<InstanceView<'_>> {
        let mut views: Vec<InstanceView<'_>> =
            self.engine.instances().filter(|view| view.condition.name == condition.name).collect();
        views.sort_by_key(|view| (!view.instance.is_open(), view.key));
        views
    }

    fn absent_condition(
        &self,
        (condition, name): (&Condition, &str),
        wanted: &Map<String, Value>,
        back: usize,
        why: &mut Why,
    ) {
        let views = self.views(condition);
        let (own, others): (Vec<_>, Vec<_>) = views.into_iter().partition(|view| agrees(view, wanted));
        if own.is_empty() {
            self.unopened(condition, wanted, &others, why);
        }
        let list = if own.is_empty() { &others } else { &own };
        for view in list.iter().take(MAX_TOLD) {
            let told = explain(view.condition, view.key, view.instance, self.end);
            if why.told.iter().any(|other| other.condition == told.condition && other.key == told.key) {
                continue;
            }
            self.stopped_clock(&told, name, why);
            self.uncounted(view, why);
            if !own.is_empty() && !wanted.is_empty() {
                self.elsewhere(view, &others, why);
            }
            let missing = told.missing.clone();
            let key = key_of(&told);
            why.told.push(told);
            if let Missing::Names(names) = missing
                && view.instance.is_open()
            {
                self.made_members(&names, &key, back, why);
            }
        }
        if list.len() > MAX_TOLD {
            why.notes.push(format!("`{}` has {} more keys", condition.name, list.len() - MAX_TOLD));
        }
        if own.is_empty() {
            let names: Vec<Arc<str>> = condition.members.iter().map(|m| m.name.clone()).collect();
            self.made_members(&names, wanted, back, why);
        }
        let members: Vec<Arc<str>> = condition.members.iter().map(|m| m.name.clone()).collect();
        self.near(&members, why);
    }

    /// Why the members that the workflow makes itself did not come.
    fn made_members(&self, names: &[Arc<str>], wanted: &Map<String, Value>, back: usize, why: &mut Why) {
        for name in names.iter().filter(|_| back < MAX_BACK) {
            let entry = self.names.find(name).and_then(|id| self.names.get(id));
            if entry.is_some_and(|entry| !matches!(entry.source, NameSource::Event(_))) {
                self.absent_event(name, wanted, back + 1, why);
            }
        }
    }

    /// No instance has the wanted key.
    fn unopened(
        &self,
        condition: &Condition,
        wanted: &Map<String, Value>,
        others: &[InstanceView<'_>],
        why: &mut Why,
    ) {
        let asked = condition.by.iter().filter_map(|name| wanted.get(&**name).map(|value| (name, value)));
        let asked: Vec<String> = asked.map(|(name, value)| format!("{name}={}", plain(value))).collect();
        let forgotten = |step: &Step| matches!(step, Step::Woken { at, verdict: Verdict::Forgotten } if at.condition == condition.name);
        let name = &condition.name;
        why.notes.push(if others.is_empty() && self.steps.iter().any(forgotten) {
            format!("`{name}` has forgotten what it had seen: nothing came for longer than it remembers")
        } else if others.is_empty() {
            format!("no event came to `{name}`")
        } else if asked.is_empty() {
            format!("`{name}` has no instance left to tell about")
        } else {
            format!("no event came to `{name}` with {}; it has seen other keys", asked.join(", "))
        });
    }

    /// The deadline lies after the end of the test.
    fn stopped_clock(&self, told: &Explanation, name: &str, why: &mut Why) {
        let Some(deadline) = told.deadline.filter(|deadline| *deadline > self.end) else { return };
        let by_time = name != &*told.condition || matches!(told.asks, Asks::Absent | Asks::AbsentAfter);
        if by_time && told.state == State::Open {
            let last = self.built.iter().map(|b| b.at).max().unwrap_or(START);
            let wait = deadline.since(last);
            why.notes.push(format!(
                "the clock of the test stops before `{name}` is due; `wait: {}` lets it go on so far",
                fanin_workflow::duration::format(wait)
            ));
        }
    }

    /// The events that came to this instance and did not count.
    fn uncounted(&self, view: &InstanceView<'_>, why: &mut Why) {
        for step in self.steps {
            let Step::Delivered { identity, at, name, verdict, .. } = step else { continue };
            let here = at.condition == view.condition.name && *at.key == *view.key;
            let reason = reason(*verdict).filter(|_| here && why.uncounted.len() < MAX_LISTED);
            let Some(reason) = reason else { continue };
            let (id, reason) = (self.id(*identity), reason.to_owned());
            why.uncounted.push(Uncounted { id, name: name.clone(), at: at.moment, reason });
        }
    }

    /// The events that went to other keys, which wait like this one.
    fn elsewhere(&self, view: &InstanceView<'_>, others: &[InstanceView<'_>], why: &mut Why) {
        if !view.instance.is_open() {
            return;
        }
        for step in self.steps {
            let Step::Delivered { identity, at, name, .. } = step else { continue };
            let other = others.iter().find(|other| *other.key == *at.key && other.instance.is_open());
            let here = at.condition == view.condition.name && why.uncounted.len() < MAX_LISTED;
            let Some(other) = other.filter(|_| here) else { continue };
            let values = Key::decode(other.key, other.condition.by.len());
            let key: Vec<String> =
                other.condition.by.iter().zip(&values).map(|(n, v)| format!("{n}={v}")).collect();
            let (id, reason) = (self.id(*identity), format!("it has another key, {}", key.join(", ")));
            why.uncounted.push(Uncounted { id, name: name.clone(), at: at.moment, reason });
        }
    }
}

/// Whether the key of an instance is what was wanted, as far as that is said.
fn agrees(view: &InstanceView<'_>, wanted: &Map<String, Value>) -> bool {
    let values = Key::decode(view.key, view.condition.by.len());
    let mut pairs = view.condition.by.iter().zip(&values);
    pairs.all(|(name, value)| wanted.get(&**name).is_none_or(|asked| plain(asked) == **value))
}

fn key_of(told: &Explanation) -> Map<String, Value> {
    told.key.iter().map(|(name, value)| (name.to_string(), Value::String(value.to_string()))).collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn times(count: usize) -> String {
    if count == 1 { "once".to_owned() } else { format!("{count} times") }
}

fn reason(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Duplicate => Some("the same event again"),
        Verdict::Late => Some("it came after the end"),
        Verdict::Ignored => Some("its place was taken already"),
        Verdict::Rejected => Some("it was rejected: see the dead letters"),
        Verdict::Expired => Some("it found the deadline passed"),
        Verdict::Waiting | Verdict::Fired | Verdict::Forgotten => None,
    }
}
