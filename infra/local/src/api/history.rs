//! `GET /events`, `GET /events/{id}` and `GET /instances/{condition}/rounds`: the past, read from the host's own directory. The
//! engine is not asked: a question about the past costs those who come after it nothing but a share of the processor.

mod asked;
mod following;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use fanin_history::chronicle::{self, Entries};
use fanin_history::present::Present;
use fanin_history::story::document::Answer;
use fanin_history::{History, HistoryError, IdAsked, story};
use serde::Serialize;
use tokio::sync::Semaphore;

use self::asked::{Asked, EventsAsked, RoundsAsked, StoryAsked};
use self::following::Followed;
use super::answer::{Refusal, malformed, refuse, refuse_with, stopped};
use super::instances::canonical;
use crate::limits::MAX_LOOKS_WAITING;

/// What looking back needs.
#[derive(Debug)]
struct Looking {
    dir: PathBuf,
    /// One look at a time: each may take a whole processor for seconds.
    turn: Semaphore,
    waiting: AtomicUsize,
    followed: Arc<Followed>,
}

/// A document, or a refusal. Written at once: numbers in envelopes keep their spelling.
type Told = Result<axum::response::Response, Refusal>;

/// The routes.
pub(super) fn router(dir: PathBuf) -> Router {
    let looking = Looking {
        dir,
        turn: Semaphore::new(1),
        waiting: AtomicUsize::new(0),
        followed: Arc::new(Followed::default()),
    };
    Router::new()
        .route("/events", get(events))
        .route("/events/{id}", get(event))
        .route("/instances/{condition}/rounds", get(rounds))
        .with_state(Arc::new(looking))
}

fn tell(document: &impl Serialize) -> Told {
    let text = serde_json::to_string(document).map_err(|_| stopped())?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

fn trouble(error: &HistoryError) -> Refusal {
    let (status, code) = match error {
        HistoryError::Pattern(_) => (StatusCode::BAD_REQUEST, "malformed"),
        HistoryError::TooMuch { .. } => (StatusCode::BAD_REQUEST, "narrow-it"),
        HistoryError::Gone { .. } => (StatusCode::GONE, "gone"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "history"),
    };
    refuse(status, code, &error.to_string())
}

impl Looking {
    /// Looks at the past on a thread of its own, one after the other.
    async fn look<T: Send + 'static>(
        self: &Arc<Looking>,
        look: impl FnOnce(&Looking) -> Result<T, HistoryError> + Send + 'static,
    ) -> Result<T, Refusal> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= MAX_LOOKS_WAITING {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            let reason = "too many questions about the past wait already; ask again later";
            return Err(refuse(StatusCode::SERVICE_UNAVAILABLE, "busy", reason));
        }
        let permit = self.turn.acquire().await;
        let looking = self.clone();
        let looked = tokio::task::spawn_blocking(move || look(&looking)).await;
        drop(permit);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        looked.map_err(|_| stopped())?.map_err(|error| trouble(&error))
    }
}

async fn events(State(looking): State<Arc<Looking>>, Query(asked): Query<Asked>) -> Told {
    let EventsAsked { query, after } = EventsAsked::read(asked)?;
    let Some(after) = after else {
        let search = move |l: &Looking| chronicle::search(&History::open(&l.dir)?, &query);
        return tell(&looking.look(search).await?);
    };
    // Whoever follows does not stand behind those who search.
    let (followed, dir) = (looking.followed.clone(), looking.dir.clone());
    let told = tokio::task::spawn_blocking(move || followed.after(&dir, &query, after)).await;
    let entries: Entries = told.map_err(|_| stopped())?.map_err(|error| trouble(&error))?;
    looking.followed.forget_when_idle();
    tell(&entries)
}

async fn event(
    State(looking): State<Arc<Looking>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Told {
    let id = IdAsked::read(&id).ok_or_else(|| malformed("give at least four characters of the id"))?;
    let StoryAsked { extent } = StoryAsked::read(asked)?;
    let look = move |l: &Looking| story::of_event(&History::open(&l.dir)?, &id, extent);
    let answer: Answer = looking.look(look).await?;
    tell(&answer)
}

/// `GET /instances/{condition}/rounds`
#[derive(Serialize)]
struct Rounds {
    rounds: Vec<story::document::Story>,
}

async fn rounds(
    State(looking): State<Arc<Looking>>,
    Path(condition): Path<String>,
    Query(asked): Query<Asked>,
) -> Told {
    let RoundsAsked { key, alone, rounds, extent } = RoundsAsked::read(asked)?;
    let look = move |l: &Looking| {
        let history = History::open(&l.dir)?;
        let Some(names) = Present::open(&history)?.key_names(&condition) else {
            return Ok(Err(no_condition(&condition)));
        };
        let key = match canonical(&names, &key, alone.as_deref()) {
            Ok(key) => fanin_condition::Key::from(key.as_str()),
            Err(refusal) => return Ok(Err(refusal)),
        };
        story::of_instance(&history, (&condition, &key), rounds, extent).map(Ok)
    };
    let rounds = looking.look(look).await??;
    tell(&Rounds { rounds })
}

fn no_condition(condition: &str) -> Refusal {
    let reason = format!("there is no condition {condition:?}");
    let document = serde_json::json!({ "code": "no-such-condition", "reason": reason });
    refuse_with(StatusCode::NOT_FOUND, document)
}
