//! Reading entries: from a running host, or from files.

use fanin_history::History;
use fanin_history::chronicle::{self, Entries, Query};

use super::query::Parameters;
use crate::source::{Api, Source};

/// The newest entries that fit.
pub(super) fn search(source: &Source, query: &Query) -> anyhow::Result<Entries> {
    match source {
        Source::Files(dir) => Ok(chronicle::search(&History::open(dir)?, query)?),
        Source::Live(api) => live(api, query, None),
    }
}

/// The newest entries that fit, of those after a frame if there is one.
pub(super) fn live(api: &Api, query: &Query, after: Option<u64>) -> anyhow::Result<Entries> {
    let path = format!("/events{}", parameters(query, after).text());
    api.get_as(&path)
}

fn parameters(query: &Query, after: Option<u64>) -> Parameters {
    let mut parameters = Parameters::default();
    let kinds: Vec<&str> = query.kinds.iter().map(|kind| kind.word()).collect();
    if !kinds.is_empty() {
        parameters.add("kind", &kinds.join(","));
    }
    parameters.maybe("name", query.name.as_deref());
    parameters.maybe("pattern", query.pattern.as_deref());
    parameters.maybe("text", query.text.as_deref());
    parameters.maybe("id", query.id.as_ref().map(|asked| asked.text()));
    parameters.maybe("unmatched", query.unmatched.then_some("true"));
    parameters.keys(&query.key.iter().cloned().collect());
    parameters.window(query.window);
    parameters.add("limit", &query.limit.to_string());
    parameters.maybe("after", after.map(|frame| frame.to_string()).as_deref());
    parameters
}
