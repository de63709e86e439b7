//! What a running host tells over HTTP, beside taking events in: its status, its dead letters, its open instances.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use fanin_runtime::{DeadLetter, Engine, Stats};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::limits::MAX_LISTED;
use crate::recent::{Called, Happened};
use crate::service::Service;

/// `GET /status`
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Name of the workflow.
    pub workflow: String,
    /// Content hash of its current version.
    pub version: String,
    /// Versions that only finish what they opened.
    pub draining: Vec<String>,
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

/// The parts of the status that lie in the engine.
struct Inside {
    workflow: String,
    version: String,
    draining: Vec<String>,
    stats: Stats,
    instances: usize,
    open_instances: usize,
    runs: usize,
    dead_letters: usize,
}

fn look(engine: &Engine) -> Inside {
    let plan = engine.plan();
    Inside {
        workflow: plan.map(|p| p.workflow.to_string()).unwrap_or_default(),
        version: plan.map(|p| p.version.clone()).unwrap_or_default(),
        draining: engine.draining().iter().map(ToString::to_string).collect(),
        stats: engine.stats(),
        instances: engine.instance_count(),
        open_instances: engine.instances().filter(|view| view.instance.is_open()).count(),
        runs: engine.active_runs(),
        dead_letters: engine.dead_letters().len(),
    }
}

impl Service {
    /// How it stands.
    pub async fn status(&self) -> Option<Status> {
        let inside = self.handle().look_async(look).await.ok()?;
        let open_calls = self.handle().open_calls();
        Some(Status {
            workflow: inside.workflow,
            version: inside.version,
            draining: inside.draining,
            stats: inside.stats,
            instances: inside.instances,
            open_instances: inside.open_instances,
            runs: inside.runs,
            open_calls,
            dead_letters: inside.dead_letters,
            idle: inside.runs == 0 && open_calls == 0,
            firings: self.recent().all_happened(),
            calls: self.recent().all_called(),
        })
    }
}

/// The routes.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/status", get(status))
        .route("/dead", get(dead))
        .route("/dead/{number}/redrive", post(redrive))
        .route("/instances", get(instances))
        .with_state(service)
}

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

fn stopped() -> (StatusCode, Json<Value>) {
    let body = json!({ "code": "stopping", "reason": "the host is stopping; ask again once it runs" });
    (StatusCode::SERVICE_UNAVAILABLE, Json(body))
}

fn answer(value: impl Serialize) -> Answer {
    serde_json::to_value(value).map(Json).map_err(|_| stopped())
}

async fn status(State(service): State<Arc<Service>>) -> Answer {
    answer(service.status().await.ok_or_else(stopped)?)
}

#[derive(Debug, Deserialize)]
struct Page {
    /// Numbers up to and including this one are left out.
    #[serde(default)]
    after: u64,
}

async fn dead(State(service): State<Arc<Service>>, Query(page): Query<Page>) -> Answer {
    let list = move |engine: &Engine| -> Vec<DeadLetter> {
        let later = engine.dead_letters().iter().filter(|letter| letter.number > page.after);
        later.take(MAX_LISTED).cloned().collect()
    };
    answer(service.handle().look_async(list).await.map_err(|_| stopped())?)
}

async fn redrive(State(service): State<Arc<Service>>, Path(number): Path<u64>) -> Answer {
    let there = move |engine: &Engine| engine.dead_letters().iter().any(|letter| letter.number == number);
    if !service.handle().look_async(there).await.map_err(|_| stopped())? {
        let body = json!({ "code": "no-such-letter", "reason": format!("there is no dead letter {number}") });
        return Err((StatusCode::NOT_FOUND, Json(body)));
    }
    service.handle().redrive(number).await.map_err(|_| stopped())?;
    let stays = service.handle().look_async(there).await.map_err(|_| stopped())?;
    Ok(Json(json!({ "number": number, "redriven": !stays })))
}

#[derive(Debug, Deserialize)]
struct Which {
    condition: Option<String>,
}

async fn instances(State(service): State<Arc<Service>>, Query(which): Query<Which>) -> Answer {
    let list = move |engine: &Engine| -> Vec<Value> {
        let wanted = |name: &str| which.condition.as_deref().is_none_or(|c| c == name);
        let open = engine.instances().filter(|v| v.instance.is_open() && wanted(&v.condition.name));
        let explained = open.take(MAX_LISTED).map(|v| {
            let explanation = fanin_condition::explain(v.condition, v.key, v.instance, engine.now());
            json!({ "condition": &*v.condition.name, "key": v.key, "explanation": explanation })
        });
        explained.collect()
    };
    answer(service.handle().look_async(list).await.map_err(|_| stopped())?)
}
