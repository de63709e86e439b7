//! Derived events on their way back: to the members and rules that name them, to the patterns they match, and out to
//! the observers. All of it inside the turn that caused them, in a fixed order.

use std::sync::Arc;

use fanin_event::limits::MAX_HOPS;
use fanin_event::{Identity, Timestamp};
use smallvec::SmallVec;

use crate::dead::LetterKind;
use crate::deliver::{Delivery, Incoming};
use crate::engine::Engine;
use crate::limits::MAX_CASCADE;
use crate::plans::LoadedPlan;
use crate::turn::{Notice, Pending, Reception};

impl Engine {
    /// Delivers derived events until none is left. Each has one hop more than its cause, and their number is bounded.
    pub(crate) fn drain(&mut self) {
        while let Some(pending) = self.pending.pop_front() {
            self.cascade += 1;
            let limit = self.newest.as_ref().map_or(MAX_HOPS, |newest| newest.hop_limit);
            if pending.hops > limit {
                self.too_far(
                    pending,
                    "too-many-hops",
                    format!("a chain of more than {limit} derived events"),
                );
            } else if self.cascade > MAX_CASCADE {
                self.too_far(
                    pending,
                    "cascade-too-wide",
                    format!("more than {MAX_CASCADE} derived events in one turn"),
                );
            } else {
                self.emit(pending);
            }
        }
    }

    fn too_far(&mut self, pending: Pending, code: &str, reason: String) {
        self.chain.link(pending.identity, &pending.name, pending.parent);
        let chain = self.chain.of(pending.identity);
        let what = LetterKind::Derived {
            identity: pending.identity,
            name: pending.name.to_string(),
            captures: pending.values.iter().map(ToString::to_string).collect(),
            chain,
        };
        self.bury(code, reason, pending.envelope, what);
    }

    fn emit(&mut self, pending: Pending) {
        self.stats.derived += 1;
        if pending.hops > 1 {
            self.chain.link(pending.identity, &pending.name, pending.parent);
        }
        if let Some(newest) = self.newest.clone() {
            self.deliver_derived(&newest, true, &pending);
            for plan in self.draining.clone() {
                self.deliver_derived(&plan, false, &pending);
            }
            let incoming = Incoming {
                at: pending.at,
                identity: Some(pending.identity),
                text: &pending.envelope,
                hops: pending.hops,
                raw: false,
            };
            if !newest.plan.events.is_empty() {
                let _ = self.recognize(&incoming);
            }
        }
        let captures = pending.names.into_iter().zip(pending.values).collect();
        self.out.derived.push(Notice {
            identity: pending.identity,
            parent: Some(pending.parent),
            name: pending.name,
            captures,
            at: pending.at,
            envelope: pending.envelope,
        });
    }

    fn deliver_derived(&mut self, plan: &LoadedPlan, newest: bool, pending: &Pending) {
        let Some(entry) = plan.names.find(&pending.name).and_then(|id| plan.names.get(id)) else { return };
        if entry.members.is_empty() && entry.rules.is_empty() {
            return;
        }
        let id = pending.identity.to_uuid();
        let values: SmallVec<[&str; 8]> = pending.values.iter().map(AsRef::as_ref).collect();
        let delivery = Delivery {
            identity: pending.identity,
            id: &id,
            at: pending.at,
            time: pending.at,
            names: &pending.names,
            values: &values,
            text: &pending.envelope,
            hops: pending.hops,
            raw: false,
        };
        let mut reception = Reception::default();
        self.deliver(plan, entry, &delivery, newest.then_some(&mut reception));
    }

    /// A dead derived event tried again: as if it had no history.
    pub(crate) fn redeliver(&mut self, identity: Identity, name: &str, values: &[String], envelope: String) {
        let names = self.captures_of(name);
        let at: Timestamp = self.now;
        self.pending.push_back(Pending {
            identity,
            name: name.into(),
            at,
            names,
            values: values.iter().map(|v| Arc::from(v.as_str())).collect(),
            hops: 1,
            envelope,
            parent: identity,
        });
    }

    /// The names of the captures a derived event of this name has, as far as the newest plan knows it.
    fn captures_of(&self, name: &str) -> Vec<Arc<str>> {
        let Some(newest) = &self.newest else { return Vec::new() };
        let base = name.strip_suffix(".timeout").unwrap_or(name);
        if let Some(condition) = newest.plan.conditions.iter().find(|c| &*c.name == base) {
            return condition.by.clone();
        }
        let rule = name.strip_suffix(".done").or_else(|| name.strip_suffix(".failed"));
        let of_rule = |r: &&fanin_rule::Rule| {
            Some(&*r.name) == rule || r.catch.iter().any(|catcher| &*catcher.emit == name)
        };
        newest.plan.rules.iter().find(of_rule).map(|r| r.captures.clone()).unwrap_or_default()
    }
}
