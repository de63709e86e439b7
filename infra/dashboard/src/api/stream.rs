//! `GET /api/stream`, one event whole, and sending it again.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use fanin_event::Scratch;
use fanin_local::Arrival;
use fanin_local::api::answer::{Refusal, refuse, stopped};
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::asked::{Asked, Told, filter, number, tell, unknown};
use super::send::submit;
use crate::dashboard::Dashboard;
use crate::limits::{LISTED, MAX_LISTED};
use crate::ring::What;
use crate::row::{Filter, Kind, Row};
use crate::runs::beginning;

/// `GET /api/stream`
#[derive(Debug, Serialize)]
struct Rows {
    rows: Vec<Row>,
    next: Option<u64>,
    oldest: Option<u64>,
    newest: Option<u64>,
    now: String,
}

/// One event whole.
#[derive(Debug, Serialize)]
struct Whole {
    #[serde(flatten)]
    row: Row,
    #[serde(skip_serializing_if = "Option::is_none")]
    envelope: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    cut: bool,
}

/// What a list asks for.
struct Question {
    filter: Filter,
    before: u64,
    limit: usize,
}

fn read(asked: Asked) -> Result<Question, Refusal> {
    let mut question = Question { filter: Filter::default(), before: u64::MAX, limit: LISTED };
    for (name, value) in asked {
        match name.as_str() {
            "before" => question.before = number("before", &value)?,
            "limit" => question.limit = number::<usize>("limit", &value)?.clamp(1, MAX_LISTED),
            other if filter(&mut question.filter, other, &value)? => {}
            other => return Err(unknown(other)),
        }
    }
    Ok(question)
}

pub(super) async fn list(State(dashboard): State<Arc<Dashboard>>, Query(asked): Query<Asked>) -> Told {
    let question = read(asked)?;
    // Ten thousand events may have to be looked at: away from those who answer others.
    let rows = tokio::task::spawn_blocking(move || rows(&dashboard, &question)).await;
    tell(&rows.map_err(|_| stopped())?)
}

fn rows(dashboard: &Dashboard, question: &Question) -> Rows {
    let (all, part) = {
        let ring = dashboard.memory().ring();
        (ring.part(0, u64::MAX).bounds(), ring.part(0, question.before))
    };
    let (shown, mut scratch) = (dashboard.shown(), Scratch::default());
    let mut found = part.newest_first().filter_map(|entry| question.filter.take(entry, &shown, &mut scratch));
    let rows: Vec<Row> = found.by_ref().take(question.limit).collect();
    let more = found.next().is_some();
    let (oldest, end) = all;
    let there = oldest < end;
    Rows {
        next: rows.last().map(|row| row.seq).filter(|_| more),
        rows,
        oldest: there.then_some(oldest),
        newest: there.then_some(end.saturating_sub(1)),
        now: dashboard.memory().now().to_string(),
    }
}

fn gone(seq: u64) -> Refusal {
    let reason =
        format!("the event {seq} is not kept any more, or has not come yet; `fanin events` reads the log");
    refuse(StatusCode::NOT_FOUND, "gone", &reason)
}

pub(super) async fn one(State(dashboard): State<Arc<Dashboard>>, Path(seq): Path<u64>) -> Told {
    let part = dashboard.memory().ring().part(0, u64::MAX);
    let entry = part.get(seq).ok_or_else(|| gone(seq))?;
    let row = Row::of(entry, &dashboard.shown(), &mut Scratch::default());
    let text = entry.what.text();
    let envelope: Option<Box<RawValue>> = serde_json::from_str(text).ok();
    let shown = envelope.is_none().then(|| beginning(text).to_owned());
    let cut = shown.as_ref().is_some_and(|shown| shown.len() < text.len());
    tell(&Whole { row, envelope, text: shown, cut })
}

pub(super) async fn resend(State(dashboard): State<Arc<Dashboard>>, Path(seq): Path<u64>) -> Told {
    let arrival: Arrival = {
        let part = dashboard.memory().ring().part(0, u64::MAX);
        let entry = part.get(seq).ok_or_else(|| gone(seq))?;
        match entry.what {
            What::Event(arrival, _) if Kind::of(entry.what) != Kind::Rejected => arrival.clone(),
            _ => {
                let reason = "only what came from outside and was taken can be sent again";
                return Err(refuse(StatusCode::CONFLICT, "not-resendable", reason));
            }
        }
    };
    let id = dashboard.shown().recognize(&arrival.text, &mut Scratch::default()).id;
    submit(&dashboard, arrival).await?;
    tell(&json!({ "id": id, "status": "accepted" }))
}
