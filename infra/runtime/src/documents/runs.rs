//! Runs of rules in progress.

use fanin_event::Identity;
use fanin_rule::{CompiledRule, Run};
use serde::{Deserialize, Serialize};

use super::followed::target_name;
use super::moment;
use crate::engine::Engine;
use crate::view::RunView;

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

/// A call that is made and not settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCall {
    /// The action's id: the target's idempotency key.
    pub action: String,
    /// Its place in the run.
    pub index: u32,
    /// 1 for the first call.
    pub attempt: u32,
    /// JSON text.
    pub input: String,
}

/// A run in progress with its open calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunTold {
    /// As in a list.
    pub row: RunRow,
    /// The calls that are made and not settled.
    pub open: Vec<OpenCall>,
}

impl RunRow {
    /// Of a run and the rule in the version it was started under.
    #[must_use]
    pub fn of(rule: &CompiledRule, run: &Run) -> RunRow {
        let (cause, calls) = (run.cause(), run.pending(rule));
        RunRow {
            run: run.identity().to_uuid(),
            rule: rule.rule().name.to_string(),
            target: target_name(&rule.rule().target),
            cause: cause.name.to_string(),
            event: cause.identity.to_uuid(),
            since: cause.accepted.to_string(),
            open_calls: calls.len(),
            attempt: calls.iter().map(|call| call.attempt).max().unwrap_or(0),
            retry_at: moment(run.next_due()),
        }
    }
}

/// Up to `limit` runs in progress, those that began first in front.
#[must_use]
pub fn run_rows(engine: &Engine, limit: usize) -> Vec<RunRow> {
    let mut runs: Vec<_> = engine.runs().take(limit).collect();
    runs.sort_by_key(|view| (view.run.cause().accepted, view.run.identity()));
    runs.iter().map(row).collect()
}

/// The run of this identity, if it is in progress, with at most `limit` of its open calls.
#[must_use]
pub fn run_told(engine: &Engine, run: Identity, limit: usize) -> Option<RunTold> {
    let view = engine.run(run)?;
    let open = view.run.pending(view.rule).into_iter().take(limit).map(|action| OpenCall {
        action: action.id.to_string(),
        index: action.index,
        attempt: action.attempt,
        input: action.payload.to_string(),
    });
    Some(RunTold { row: row(&view), open: open.collect() })
}

fn row(view: &RunView<'_>) -> RunRow {
    RunRow::of(view.rule, view.run)
}
