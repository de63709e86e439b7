//! The turn of one run: start it, take an answer to it, wake it for a retry; and what follows from each.

use std::sync::Arc;

use fanin_event::{Identity, Timestamp};
use fanin_rule::{Action, Cause, CompiledRule, Emitted, Outcome, Run, RunEffect, Settlement};

use crate::dead::{DeadLetter, LetterKind};
use crate::deliver::{Delivery, remap};
use crate::engine::Engine;
use crate::runs::RunEntry;
use crate::slab::Place;
use crate::timers::{Sleeper, Wake};
use crate::trace::Step;
use crate::turn::Pending;

impl Engine {
    /// Starts a run of `rule` for an event. True: this event has started one before, and nothing happens.
    pub(crate) fn start_run(
        &mut self,
        rule: &Arc<CompiledRule>,
        name: Arc<str>,
        delivery: &Delivery<'_>,
    ) -> bool {
        let captures = remap(delivery, &rule.rule().captures).unwrap_or_default();
        let cause = Cause {
            identity: delivery.identity,
            name,
            envelope: delivery.text.into(),
            captures: captures.into_iter().map(Arc::from).collect(),
            hops: delivery.hops,
            accepted: delivery.at,
        };
        let run = rule.run_identity(&cause);
        let known = self.runs.find(run).is_some();
        let (identity, rule_name) = (delivery.identity, &rule.rule().name);
        self.note(|| Step::Triggered { identity, rule: rule_name.clone(), run, known });
        if known {
            return true;
        }
        self.begin(rule, cause, delivery.raw);
        false
    }

    fn begin(&mut self, rule: &Arc<CompiledRule>, cause: Cause, raw: bool) {
        let (run, effects) = Run::start(rule, cause, self.now);
        if let Some(place) = self.runs.insert(rule.clone(), run, raw) {
            self.follow(place, effects);
        }
    }

    /// Takes the answer to a call. An answer nobody waits for (a repetition, a run that is over) changes nothing.
    pub(crate) fn settle(&mut self, run: Identity, index: u32, attempt: u32, outcome: Outcome) {
        let done = matches!(outcome, Outcome::Done { .. });
        let Some(place) = self.runs.find(run) else { return };
        let settled = self.notes_all().then(|| Box::new(outcome.clone()));
        let identity = run;
        let now = self.now;
        let Some(RunEntry::Active { rule, run, .. }) = self.runs.get_mut(place) else { return };
        let rule = rule.clone();
        let mut effects = Vec::new();
        let before = run.progress();
        run.settle(&rule, Settlement { index, attempt, outcome }, now, &mut effects);
        if run.progress() != before || !effects.is_empty() || !done {
            if done {
                self.stats.done += 1;
            } else {
                self.stats.failed += 1;
            }
            if let (Some(steps), Some(outcome)) = (&mut self.steps, settled) {
                steps.push(Step::Settled { run: identity, index, attempt, outcome });
            }
        }
        self.follow(place, effects);
    }

    /// A timer of a run has come up.
    pub(crate) fn wake_run(&mut self, place: Place, due: Timestamp) {
        let Some(RunEntry::Active { armed, run, .. }) = self.runs.get(place) else { return };
        if *armed != due {
            return;
        }
        let (next, mut effects) = (run.next_due(), Vec::new());
        if let Some(RunEntry::Active { rule, run, armed, .. }) = self.runs.get_mut(place) {
            *armed = Timestamp::NEVER;
            if next <= due {
                let rule = rule.clone();
                run.due(&rule, due, &mut effects);
            }
        }
        self.follow(place, effects);
    }

    /// What follows from a step of a run, and when it wants to be woken next.
    fn follow(&mut self, place: Place, effects: Vec<RunEffect>) {
        let Some(RunEntry::Active { rule, run, armed, .. }) = self.runs.get_mut(place) else { return };
        let (rule, due, over) = (rule.clone(), run.next_due(), run.is_over());
        let (cause, identity) = (run.cause().clone(), run.identity());
        if due < *armed {
            *armed = due;
            let tie = identity.short();
            self.timers.push(Wake { due, tie, sleeper: Sleeper::Run(place) });
        }
        for effect in effects {
            match effect {
                RunEffect::Dispatch(action) => {
                    self.stats.calls += 1;
                    self.note(|| Step::Called(Box::new(action.clone())));
                    self.out.actions.push(action);
                }
                RunEffect::Emit(emitted) => {
                    let name = &rule.rule().name;
                    self.note(|| Step::Completed {
                        run: identity,
                        rule: name.clone(),
                        emitted: Box::new(emitted.clone()),
                    });
                    self.completion(&rule, &cause, emitted);
                }
                RunEffect::DeadLetter(letter) => {
                    let captures = cause.captures.iter().map(ToString::to_string).collect();
                    let what = LetterKind::Action {
                        id: letter.action.0,
                        rule: letter.rule.to_string(),
                        attempts: letter.attempts,
                        cause: cause.identity,
                        cause_name: cause.name.to_string(),
                        captures,
                        envelope: cause.envelope.to_string(),
                    };
                    self.bury(&letter.error, letter.cause, letter.payload.to_string(), what);
                }
            }
        }
        if over {
            self.runs.finish(place, self.now);
        }
    }

    fn completion(&mut self, rule: &CompiledRule, cause: &Cause, emitted: Emitted) {
        self.out.claims.extend(emitted.claim.map(|c| (c.key, c.body)));
        self.pending.push_back(Pending {
            identity: emitted.identity,
            name: emitted.name,
            at: emitted.at,
            names: rule.rule().captures.clone(),
            values: emitted.captures,
            hops: emitted.hops,
            envelope: emitted.envelope,
            parent: cause.identity,
        });
    }

    /// A call that was given up, tried again: its run starts once more under the newest version of the rule, with the
    /// same action ids. Without that rule the letter stays.
    pub(crate) fn restart(&mut self, letter: DeadLetter) {
        let LetterKind::Action { rule, cause, cause_name, captures, envelope, .. } = &letter.what else {
            return;
        };
        let newest = self.newest.clone();
        let found = newest.as_ref().and_then(|n| n.rules.iter().find(|r| *r.rule().name == **rule));
        let Some(found) = found else {
            self.dead.put_back(letter);
            return;
        };
        let cause = Cause {
            identity: *cause,
            name: cause_name.as_str().into(),
            envelope: envelope.as_str().into(),
            captures: captures.iter().map(|c| Arc::from(c.as_str())).collect(),
            hops: 0,
            accepted: self.now,
        };
        let identity = found.run_identity(&cause);
        let busy = self.runs.find(identity).and_then(|place| self.runs.get(place));
        if matches!(busy, Some(RunEntry::Active { .. })) {
            self.dead.put_back(letter);
        } else {
            self.begin(found, cause, true);
        }
    }

    /// The calls that were made, or about to be made, and are not settled. After a restart they are made again, with the
    /// same ids, attempts and payloads.
    #[must_use]
    pub fn pending_actions(&self) -> Vec<Action> {
        self.runs.pending()
    }
}
