//! `GET /api/graph`, `GET /api/workflow`, `GET /metrics`: the workflow, its counters, and what became of its last edit.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use fanin_local::api::answer::stopped;
use fanin_runtime::Engine;
use serde_json::{Value, json};

use super::asked::{Asked, Told, tell, unknown};
use crate::dashboard::Dashboard;
use crate::metrics as prometheus;

fn nothing(asked: &Asked) -> Result<(), fanin_local::api::answer::Refusal> {
    asked.first().map_or(Ok(()), |(name, _)| Err(unknown(name)))
}

pub(super) async fn graph(State(dashboard): State<Arc<Dashboard>>, Query(asked): Query<Asked>) -> Told {
    nothing(&asked)?;
    let counts = dashboard.counts().await.map_err(|_| stopped())?;
    let shown = &counts.shown;
    let nodes = shown.graph.nodes.iter().zip(&counts.nodes).map(|(node, (_, of))| {
        let mut told = json!(node);
        if let Some(fields) = told.as_object_mut() {
            fields.insert("counts".to_owned(), json!(of));
        }
        told
    });
    tell(&json!({
        "workflow": shown.graph.workflow,
        "version": shown.plan.version,
        "since": dashboard.memory().since().to_string(),
        "now": counts.now.to_string(),
        "nodes": nodes.collect::<Vec<Value>>(),
        "edges": shown.graph.edges,
    }))
}

pub(super) async fn workflow(State(dashboard): State<Arc<Dashboard>>, Query(asked): Query<Asked>) -> Told {
    nothing(&asked)?;
    let look = |engine: &Engine| engine.draining().iter().map(ToString::to_string).collect::<Vec<_>>();
    let draining = dashboard.service().handle().look_async(look).await.map_err(|_| stopped())?;
    let shown = dashboard.shown();
    let reload = dashboard.reload().borrow().clone();
    tell(&json!({
        "file": dashboard.file_name(),
        "text": shown.text,
        "version": shown.plan.version,
        "draining": draining,
        "s3": dashboard.place().uploads,
        "reload": reload.as_deref(),
    }))
}

pub(super) async fn metrics(State(dashboard): State<Arc<Dashboard>>, Query(asked): Query<Asked>) -> Told {
    nothing(&asked)?;
    let counts = dashboard.counts().await.map_err(|_| stopped())?;
    let text = prometheus::text(&counts, dashboard.service().handle().syncs()).ok_or_else(stopped)?;
    Ok(([(CONTENT_TYPE, prometheus::CONTENT_TYPE)], text).into_response())
}
