//! Makes the calls of one run: so many at once, none that the worker has no time for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;
use fanin_rule::{Action, Target};
use fanin_store::state::{Shelf, StateStore};
use futures_util::StreamExt;
use futures_util::stream;

use super::Rules;
use super::input::{Input, What};
use super::limits::{COMMIT_RESERVE, MAX_CALLS_AT_ONCE, MIN_CALL_TIME, SEND_TIMEOUT};
use crate::ports::{CallTag, Called, Caller, Claims, Deadline, Queue};

/// What the calls of one round came to.
pub(super) struct Made {
    /// What is known now, in the order of the calls.
    pub(super) inputs: Vec<Input>,
    /// Calls that were begun.
    pub(super) begun: usize,
    /// The worker's time was over before all calls were made and answered.
    pub(super) unfinished: bool,
}

/// The moment, as far as it can be known without a clock: a worker's time is what its deadline loses.
pub(super) struct Clock<'a, D> {
    pub(super) deadline: &'a D,
    /// The moment of what this worker was given.
    pub(super) start: Timestamp,
    /// What it had left then.
    pub(super) began: Span,
}

impl<D: Deadline> Clock<'_, D> {
    /// The moment.
    pub(super) fn now(&self) -> Timestamp {
        self.start.plus(Span(self.began.0.saturating_sub(self.deadline.left().0)))
    }

    /// What is left for a call.
    fn left(&self) -> Span {
        Span(self.deadline.left().0.saturating_sub(COMMIT_RESERVE.0))
    }
}

impl<S: StateStore + Shelf, Q: Queue, C: Claims, K: Caller> Rules<S, Q, C, K> {
    /// Makes calls that a commit has given to this worker.
    pub(super) async fn call_all<D: Deadline>(
        &self,
        actions: Vec<Action>,
        plan: &str,
        owner: &Arc<str>,
        clock: &Clock<'_, D>,
    ) -> Made {
        let timeout = self.timeout_of(actions.first(), plan).await;
        let wanted = if timeout < MIN_CALL_TIME { timeout } else { MIN_CALL_TIME };
        let all = actions.len();
        let begun = AtomicUsize::new(0);
        let begun = &begun;
        let mut inputs: Vec<(u32, Input)> = stream::iter(actions)
            .map(|action| async move {
                let left = clock.left();
                if left < wanted {
                    return None;
                }
                let tag = CallTag { plan: plan.to_owned(), timeout, left };
                begun.fetch_add(1, Ordering::Relaxed);
                let called = self.caller.call(&action, &tag).await;
                let call = (action.index, action.attempt);
                let what = match called {
                    Called::Answered(outcome) => What::Answer(call, outcome),
                    Called::Accepted => What::Accepted(call),
                    Called::Unfinished => return None,
                };
                Some((action.index, Input { at: clock.now(), message: owner.clone(), what }))
            })
            .buffer_unordered(MAX_CALLS_AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await;
        inputs.sort_by_key(|(index, _)| *index);
        let unfinished = inputs.len() < all;
        let inputs = inputs.into_iter().map(|(_, input)| input).collect();
        Made { inputs, begun: begun.load(Ordering::Relaxed), unfinished }
    }

    /// The limit of the calls of one run: they all have the same target.
    async fn timeout_of(&self, action: Option<&Action>, plan: &str) -> Span {
        let Some(Action { target: Target::Invoke { function }, .. }) = action else { return SEND_TIMEOUT };
        let limit = |plan: &Plan| {
            plan.functions.iter().find(|known| known.name == *function).map(|known| known.timeout)
        };
        let loaded = self.plans.version((&self.store, &self.claims), plan).await.ok();
        loaded.and_then(|loaded| limit(&loaded.plan)).unwrap_or(SEND_TIMEOUT)
    }
}

/// The latest moment of some inputs.
pub(super) fn latest(inputs: &[Input]) -> Timestamp {
    inputs.iter().map(|input| input.at).max().unwrap_or_default()
}
