//! `GET /status` and `GET /runs`: the host in numbers, and what happened last.

use std::sync::Arc;

use axum::extract::{Query, State};
use fanin_runtime::documents::{run_rows, state_told};
use fanin_runtime::{SEMANTICS, Stats};
use serde::{Deserialize, Serialize};

use super::answer::{Answer, answer, stopped};
use crate::limits::{MAX_LISTED, MAX_RECENT};
use crate::recent::{Called, Happened};
use crate::service::Service;

/// `GET /status`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status {
    /// Name of the workflow.
    pub workflow: String,
    /// Content hash of its current version.
    pub version: String,
    /// Versions that only finish what they opened.
    pub draining: Vec<String>,
    /// The directory in which everything durable lies.
    pub dir: String,
    /// The URL at which it answers.
    pub url: Option<String>,
    /// The process.
    pub pid: u32,
    /// The version of fanin.
    pub fanin: String,
    /// The number of what the engine makes of a log.
    pub semantics: u32,
    /// The moment up to which everything is decided.
    pub now: String,
    /// Counters of the whole history.
    pub stats: Stats,
    /// Instances held: open, and closed but remembered.
    pub instances: usize,
    /// Of these, open.
    pub open_instances: usize,
    /// Runs of rules in progress.
    pub runs: usize,
    /// Calls that wait or run.
    pub open_calls: usize,
    /// Dead letters held.
    pub dead_letters: usize,
    /// Whether nothing is left to do but to wait for events and deadlines.
    pub idle: bool,
    /// The latest derived events, the oldest first, at most 10,000.
    pub firings: Vec<Happened>,
    /// The latest calls, the oldest first, at most 10,000.
    pub calls: Vec<Called>,
}

impl Service {
    /// How it stands, with everything that is remembered of what happened last.
    pub async fn status(&self) -> Option<Status> {
        self.status_with(MAX_RECENT).await
    }

    /// How it stands, with the last `recent` derived events and calls.
    pub async fn status_with(&self, recent: usize) -> Option<Status> {
        let told = self.handle().look_async(state_told).await.ok()?;
        let open_calls = self.handle().open_calls();
        Some(Status {
            idle: told.runs == 0 && open_calls == 0,
            workflow: told.workflow,
            version: told.version,
            draining: told.draining,
            dir: self.dir().display().to_string(),
            url: self.url().map(str::to_owned),
            pid: std::process::id(),
            fanin: env!("CARGO_PKG_VERSION").to_owned(),
            semantics: SEMANTICS,
            now: told.now,
            stats: told.stats,
            instances: told.instances,
            open_instances: told.open_instances,
            runs: told.runs,
            open_calls,
            dead_letters: told.dead_letters,
            firings: self.recent().last_happened(recent),
            calls: self.recent().last_called(recent),
        })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Recent {
    recent: Option<usize>,
}

pub(super) async fn status(State(service): State<Arc<Service>>, Query(asked): Query<Recent>) -> Answer {
    let recent = asked.recent.unwrap_or(MAX_RECENT);
    answer(service.status_with(recent).await.ok_or_else(stopped)?)
}

#[derive(Debug, Deserialize)]
pub(super) struct Most {
    limit: Option<usize>,
}

pub(super) async fn runs(State(service): State<Arc<Service>>, Query(asked): Query<Most>) -> Answer {
    let limit = asked.limit.unwrap_or(MAX_LISTED).min(MAX_LISTED);
    let rows = service.handle().look_async(move |engine| run_rows(engine, limit)).await;
    answer(rows.map_err(|_| stopped())?)
}
