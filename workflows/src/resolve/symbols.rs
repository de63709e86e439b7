//! Every name an event can have in this workflow, and what has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::codes;
use crate::read::At;
use crate::report::{Mistake, Report};
use crate::suggest::did_you_mean;
use crate::syntax::condition::Name;
use crate::syntax::workflow::Draft;

/// What brings events of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The world: index of the event.
    Event(usize),
    /// A firing of a condition.
    Fired(usize),
    /// A timeout of a condition.
    Timeout(usize),
    /// The end of a rule.
    Ended(usize),
    /// A `catch` of these rules.
    Emitted(Vec<usize>),
}

/// One name.
#[derive(Clone, Debug)]
pub(crate) struct Symbol {
    pub(crate) origin: Origin,
    /// The captures each of its events has; nothing when a mistake elsewhere hides them.
    pub(crate) captures: Option<Vec<Arc<str>>>,
}

/// Every name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Symbols {
    by_name: BTreeMap<Arc<str>, Symbol>,
    /// What else has a name, for help: rules and functions.
    others: BTreeMap<Arc<str>, &'static str>,
}

impl Symbols {
    /// Takes all names and reports those that are used twice.
    pub(crate) fn declare(draft: &Draft, report: &mut Report<'_>) -> Symbols {
        let mut symbols = Symbols::default();
        let mut taken: BTreeMap<Arc<str>, &'static str> = BTreeMap::new();
        let mut claim = |name: &At<Arc<str>>, what: &'static str, report: &mut Report<'_>| {
            let holder = *taken.entry(name.value.clone()).or_insert(what);
            // A name that stands twice in one map is reported as a key that stands twice.
            if holder != what {
                let message = format!("the name `{}` is taken by {holder}", name.value);
                let help = "names are unique over events, conditions, rules and functions, because each can be an event's name";
                report.add(Mistake::new(codes::NAME_TAKEN, name.place, message).help(help));
            }
        };
        for (i, event) in draft.events.iter().enumerate() {
            claim(&event.name, "an event", report);
            symbols.add(&event.name.value, Origin::Event(i), event.captures.clone());
        }
        for (i, condition) in draft.conditions.iter().enumerate() {
            claim(&condition.name, "a condition", report);
            let key: Vec<Arc<str>> = condition.by.iter().map(|c| c.value.clone()).collect();
            let timeout: Arc<str> = format!("{}.timeout", condition.name.value).into();
            symbols.add(&condition.name.value, Origin::Fired(i), Some(key.clone()));
            symbols.add(&timeout, Origin::Timeout(i), Some(key));
        }
        for (i, rule) in draft.rules.iter().enumerate() {
            claim(&rule.name, "a rule", report);
            symbols.others.insert(rule.name.value.clone(), "a rule");
            for end in ["done", "failed"] {
                symbols.add(&format!("{}.{end}", rule.name.value).into(), Origin::Ended(i), None);
            }
        }
        for function in &draft.functions {
            claim(&function.name, "a function", report);
            symbols.others.insert(function.name.value.clone(), "a function");
        }
        for (i, rule) in draft.rules.iter().enumerate() {
            for catch in &rule.catch {
                claim(&catch.emit, "an event that a `catch` emits", report);
                symbols.emitted(&catch.emit.value, i);
            }
        }
        symbols
    }

    fn add(&mut self, name: &Arc<str>, origin: Origin, captures: Option<Vec<Arc<str>>>) {
        self.by_name.entry(name.clone()).or_insert(Symbol { origin, captures });
    }

    fn emitted(&mut self, name: &Arc<str>, rule: usize) {
        match self.by_name.get_mut(name) {
            None => self.add(name, Origin::Emitted(vec![rule]), None),
            Some(Symbol { origin: Origin::Emitted(rules), .. }) if !rules.contains(&rule) => rules.push(rule),
            Some(_) => {}
        }
    }

    /// The symbol of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&Symbol> {
        self.by_name.get(name)
    }

    /// The symbol of a name, changeable.
    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Symbol> {
        self.by_name.get_mut(name)
    }

    /// All of them, changeable.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = (&Arc<str>, &mut Symbol)> {
        self.by_name.iter_mut()
    }

    /// All names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.keys().map(|k| &**k)
    }

    /// The symbol a reference means; reports one that means nothing.
    pub(crate) fn resolve(&self, name: &Name, report: &mut Report<'_>) -> Option<&Symbol> {
        let found = self.get(&name.value);
        if found.is_none() {
            let mistake =
                Mistake::new(codes::UNKNOWN_EVENT, name.place, format!("there is no event `{}`", name.value));
            report.add(mistake.help(self.help(&name.value)));
        }
        found
    }

    /// What may be meant by a name that means nothing.
    pub(crate) fn help(&self, name: &str) -> String {
        if self.others.get(name) == Some(&"a rule") {
            return format!("`{name}` is a rule; its events are `{name}.done` and `{name}.failed`");
        }
        if self.others.get(name) == Some(&"a function") {
            return format!(
                "`{name}` is a function; the end of a rule that calls it is an event: `RULE.done`"
            );
        }
        let words: Vec<&str> = name.split([' ', ',']).filter(|word| !word.is_empty()).collect();
        if words.len() > 1 && words.iter().all(|word| self.get(word).is_some()) {
            return format!("these are several names; write a list: [{}]", words.join(", "));
        }
        if let Some((base, ending)) = name.rsplit_once('.') {
            if let Some(symbol) = self.get(base) {
                let is = match symbol.origin {
                    Origin::Fired(_) => {
                        format!("`{base}` is a condition; its events are `{base}` and `{base}.timeout`")
                    }
                    _ => format!("`{base}` is an event of its own and has no `.{ending}`"),
                };
                return is;
            }
            if self.others.contains_key(base) {
                return format!("the events of `{base}` are `{base}.done` and `{base}.failed`");
            }
        }
        did_you_mean(name, self.names())
            .unwrap_or_else(|| "declare it under `events` or `conditions`, or name another one".to_owned())
    }
}
