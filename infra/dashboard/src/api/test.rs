//! `GET /api/test`: events of the stream as a test.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use fanin_event::Scratch;
use fanin_local::api::answer::{Refusal, malformed, refuse, stopped};

use super::asked::{Asked, Told, number, tell, unknown};
use crate::copy::{Anchor, choose, copy};
use crate::dashboard::Dashboard;

/// What the test is to be about.
enum About {
    Event(u64),
    Instance(String, BTreeMap<String, String>),
}

fn read(asked: Asked) -> Result<About, Refusal> {
    let (mut seq, mut condition, mut key) = (None, None, BTreeMap::new());
    for (name, value) in asked {
        match (name.as_str(), name.strip_prefix("key.")) {
            ("seq", _) => seq = Some(number("seq", &value)?),
            ("condition", _) => condition = Some(value),
            (_, Some(part)) => drop(key.insert(part.to_owned(), value)),
            (other, None) => return Err(unknown(other)),
        }
    }
    match (seq, condition) {
        (Some(seq), None) if key.is_empty() => Ok(About::Event(seq)),
        (None, Some(condition)) => Ok(About::Instance(condition, key)),
        _ => Err(malformed("give `seq`, or `condition` with its key: key.NAME=VALUE")),
    }
}

pub(super) async fn test(State(dashboard): State<Arc<Dashboard>>, Query(asked): Query<Asked>) -> Told {
    let about = read(asked)?;
    // The events are played, which may take a while.
    let copied = tokio::task::spawn_blocking(move || write(&dashboard, about)).await;
    copied.map_err(|_| stopped())?
}

fn write(dashboard: &Dashboard, about: About) -> Told {
    let shown = dashboard.shown();
    let all = dashboard.memory().ring().part(0, u64::MAX);
    let (part, anchor) = match about {
        About::Event(seq) => {
            let gone =
                || refuse(StatusCode::NOT_FOUND, "gone", &format!("the event {seq} is not kept any more"));
            let entry = all.get(seq).ok_or_else(gone)?;
            let anchor = Anchor::of(entry, &shown, &mut Scratch::default());
            (dashboard.memory().ring().part(0, seq.saturating_add(1)), anchor)
        }
        About::Instance(condition, key) => {
            (all, Anchor { names: vec![condition], captures: key, until: None })
        }
    };
    let chosen = choose(&part, &shown, anchor);
    let copied = copy(&shown.plan, &dashboard.file_name(), &chosen);
    tell(&copied.map_err(|reason| refuse(StatusCode::CONFLICT, "no-test", &reason))?)
}
