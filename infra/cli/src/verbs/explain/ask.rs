//! Asking for explanations: a running host, or the files of one that is not running.

use std::collections::BTreeMap;

use anyhow::Context;
use fanin_history::present::{Explained, InstanceAnswer, InstanceQuestion, Present};
use fanin_history::story::document::{Answer, Story};
use fanin_history::story::{self, Extent};
use fanin_history::{History, IdAsked};
use fanin_runtime::documents::{InstanceTold, NotThere};
use serde::Deserialize;

use super::Explain;
use crate::source::{Api, Keys, Refused, Source};
use crate::verbs::events::query::{Parameters, segment};

/// An instance, or what is near one that is not there.
pub(super) enum Found {
    There(Box<Explained>),
    NotThere(Box<NotThere>),
}

/// The answer to `GET /instances/CONDITION/rounds`.
#[derive(Deserialize)]
struct Rounds {
    rounds: Vec<Story>,
}

/// What became of an event.
pub(super) fn event(source: &Source, id: &str, extent: Extent) -> anyhow::Result<Answer> {
    let asked = IdAsked::read(id).context("give at least four characters of the id")?;
    match source {
        Source::Files(dir) => Ok(story::of_event(&History::open(dir)?, &asked, extent)?),
        Source::Live(api) => {
            let parameters = extent_parameters(extent);
            let path = format!("/events/{}{}", segment(id), parameters.text());
            api.get_as(&path)
        }
    }
}

/// How an instance stands, with its last rounds.
pub(super) fn instance(source: &Source, condition: &str, args: &Explain) -> anyhow::Result<Found> {
    let keys = Keys::read(&args.key)?;
    match source {
        Source::Files(dir) => {
            let history = History::open(dir)?;
            let present = Present::open(&history)?;
            let key = match present.key_names(condition) {
                Some(names) => whole(&keys, &names)?,
                None => BTreeMap::new(),
            };
            let (rounds, misses, extent) = (args.rounds(), args.misses, args.extent());
            let question = InstanceQuestion { condition, key: &key, rounds, misses, extent };
            Ok(match present.instance(&question)? {
                InstanceAnswer::There(explained) => Found::There(explained),
                InstanceAnswer::NotThere(missing) => Found::NotThere(missing),
            })
        }
        Source::Live(api) => live(api, condition, &keys, args),
    }
}

/// The key, with all of its parts.
fn whole(keys: &Keys, names: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let key = keys.resolve(names)?;
    let lacking: Vec<&str> =
        names.iter().filter(|name| !key.contains_key(*name)).map(String::as_str).collect();
    if !lacking.is_empty() {
        anyhow::bail!(
            "the key has the parts {}; give --key {}=VALUE too",
            names.join(", "),
            lacking.join("=VALUE,")
        );
    }
    Ok(key)
}

fn live(api: &Api, condition: &str, keys: &Keys, args: &Explain) -> anyhow::Result<Found> {
    let mut parameters = Parameters::default();
    parameters.keys(&keys.named);
    parameters.maybe("key", keys.alone.as_deref());
    parameters.add("misses", &args.misses.to_string());
    let told: InstanceTold =
        match api.get_as(&format!("/instances/{}{}", segment(condition), parameters.text())) {
            Ok(told) => told,
            Err(error) => match error.downcast::<Refused>()? {
                refused if refused.status == 404 && refused.answer.get("key_names").is_some() => {
                    return Ok(Found::NotThere(serde_json::from_value(refused.answer)?));
                }
                refused => return Err(refused.into()),
            },
        };
    let mut rounds = Vec::new();
    if args.rounds() > 0 && Explained::has_ended(&told) {
        let mut parameters = extent_parameters(args.extent());
        for (name, value) in &told.explanation.key {
            parameters.add(&format!("key.{name}"), value);
        }
        parameters.add("rounds", &args.rounds().to_string());
        let path = format!("/instances/{}/rounds{}", segment(condition), parameters.text());
        rounds = api.get_as::<Rounds>(&path)?.rounds;
    }
    Ok(Found::There(Box::new(Explained { told, rounds })))
}

fn extent_parameters(extent: Extent) -> Parameters {
    let mut parameters = Parameters::default();
    parameters.window(extent.window);
    parameters.add("members", &extent.members.to_string());
    parameters
}
