//! The routes, one file per subject.

mod asked;
mod graph;
mod keys;
mod live;
mod runs;
mod send;
mod stream;
mod test;
mod upload;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};

use crate::dashboard::Dashboard;
use crate::files;
use crate::limits::MAX_BODY_BYTES;
use crate::origins::follow;

/// The routes of the dashboard. Needs a tokio runtime: what started a run is looked for while it is remembered.
pub fn router(dashboard: Arc<Dashboard>) -> Router {
    tokio::spawn(follow(Arc::downgrade(&dashboard)));
    let uploads = Router::new()
        .route("/api/upload/{bucket}/{*key}", put(upload::upload))
        .layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/", get(files::index))
        .route("/static/{*path}", get(files::file))
        .route("/api/live", get(live::live))
        .route("/api/graph", get(graph::graph))
        .route("/api/keys", get(keys::keys))
        .route("/api/stream", get(stream::list))
        .route("/api/stream/{seq}", get(stream::one))
        .route("/api/stream/{seq}/resend", post(stream::resend))
        .route("/api/forms", get(send::forms))
        .route("/api/compose", post(send::compose))
        .route("/api/send", post(send::send))
        .route("/api/test", get(test::test))
        .route("/api/runs", get(runs::list))
        .route("/api/runs/{run}", get(runs::one))
        .route("/api/workflow", get(graph::workflow))
        .route("/metrics", get(graph::metrics))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .merge(uploads)
        .with_state(dashboard)
}
