//! `fanin events --sent`: what rules sent to AWS targets, and lies in the local outbox.

use fanin_dispatch::{OutboxEntry, read_outbox};
use fanin_event::Timestamp;

use super::{Search, look};
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::moment::short_id;
use crate::show::story::short;
use crate::source::Source;

/// The file of the outbox in a state directory.
const FILE: &str = "sent.jsonl";

pub(super) fn run(global: &Global, source: &Source, args: &Search) -> anyhow::Result<Exit> {
    let contents = read_outbox(&source.directory()?.join(FILE))?;
    let fits = |entry: &&OutboxEntry| {
        let at = Timestamp::parse(&entry.at).unwrap_or(Timestamp(0));
        let named =
            |part: &String| entry.rule.contains(part.as_str()) || entry.target.name.contains(part.as_str());
        args.since.is_none_or(|since| at >= since)
            && args.until.is_none_or(|until| at <= until)
            && args.filter.name.as_ref().is_none_or(named)
            && args.filter.text.as_ref().is_none_or(|part| entry.payload.get().contains(part.as_str()))
    };
    let all: Vec<&OutboxEntry> = contents.entries.iter().filter(fits).collect();
    let newest = all.get(all.len().saturating_sub(args.limit)..).unwrap_or_default();
    if global.output == Output::Json {
        data(&serde_json::to_string(newest)?);
    }
    for entry in newest {
        match global.output {
            Output::Text => data(&line(global, entry)),
            Output::Jsonl => data(&serde_json::to_string(entry)?),
            Output::Json => {}
        }
    }
    let hidden = all.len() - newest.len();
    if hidden > 0 {
        say(&format!("{hidden} older ones are not shown (--limit)"));
    }
    if contents.damaged > 0 {
        say(&format!("{} lines of the outbox cannot be read", contents.damaged));
    }
    if contents.entries.is_empty() {
        say("nothing was sent");
    }
    Ok(Exit::Done)
}

/// `02:00:06Z  sqs ops-alerts  by page  55fa..47  {"device":"7"}`
fn line(global: &Global, entry: &OutboxEntry) -> String {
    let look = look(global);
    let at = Timestamp::parse(&entry.at).map_or_else(|| entry.at.clone(), |at| look.clock.moment(at));
    let OutboxEntry { action, rule, target, payload, .. } = entry;
    let target = look.paint.strong(&format!("{} {}", target.kind, target.name));
    format!("{at:13}  {target}  by {rule}  {}  {}", short_id(action), short(payload.get()))
}
