//! `GET /api/live`: what happens, as it happens.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use fanin_local::api::answer::{Refusal, malformed, refuse};

use super::asked::{Asked as InUrl, filter, unknown};
use crate::dashboard::Dashboard;
use crate::limits::{KEEP_ALIVE, MAX_VIEWERS};
use crate::live::{Asked, open};

pub(super) async fn live(
    State(dashboard): State<Arc<Dashboard>>,
    Query(asked): Query<InUrl>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let asked = read(asked, &headers)?;
    let Ok(permit) = dashboard.viewers.clone().try_acquire_owned() else {
        let reason = format!("{MAX_VIEWERS} pages watch already: close one of them");
        return Err(refuse(StatusCode::SERVICE_UNAVAILABLE, "too-many-viewers", &reason));
    };
    let events = open(dashboard, asked, permit);
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

fn read(asked: InUrl, headers: &HeaderMap) -> Result<Asked, Refusal> {
    let mut read = Asked { rows: true, ..Asked::default() };
    for (name, value) in asked {
        match name.as_str() {
            "last" => read.last = Some(value),
            "rows" => {
                read.rows = match value.as_str() {
                    "true" => true,
                    "false" => false,
                    _ => return Err(malformed("`rows` is true or false")),
                }
            }
            other if filter(&mut read.filter, other, &value)? => {}
            other => return Err(unknown(other)),
        }
    }
    // What the browser heard last is newer than what stood in the page's address.
    if let Some(last) = headers.get("last-event-id").and_then(|last| last.to_str().ok()) {
        read.last = Some(last.to_owned());
    }
    Ok(read)
}
