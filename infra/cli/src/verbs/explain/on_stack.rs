//! An instance on AWS explained.

use anyhow::bail;
use fanin_deploy::stack::{Asked, Stack};
use fanin_event::Span;
use fanin_history::present::Explained;
use fanin_runtime::documents::NearMissRow;

use super::{Explain, instance, not_there, now};
use crate::args::Global;
use crate::console::{Exit, say};
use crate::show::explanation::Look;
use crate::source::Keys;
use crate::verbs::events::on_stack as events;

/// Without --since near misses of the last so long are told.
const USUAL: Span = Span::seconds(60 * 60);

pub(super) fn explain(global: &Global, name: &str, look: Look, args: &Explain) -> anyhow::Result<Exit> {
    let condition = match (&args.event, &args.condition) {
        // A stack keeps no log to tell a story from: what was told of the event is what there is.
        (Some(id), _) => return events::show(global, name, id),
        (None, Some(condition)) => condition,
        (None, None) => bail!("name a condition, or an event with --event"),
    };
    let stack = Stack::open(name)?;
    let Some(names) = stack.key_names(condition) else {
        return not_there(global, look, &stack.near(condition), args.misses);
    };
    let key = Keys::read(&args.key)?.resolve(&names)?;
    if let Some(lacking) = names.iter().find(|name| !key.contains_key(*name)) {
        bail!("the key has the parts {}; give --key {lacking}=VALUE too", names.join(", "));
    }
    let asked = stack.instance(condition, &key)?;
    let misses = misses(&stack, condition, args);
    match asked {
        Asked::NotThere(mut missing) => {
            missing.near_misses = misses;
            not_there(global, look, &missing, args.misses)
        }
        Asked::There(mut told) => {
            told.near_misses = misses;
            instance(global, look, &Explained { told: *told, rounds: Vec::new() }, args.misses)
        }
    }
}

/// Events that reached the queue and are almost a member. Who may not read the logs is told so, and the rest all the same.
fn misses(stack: &Stack, condition: &str, args: &Explain) -> Vec<NearMissRow> {
    if args.misses == 0 {
        return Vec::new();
    }
    let since = args.since.unwrap_or_else(|| now().minus(USUAL));
    match stack.near_misses(&stack.members(condition), since, args.misses) {
        Ok(found) => {
            if found.is_empty() {
                let when = if args.since.is_some() { "since then" } else { "in the last hour (--since)" };
                say(&format!(
                    "near misses: none {when} among the events that reached the queue; the buses let only through \
                     what the workflow's patterns match, with `fanin deploy --observe` every event of their sources"
                ));
            }
            found
        }
        Err(error) => {
            say(&format!("near misses are not known: {error:#}"));
            Vec::new()
        }
    }
}
