//! `GET /api/forms`, `POST /api/compose`, `POST /api/send`: events by name.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use fanin_local::api::answer::{Refusal, read, refuse, stopped};
use fanin_local::{Arrival, HostError};
use fanin_runtime::{Origin, Reception};
use fanin_simulate::build::Built;
use serde::Serialize;
use serde_json::value::RawValue;

use super::asked::{Told, tell};
use crate::dashboard::Dashboard;
use crate::forms::{self, Filled, Forms};

/// What was made of a form, and what became of it.
#[derive(Serialize)]
struct Made {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    envelope: Box<RawValue>,
}

pub(super) async fn forms(State(dashboard): State<Arc<Dashboard>>) -> Told {
    tell(&Forms::of(&dashboard.shown().plan))
}

fn made(dashboard: &Dashboard, body: &Bytes) -> Result<Built, Refusal> {
    let filled: Filled = read(body)?;
    let shown = dashboard.shown();
    if !shown.plan.events.iter().any(|event| *event.name == *filled.event) {
        let reason = format!("the workflow has no event `{}`", filled.event);
        return Err(refuse(StatusCode::NOT_FOUND, "no-such-event", &reason));
    }
    forms::compose(&shown.plan, &filled, dashboard.memory().now())
        .map_err(|reason| refuse(StatusCode::BAD_REQUEST, "cannot-compose", &reason))
}

fn envelope(text: String) -> Result<Box<RawValue>, Refusal> {
    RawValue::from_string(text).map_err(|_| stopped())
}

pub(super) async fn compose(State(dashboard): State<Arc<Dashboard>>, body: Bytes) -> Told {
    let built = made(&dashboard, &body)?;
    tell(&Made { id: None, status: None, envelope: envelope(built.text)? })
}

pub(super) async fn send(State(dashboard): State<Arc<Dashboard>>, body: Bytes) -> Told {
    let built = made(&dashboard, &body)?;
    let (text, identity) = (built.text.clone(), Some(built.identity));
    submit(&dashboard, Arrival { text, identity, origin: Origin::Http }).await?;
    tell(&Made { id: Some(built.id), status: Some("accepted"), envelope: envelope(built.text)? })
}

/// Lets an event in.
pub(super) async fn submit(dashboard: &Dashboard, arrival: Arrival) -> Result<Reception, Refusal> {
    let answers = dashboard.service().handle().submit(vec![arrival]).await.map_err(|error| match error {
        HostError::Busy => refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", &error.to_string()),
        _ => stopped(),
    })?;
    let reception = answers.into_iter().next().ok_or_else(stopped)?;
    match &reception.refused {
        Some((code, reason)) => Err(refuse(StatusCode::BAD_REQUEST, code, reason)),
        None => Ok(reception),
    }
}
