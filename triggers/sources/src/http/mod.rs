//! Events over HTTP: `POST /events` in every form, EventBridge's `PutEvents`, `GET /health`.
//!
//! [`router`] has the routes and nothing else, so that a host can add its own; [`guarded`] then puts the checks of
//! `Host` and `Origin` around all of them. Signatures of `PutEvents` requests are not checked: who may connect may send.

mod answer;
mod events;
mod guard;
mod put_events;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use crate::clock::Clock;
use crate::intake::Intake;
use crate::limits;

pub use guard::{Guard, guarded};

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) intake: Arc<dyn Intake>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Bodies being read, in KiB.
    pub(crate) bodies: Arc<Semaphore>,
}

/// The unit in which the room for bodies is counted: bytes would not fit a semaphore's 32 bits for long.
pub(crate) const BODY_UNIT: usize = 1_024;

/// The routes that take events in.
pub fn router(intake: Arc<dyn Intake>, clock: Arc<dyn Clock>) -> Router {
    let bodies = Arc::new(Semaphore::new(limits::MAX_BODY_BYTES_IN_FLIGHT / BODY_UNIT));
    Router::new()
        .route("/", post(events::post_root))
        .route("/events", post(events::post_events))
        .route("/health", get(answer::health))
        .with_state(Shared { intake, clock, bodies })
}
