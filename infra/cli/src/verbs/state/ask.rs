//! Asking for instances and runs: a running host, or the files of one that is not running.

use std::collections::BTreeMap;

use fanin_condition::Key;
use fanin_history::History;
use fanin_runtime::InstanceFilter;
use fanin_runtime::documents::{
    InstancePage, InstanceRow, NotThere, RunRow, instance_page, not_there, run_rows,
};
use serde::Serialize;

use super::List;
use crate::source::{Api, Keys, Refused, Source};
use crate::verbs::events::query::{Parameters, segment};

/// The instances that were asked for.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) instances: Vec<InstanceRow>,
    /// Runs in progress; none: they were not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) runs: Option<Vec<RunRow>>,
    /// There are more.
    pub(super) more: bool,
    /// The moment up to which everything is decided.
    pub(super) now: String,
    /// It was asked for by key.
    #[serde(skip)]
    pub(super) one_was_asked_for: bool,
}

/// What was found.
pub(super) enum State {
    Listed(Listed),
    NotThere(Box<NotThere>),
}

/// The instances that the options ask for.
pub(super) fn list(source: &Source, args: &List) -> anyhow::Result<State> {
    let keys = Keys::read(&args.key)?;
    if keys.alone.is_some() && args.condition.is_none() {
        anyhow::bail!("--key without a name needs a condition: `fanin state CONDITION --key VALUE`");
    }
    match source {
        Source::Files(dir) => files(&History::open(dir)?, &keys, args),
        Source::Live(api) => live(api, &keys, args),
    }
}

fn files(history: &History, keys: &Keys, args: &List) -> anyhow::Result<State> {
    let engine = history.present()?.engine;
    let mut filter =
        InstanceFilter { condition: args.condition.clone(), open: args.open(), ..Default::default() };
    if let Some(name) = &args.condition {
        let Some(names) = engine.key_names(name) else {
            return Ok(State::NotThere(Box::new(not_there(&engine, name, ""))));
        };
        filter.key = keys.resolve(&names)?;
    } else {
        filter.key.clone_from(&keys.named);
    }
    let (mut instances, mut next, mut now) = (Vec::new(), Some(0), String::new());
    while let Some(from) = next
        && instances.len() < args.limit
    {
        let page = instance_page(&engine, &filter, from, args.limit - instances.len());
        instances.extend(page.instances);
        (next, now) = (page.next, page.now);
    }
    if instances.is_empty()
        && let Some(name) = args.condition.as_deref().filter(|_| one(keys, args))
        && let Some(values) = whole(&engine.key_names(name).unwrap_or_default(), &filter.key)
        && engine.instance(name, &values).is_none()
    {
        return Ok(State::NotThere(Box::new(not_there(&engine, name, &values))));
    }
    let runs = args.pending.then(|| run_rows(&engine, args.limit));
    Ok(State::Listed(Listed {
        instances,
        runs,
        more: next.is_some(),
        now,
        one_was_asked_for: one(keys, args),
    }))
}

/// The canonical text of a key of which every part was given.
fn whole(names: &[String], given: &BTreeMap<String, String>) -> Option<Key> {
    let values: Option<Vec<&str>> = names.iter().map(|name| given.get(name).map(String::as_str)).collect();
    values.map(|values| Key::of(&values))
}

/// Whether the question is about a key, so that nothing is an answer worth an exit code.
fn one(keys: &Keys, args: &List) -> bool {
    args.condition.is_some() && !keys.is_empty()
}

fn live(api: &Api, keys: &Keys, args: &List) -> anyhow::Result<State> {
    let (mut instances, mut next, mut now) = (Vec::new(), Some(0), String::new());
    while let Some(after) = next
        && instances.len() < args.limit
    {
        let mut asked = Parameters::default();
        asked.maybe("condition", args.condition.as_deref());
        asked.maybe("key", keys.alone.as_deref());
        asked.keys(&keys.named);
        asked.maybe("open", args.open().map(|open| if open { "true" } else { "false" }));
        asked.add("after", &after.to_string());
        asked.add("limit", &(args.limit - instances.len()).min(1_000).to_string());
        let page: InstancePage = match api.get(&format!("/instances{}", asked.text())) {
            Ok(answer) => serde_json::from_value(answer)?,
            Err(error) => return missing(error),
        };
        instances.extend(page.instances);
        (next, now) = (page.next, page.now);
    }
    if let Some(name) = args.condition.as_deref().filter(|_| instances.is_empty() && one(keys, args)) {
        let mut asked = Parameters::default();
        asked.maybe("key", keys.alone.as_deref());
        asked.keys(&keys.named);
        asked.add("misses", "0");
        if let Err(error) = api.get(&format!("/instances/{}{}", segment(name), asked.text())) {
            let missing = not_there_of(error)?;
            if missing.code == "no-such-instance" {
                return Ok(State::NotThere(missing));
            }
        }
    }
    let mut runs = None;
    if args.pending {
        runs = Some(serde_json::from_value(api.get(&format!("/runs?limit={}", args.limit.min(1_000)))?)?);
    }
    Ok(State::Listed(Listed {
        instances,
        runs,
        more: next.is_some(),
        now,
        one_was_asked_for: one(keys, args),
    }))
}

fn missing(error: anyhow::Error) -> anyhow::Result<State> {
    Ok(State::NotThere(not_there_of(error)?))
}

/// What the host says is near something that is not there.
///
/// # Errors
/// When the host said something else.
pub(super) fn not_there_of(error: anyhow::Error) -> anyhow::Result<Box<NotThere>> {
    match error.downcast::<Refused>() {
        Ok(refused) if refused.status == 404 && refused.answer.get("key_names").is_some() => {
            Ok(Box::new(serde_json::from_value(refused.answer)?))
        }
        Ok(refused) => Err(refused.into()),
        Err(error) => Err(error),
    }
}

/// A key as it is written: `[job=42]`; nothing for the only instance of a condition.
pub(super) fn key_text(key: &BTreeMap<String, String>) -> String {
    let parts: Vec<String> = key.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if parts.is_empty() { String::new() } else { format!("[{}]", parts.join(", ")) }
}
