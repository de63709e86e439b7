//! `/dead`: the dead letters, one of them, and trying them again.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use fanin_runtime::Engine;
use fanin_runtime::documents::{DeadFilter, DeadPage, DeadTold, RedrivenPage};
use futures_util::future::join_all;
use serde::Deserialize;

use super::answer::{Answer, Refusal, answer, malformed, read, refuse, stopped};
use crate::limits::{MAX_LISTED, MAX_REDRIVEN};
use crate::service::Service;

/// The query of a list.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    /// Numbers up to and including this one are left out.
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
    code: Option<String>,
    kind: Option<String>,
    subject: Option<String>,
    since: Option<String>,
}

fn no_such_letter(number: u64) -> Refusal {
    let reason = format!("there is no dead letter {number}: it was tried again, or never was");
    refuse(StatusCode::NOT_FOUND, "no-such-letter", &reason)
}

pub(super) async fn list(State(service): State<Arc<Service>>, Query(page): Query<Page>) -> Answer {
    let Page { after, limit, code, kind, subject, since } = page;
    let filter = DeadFilter { code, kind, subject, since };
    filter.check().map_err(|reason| malformed(&reason))?;
    let limit = limit.unwrap_or(MAX_LISTED).clamp(1, MAX_LISTED);
    let look = move |engine: &Engine| DeadPage::of(engine, &filter, after, limit);
    answer(service.handle().look_async(look).await.map_err(|_| stopped())?)
}

pub(super) async fn one(State(service): State<Arc<Service>>, Path(number): Path<u64>) -> Answer {
    let look = move |engine: &Engine| engine.dead_letters().get(number).map(DeadTold::of);
    let told = service.handle().look_async(look).await.map_err(|_| stopped())?;
    answer(told.ok_or_else(|| no_such_letter(number))?)
}

pub(super) async fn redrive(State(service): State<Arc<Service>>, Path(number): Path<u64>) -> Answer {
    let redriven = service.handle().redrive(number).await.map_err(|_| stopped())?;
    answer(redriven.ok_or_else(|| no_such_letter(number))?)
}

/// The body of `POST /dead/redrive`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Some {
    filter: DeadFilter,
    after: u64,
}

/// Tries again whatever fits and is there when it begins; what dies anew meanwhile is left alone.
pub(super) async fn redrive_some(State(service): State<Arc<Service>>, body: Bytes) -> Answer {
    let Some { filter, after } = read(&body)?;
    filter.check().map_err(|reason| malformed(&reason))?;
    let look = move |engine: &Engine| DeadPage::of(engine, &filter, after, MAX_REDRIVEN);
    let page = service.handle().look_async(look).await.map_err(|_| stopped())?;
    let mut told = RedrivenPage { letters: Vec::new(), next: page.next };
    let handle = service.handle();
    // All at once, so that they share the syncs of the log.
    for redriven in join_all(page.letters.iter().map(|letter| handle.redrive(letter.number))).await {
        told.letters.extend(redriven.map_err(|_| stopped())?);
    }
    answer(told)
}
