//! How a run and its slots are given up.

use serde_json::json;

use super::slot::State;
use super::{Run, Step};
use crate::compiled::CompiledRule;
use crate::effect::{DeadLetter, RunEffect};
use crate::errors::cut;
use crate::limits::{MAX_CAUSE_BYTES, MAX_ERROR_BYTES, MAX_ITEM_CAUSE_BYTES};
use crate::retry;
use crate::rule::Catcher;

/// Why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) error: String,
    pub(super) cause: String,
}

/// The failure that the completion reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FirstFailure {
    pub(super) index: u32,
    pub(super) error: String,
    pub(super) cause: String,
}

impl Failure {
    pub(super) fn new(error: &str, cause: &str) -> Failure {
        Failure {
            error: cut(error, MAX_ERROR_BYTES).to_owned(),
            cause: cut(cause, MAX_CAUSE_BYTES).to_owned(),
        }
    }
}

impl Run {
    /// The run cannot start at all.
    pub(super) fn refuse(&mut self, failure: Failure, step: &mut Step<'_>) {
        let caught = self.catcher(step.rule, &failure.error).is_some();
        if !caught {
            let letter = self.dead_letter(0, &failure, step);
            step.effects.push(RunEffect::DeadLetter(letter));
        }
        self.first_failure = Some(FirstFailure { index: 0, error: failure.error, cause: failure.cause });
        self.doomed = true;
        self.finish(step);
    }

    /// No retry is left for a slot. What no catcher names goes to the dead letters.
    pub(super) fn give_up(&mut self, index: u32, failure: Failure, step: &mut Step<'_>) {
        if self.catcher(step.rule, &failure.error).is_none() {
            let letter = self.dead_letter(index, &failure, step);
            step.effects.push(RunEffect::DeadLetter(letter));
        }
        self.close(index);
        self.failed = self.failed.saturating_add(1);
        if let Some(slot) = self.slots.get_mut(index as usize) {
            slot.state = State::Failed;
            slot.trouble = None;
            if step.rule.items.is_some() {
                let cause = cut(&failure.cause, MAX_ITEM_CAUSE_BYTES);
                slot.result =
                    Some(json!({"error": failure.error, "cause": cause}).to_string().into_boxed_str());
            }
        }
        if self.first_failure.is_none() {
            self.first_failure = Some(FirstFailure { index, error: failure.error, cause: failure.cause });
        }
        if !self.doomed && step.rule.intolerable(self.failed, self.slots.len()) {
            self.doomed = true;
            self.abandon_retries(step);
        }
    }

    /// The run has failed: what waits for a retry is given up with the error it has.
    fn abandon_retries(&mut self, step: &mut Step<'_>) {
        let waiting = std::mem::take(&mut self.retries);
        for std::cmp::Reverse((_, index)) in waiting.into_sorted_vec().into_iter().rev() {
            let trouble = self.slots.get_mut(index as usize).filter(|slot| slot.state == State::Backoff);
            let Some(trouble) = trouble.and_then(|slot| slot.trouble.take()) else { continue };
            self.give_up(index, Failure { error: trouble.error, cause: trouble.cause }, step);
        }
    }

    /// The first catcher that names the error.
    pub(super) fn catcher<'a>(&self, rule: &'a CompiledRule, error: &str) -> Option<&'a Catcher> {
        rule.rule().catch.iter().find(|catcher| retry::names(&catcher.errors, error))
    }

    fn dead_letter(&mut self, index: u32, failure: &Failure, step: &Step<'_>) -> DeadLetter {
        self.ensure_parsed(step.rule);
        let action = step.rule.action_id(&self.cause.identity.to_uuid(), index);
        let payload = self
            .payload(step.rule, self.parsed.as_deref(), index, action)
            .unwrap_or_else(|_| self.cause.envelope.clone());
        let rule = step.rule.rule();
        DeadLetter {
            action,
            run: self.identity,
            index,
            workflow: rule.workflow.clone(),
            rule: rule.name.clone(),
            target: rule.target.clone(),
            payload,
            error: failure.error.clone(),
            cause: failure.cause.clone(),
            attempts: self.slots.get(index as usize).map_or(0, |slot| slot.attempt),
            at: step.now,
        }
    }
}
