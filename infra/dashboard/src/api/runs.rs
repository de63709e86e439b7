//! `GET /api/runs` and `GET /api/runs/{run}`.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use fanin_local::api::answer::{malformed, refuse, stopped};
use serde_json::json;

use super::asked::{Asked, Page, Told, tell, unknown};
use crate::dashboard::Dashboard;
use crate::runs::State as At;

pub(super) async fn list(State(dashboard): State<Arc<Dashboard>>, Query(asked): Query<Asked>) -> Told {
    let (mut states, mut rule, mut page) = (Vec::new(), None, Page::default());
    for (name, value) in asked {
        match name.as_str() {
            "state" if value.is_empty() => {}
            "state" => states = At::read(&value).map_err(|reason| malformed(&reason))?,
            "rule" => rule = Some(value).filter(|rule| !rule.is_empty()),
            other if page.read(other, &value)? => {}
            other => return Err(unknown(other)),
        }
    }
    let mut runs = dashboard.runs().await.map_err(|_| stopped())?;
    runs.retain(|run| {
        (states.is_empty() || states.contains(&run.state))
            && rule.as_ref().is_none_or(|rule| run.rule == *rule)
    });
    tell(&json!({ "rows": page.of(&runs), "total": runs.len(), "now": dashboard.memory().now().to_string() }))
}

pub(super) async fn one(State(dashboard): State<Arc<Dashboard>>, Path(run): Path<String>) -> Told {
    let found = dashboard.run(&run).await.map_err(|_| stopped())?;
    let missing = || {
        let reason = "no run of this identity is in progress, and none of its calls is remembered";
        refuse(StatusCode::NOT_FOUND, "no-such-run", reason)
    };
    tell(&found.ok_or_else(missing)?)
}
