//! `GET /instances` and `GET /instances/{condition}`: pages of instances, and one with everything that is known about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use fanin_condition::Key;
use fanin_event::Timestamp;
use fanin_runtime::documents::{
    InstancePage, InstanceTold, NotThere, instance_page, instance_told, near_rows, not_there,
};
use fanin_runtime::{Engine, InstanceFilter, NearQuestion};

use super::answer::{Answer, Refusal, answer, malformed, refuse, refuse_with, stopped};
use crate::limits::{MAX_LISTED, MAX_LOOKS_A_PAGE, MAX_NEAR_MISSES};
use crate::service::Service;

type Asked = Vec<(String, String)>;

/// What the query of a list asks for.
struct ListAsked {
    filter: InstanceFilter,
    alone: Option<String>,
    after: u32,
    limit: usize,
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, Refusal> {
    text.parse().map_err(|_| malformed(&format!("`{name}` is {text:?}; write a whole number")))
}

fn read_list(asked: Asked) -> Result<ListAsked, Refusal> {
    let mut list = ListAsked { filter: InstanceFilter::default(), alone: None, after: 0, limit: MAX_LISTED };
    for (name, value) in asked {
        match name.as_str() {
            "condition" => list.filter.condition = Some(value),
            "open" if value == "true" || value == "false" => list.filter.open = Some(value == "true"),
            "open" => return Err(malformed("`open` is true or false")),
            "after" => list.after = number("after", &value)?,
            "limit" => list.limit = number::<usize>("limit", &value)?.clamp(1, MAX_LISTED),
            "due_by" => {
                let due_by = Timestamp::parse(&value);
                let wrong = || malformed("`due_by` is a moment such as 2026-01-02T03:04:05Z");
                list.filter.due_by = Some(due_by.ok_or_else(wrong)?);
            }
            "key" => list.alone = Some(value),
            other => match other.strip_prefix("key.") {
                Some(part) => drop(list.filter.key.insert(part.to_owned(), value)),
                None => return Err(malformed(&format!("`{other}` is not known here"))),
            },
        }
    }
    if list.alone.is_some() && list.filter.condition.is_none() {
        return Err(malformed("`key` without a name needs `condition`; else write key.NAME=VALUE"));
    }
    Ok(list)
}

pub(super) async fn list(State(service): State<Arc<Service>>, Query(asked): Query<Asked>) -> Answer {
    let ListAsked { mut filter, alone, after, limit } = read_list(asked)?;
    if let Some(name) = filter.condition.clone() {
        let look = move |engine: &Engine| {
            engine.key_names(&name).ok_or_else(|| Box::new(not_there(engine, &name, "")))
        };
        let names = service.handle().look_async(look).await.map_err(|_| stopped())?;
        let names = names.map_err(|missing| refuse_with(StatusCode::NOT_FOUND, missing))?;
        if let Some(value) = alone {
            filter.key.insert(only(&names)?, value);
        }
        if let Some(other) = filter.key.keys().find(|part| !names.contains(part)) {
            return Err(no_such_part(other, &names));
        }
    }
    let mut page = InstancePage { instances: Vec::new(), next: Some(after), now: String::new() };
    for _ in 0..MAX_LOOKS_A_PAGE {
        let Some(from) = page.next else { break };
        let (filter, left) = (filter.clone(), limit.saturating_sub(page.instances.len()));
        let look = move |engine: &Engine| instance_page(engine, &filter, from, left);
        let part = service.handle().look_async(look).await.map_err(|_| stopped())?;
        page.instances.extend(part.instances);
        (page.next, page.now) = (part.next, part.now);
        if page.instances.len() >= limit {
            break;
        }
    }
    answer(page)
}

fn only(names: &[String]) -> Result<String, Refusal> {
    match names {
        [one] => Ok(one.clone()),
        [] => Err(malformed("this condition has no key: one instance stands for all")),
        several => {
            Err(malformed(&format!("the key has the parts {}; write key.NAME=VALUE", several.join(", "))))
        }
    }
}

fn no_such_part(part: &str, names: &[String]) -> Refusal {
    malformed(&format!("the key has no part `{part}`; its parts are {}", names.join(", ")))
}

/// A key that was given, as its canonical text for a condition that joins by `names`.
pub(super) fn canonical(
    names: &[String],
    given: &BTreeMap<String, String>,
    alone: Option<&str>,
) -> Result<String, Refusal> {
    let mut given = given.clone();
    if let Some(value) = alone {
        given.insert(only(names)?, value.to_owned());
    }
    if let Some(other) = given.keys().find(|part| !names.contains(part)) {
        return Err(no_such_part(other, names));
    }
    let values: Option<Vec<&str>> = names.iter().map(|name| given.get(name).map(String::as_str)).collect();
    match values {
        Some(values) => Ok(Key::of(&values).to_string()),
        None => {
            let reason = format!("the key has the parts {}: give all of them", names.join(", "));
            Err(refuse(StatusCode::BAD_REQUEST, "key-needed", &reason))
        }
    }
}

/// The instance, or what is like it.
enum Found {
    There(Box<InstanceTold>),
    NotThere(Box<NotThere>),
}

pub(super) async fn one(
    State(service): State<Arc<Service>>,
    Path(condition): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer {
    let (mut given, mut alone, mut misses) = (BTreeMap::new(), None, 10);
    for (name, value) in asked {
        match name.strip_prefix("key.") {
            Some(part) => drop(given.insert(part.to_owned(), value)),
            None if name == "key" => alone = Some(value),
            None if name == "misses" => misses = number::<usize>("misses", &value)?.min(MAX_NEAR_MISSES),
            None => return Err(malformed(&format!("`{name}` is not known here"))),
        }
    }
    let look = move |engine: &Engine| look(engine, &condition, &given, alone.as_deref());
    let (found, mut near) = service.handle().look_async(look).await.map_err(|_| stopped())?;
    let dir = service.dir().to_path_buf();
    // Away from the engine: ten thousand events are looked at.
    let near = tokio::task::spawn_blocking(move || {
        // After a start the engine remembers none. Without the log there are none to tell, which is no reason not to answer.
        if misses > 0
            && near.lacks_events()
            && let Ok(history) = fanin_history::History::open(dir)
        {
            let _ = fanin_history::present::recall(&history, &mut near);
        }
        near_rows(near.answer(misses))
    });
    let near = near.await.unwrap_or_default();
    match found {
        Found::There(mut told) => {
            told.near_misses = near;
            answer(told)
        }
        Found::NotThere(mut missing) => {
            missing.near_misses = near;
            Err(refuse_with(StatusCode::NOT_FOUND, missing))
        }
    }
}

fn look(
    engine: &Engine,
    condition: &str,
    given: &BTreeMap<String, String>,
    alone: Option<&str>,
) -> (Found, NearQuestion) {
    let near = engine.near_question(condition);
    let Some(names) = engine.key_names(condition) else {
        return (Found::NotThere(Box::new(not_there(engine, condition, ""))), near);
    };
    let key = match canonical(&names, given, alone) {
        Ok(key) => key,
        Err((_, body)) => {
            let text = |name: &str| body.get(name).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            let (code, reason) = (text("code"), text("reason"));
            let missing = NotThere { code, reason, key_names: names, ..not_there(engine, condition, "") };
            return (Found::NotThere(Box::new(missing)), NearQuestion::default());
        }
    };
    match instance_told(engine, condition, &key) {
        Some(told) => (Found::There(Box::new(told)), near),
        None => (Found::NotThere(Box::new(not_there(engine, condition, &key))), near),
    }
}
