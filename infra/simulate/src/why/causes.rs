//! What made something come: the events of a firing, the deadline of a timeout, the rule of a call.

use fanin_condition::Verdict;
use fanin_event::Identity;
use fanin_runtime::{Spot, Step};

use super::{By, Link, Looker, Made, Why};
use crate::check::Seen;
use crate::limits::{MAX_BACK, MAX_LISTED};

impl Looker<'_> {
    /// What made the derived event `identity`, and what made that, and so on.
    pub(super) fn made_event(&self, identity: Identity, back: usize, why: &mut Why) {
        for step in self.steps {
            let made = match step {
                Step::Fired { at, cause, derived } if derived.identity == identity => {
                    self.fired((at, cause.is_some()), &derived.name, derived.at)
                }
                Step::Completed { run, rule, emitted } if emitted.identity == identity => {
                    let of = self.trigger(*run);
                    let what = format!("`{}`", emitted.name);
                    Made { what, at: emitted.at, by: By::Rule(rule.clone()), of }
                }
                _ => continue,
            };
            return self.note(made, back, why);
        }
    }

    /// What made a call.
    pub(super) fn made_call(&self, function: &str, seen: &Seen, why: &mut Why) {
        let called = self.steps.iter().find_map(|step| match step {
            Step::Called(action) if action.id.0 == seen.identity => Some(action),
            _ => None,
        });
        let Some(action) = called else { return };
        let what = match seen.attempt {
            Some(attempt) if attempt > 1 => format!("attempt {attempt} to call `{function}`"),
            _ => format!("the call of `{function}`"),
        };
        let of = self.trigger(action.run);
        self.note(Made { what, at: seen.at, by: By::Rule(action.rule.clone()), of }, 0, why);
    }

    /// Adds `made`, and before it nothing twice; then what made its events, as far as the workflow did.
    fn note(&self, made: Made, back: usize, why: &mut Why) {
        if why.made.contains(&made) || why.made.len() >= MAX_LISTED {
            return;
        }
        let derived: Vec<Identity> = if back < MAX_BACK { self.derived(&made.of) } else { Vec::new() };
        why.made.push(made);
        for identity in derived {
            self.made_event(identity, back + 1, why);
        }
    }

    /// Those of `links` that the workflow made.
    fn derived(&self, links: &[Link]) -> Vec<Identity> {
        let made = self.steps.iter().filter_map(|step| match step {
            Step::Fired { derived, .. } => Some(derived.identity),
            Step::Completed { emitted, .. } => Some(emitted.identity),
            _ => None,
        });
        made.filter(|identity| links.iter().any(|link| link.id == identity.to_uuid())).collect()
    }

    fn fired(&self, (spot, by_event): (&Spot, bool), name: &str, at: fanin_event::Timestamp) -> Made {
        let same = |other: &Spot| {
            other.condition == spot.condition
                && other.key == spot.key
                && (other.generation, other.round) == (spot.generation, spot.round)
        };
        let mut of: Vec<Link> = Vec::new();
        for step in self.steps {
            if let Step::Delivered { identity, at, name, verdict, .. } = step
                && same(at)
                && matches!(verdict, Verdict::Waiting | Verdict::Fired)
            {
                of.push(Link { id: self.id(*identity), name: name.clone(), at: at.moment });
            }
        }
        of.truncate(MAX_LISTED);
        let what = if spot.key.is_empty() { format!("`{name}`") } else { format!("`{name}` [{}]", spot.key) };
        Made { what, at, by: if by_event { By::Event } else { By::Time }, of }
    }

    /// The event that started a run.
    fn trigger(&self, run: Identity) -> Vec<Link> {
        let started = self.steps.iter().find_map(|step| match step {
            Step::Triggered { identity, run: r, known: false, .. } if *r == run => Some(*identity),
            _ => None,
        });
        let Some(identity) = started else { return Vec::new() };
        let link = self.steps.iter().find_map(|step| match step {
            Step::Fired { derived, .. } if derived.identity == identity => {
                Some((derived.name.clone(), derived.at))
            }
            Step::Completed { emitted, .. } if emitted.identity == identity => {
                Some((emitted.name.clone(), emitted.at))
            }
            _ => None,
        });
        let outside = || {
            let name = self.named.get(&identity)?.first()?.clone();
            Some((name, self.built.iter().find(|b| b.identity == identity)?.at))
        };
        let link = link.or_else(outside);
        link.map(|(name, at)| Link { id: self.id(identity), name, at }).into_iter().collect()
    }
}
