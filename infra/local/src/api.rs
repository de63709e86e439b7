//! What a running host tells over HTTP, beside taking events in: its status, its instances, its dead letters; and what
//! people do to them. One file per subject. The documents are those of [`fanin_runtime::documents`].

pub mod answer;
mod dead;
mod history;
mod instances;
mod operate;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::limits::MAX_BODY_BYTES;
use crate::service::Service;

pub use operate::OperateBody;
pub use status::Status;

/// The routes.
pub fn router(service: Arc<Service>) -> Router {
    let past = history::router(service.dir().to_path_buf());
    Router::new()
        .route("/status", get(status::status))
        .route("/runs", get(status::runs))
        .route("/instances", get(instances::list))
        .route("/instances/{condition}", get(instances::one))
        .route("/instances/{condition}/operate", post(operate::operate))
        .route("/dead", get(dead::list))
        .route("/dead/redrive", post(dead::redrive_some))
        .route("/dead/{number}", get(dead::one))
        .route("/dead/{number}/redrive", post(dead::redrive))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(service)
        .merge(past)
}
