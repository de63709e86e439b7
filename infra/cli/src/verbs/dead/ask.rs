//! Asking for dead letters and trying them again: on a running host, or in the files of one that is not running.

use std::path::Path;

use anyhow::Context;
use fanin_history::History;
use fanin_local::{Host, HostOptions, Nobody};
use fanin_runtime::documents::{DeadFilter, DeadPage, DeadTold, Redriven, RedrivenPage};
use serde::Serialize;
use serde_json::json;

use crate::source::{Api, Refused, Source};
use crate::verbs::events::query::Parameters;

/// Letters of one question.
const PAGE: usize = 1_000;

/// What became of letters that were tried again.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcome {
    pub(super) letters: Vec<Redriven>,
    /// Numbers of which there is no letter.
    pub(super) not_there: Vec<u64>,
}

/// Up to `limit` letters that fit.
pub(super) fn list(source: &Source, filter: &DeadFilter, limit: usize) -> anyhow::Result<DeadPage> {
    match source {
        Source::Files(dir) => {
            let engine = History::open(dir)?.present()?.engine;
            Ok(DeadPage::of(&engine, filter, 0, limit))
        }
        Source::Live(api) => {
            let mut all = page(api, filter, 0, limit.min(PAGE))?;
            while let Some(after) = all.next
                && all.letters.len() < limit
            {
                let more = page(api, filter, after, (limit - all.letters.len()).min(PAGE))?;
                all.letters.extend(more.letters);
                all.next = more.next;
            }
            Ok(all)
        }
    }
}

fn page(api: &Api, filter: &DeadFilter, after: u64, limit: usize) -> anyhow::Result<DeadPage> {
    let mut asked = Parameters::default();
    asked.maybe("code", filter.code.as_deref());
    asked.maybe("kind", filter.kind.as_deref());
    asked.maybe("subject", filter.subject.as_deref());
    asked.maybe("since", filter.since.as_deref());
    asked.add("after", &after.to_string());
    asked.add("limit", &limit.max(1).to_string());
    Ok(serde_json::from_value(api.get(&format!("/dead{}", asked.text()))?)?)
}

/// One letter; none: it is not there.
pub(super) fn show(source: &Source, number: u64) -> anyhow::Result<Option<DeadTold>> {
    match source {
        Source::Files(dir) => {
            let engine = History::open(dir)?.present()?.engine;
            Ok(engine.dead_letters().get(number).map(DeadTold::of))
        }
        Source::Live(api) => found(api.get(&format!("/dead/{number}")))?
            .map(|told| Ok(serde_json::from_value(told)?))
            .transpose(),
    }
}

/// None: the host says that it is not there.
fn found(answer: anyhow::Result<serde_json::Value>) -> anyhow::Result<Option<serde_json::Value>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) => match error.downcast::<Refused>() {
            Ok(refused) if refused.code == "no-such-letter" => Ok(None),
            Ok(refused) => Err(refused.into()),
            Err(error) => Err(error),
        },
    }
}

/// Tries letters again, one by one.
pub(super) fn redrive(source: &Source, numbers: &[u64]) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut note = |number: u64, redriven: Option<Redriven>| match redriven {
        Some(redriven) => outcome.letters.push(redriven),
        None => outcome.not_there.push(number),
    };
    match source {
        Source::Live(api) => {
            for number in numbers {
                let answer = found(api.post(&format!("/dead/{number}/redrive"), Vec::new()))?;
                note(*number, answer.map(serde_json::from_value).transpose()?);
            }
        }
        Source::Files(dir) => {
            let host = open(dir)?;
            for number in numbers {
                note(*number, host.handle().redrive_wait(*number)?);
            }
            host.halt();
        }
    }
    Ok(outcome)
}

/// Tries all letters again that fit and are there now.
pub(super) fn redrive_all(source: &Source, filter: &DeadFilter) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    match source {
        Source::Live(api) => {
            // What dies anew meanwhile has a higher number than any letter that was there at the beginning.
            let last =
                list(source, &DeadFilter::default(), usize::MAX)?.letters.last().map_or(0, |l| l.number);
            let mut after = Some(0);
            while let Some(from) = after.filter(|from| *from < last) {
                let body = serde_json::to_vec(&json!({ "filter": filter, "after": from }))?;
                let page: RedrivenPage = serde_json::from_value(api.post("/dead/redrive", body)?)?;
                outcome.letters.extend(page.letters);
                after = page.next;
            }
        }
        Source::Files(dir) => {
            let host = open(dir)?;
            let filter = filter.clone();
            let look = move |engine: &fanin_runtime::Engine| DeadPage::of(engine, &filter, 0, usize::MAX);
            for letter in host.handle().look(look)?.letters {
                outcome.letters.extend(host.handle().redrive_wait(letter.number)?);
            }
            host.halt();
        }
    }
    Ok(outcome)
}

fn open(dir: &Path) -> anyhow::Result<Host> {
    let opened = Host::open_as_it_is(&HostOptions::at(dir), Box::new(Nobody));
    Ok(opened.with_context(|| format!("cannot open the state in {}", dir.display()))?.0)
}
