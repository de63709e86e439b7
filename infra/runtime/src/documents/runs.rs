//! Runs of rules in progress.

use serde::{Deserialize, Serialize};

use super::followed::target_name;
use super::moment;
use crate::engine::Engine;

/// A run in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRow {
    /// Its identity.
    pub run: String,
    /// Name of the rule.
    pub rule: String,
    /// Whom it calls.
    pub target: String,
    /// The name of the event that caused it.
    pub cause: String,
    /// The identity of that event.
    pub event: String,
    /// When that event was accepted.
    pub since: String,
    /// Calls made and not settled.
    pub open_calls: usize,
    /// The highest attempt of those.
    pub attempt: u32,
    /// When the next retry is due, if one waits.
    pub retry_at: Option<String>,
}

/// Up to `limit` runs in progress, those that began first in front.
#[must_use]
pub fn run_rows(engine: &Engine, limit: usize) -> Vec<RunRow> {
    let mut runs: Vec<_> = engine.runs().take(limit).collect();
    runs.sort_by_key(|view| (view.run.cause().accepted, view.run.identity()));
    let row = |view: &crate::RunView<'_>| {
        let (cause, calls) = (view.run.cause(), view.run.pending(view.rule));
        RunRow {
            run: view.run.identity().to_uuid(),
            rule: view.rule.rule().name.to_string(),
            target: target_name(&view.rule.rule().target),
            cause: cause.name.to_string(),
            event: cause.identity.to_uuid(),
            since: cause.accepted.to_string(),
            open_calls: calls.len(),
            attempt: calls.iter().map(|call| call.attempt).max().unwrap_or(0),
            retry_at: moment(view.run.next_due()),
        }
    };
    runs.iter().map(row).collect()
}
