//! What happened on a stack on AWS, as its functions told it in their logs.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context, bail};
use fanin_deploy::stack::{EventQuestion, Lines, Stack};
use fanin_deploy::{Happening, Occurrence};
use fanin_event::{Span, Timestamp};
use fanin_history::chronicle::{Entry, EntryKind, Query};
use fanin_history::{IdAsked, Moment, Window};
use serde_json::json;

use super::{Filters, Search, Tail, look, write_one};
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::verbs::explain::now;
use crate::verbs::logs::SETTLES;

/// Without --since: the last so long.
const USUAL: Span = Span::seconds(60 * 60);
/// How far `show` looks back.
const SHOWN: Span = Span::days(1);
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Kinds that only a log of events has.
const UNTOLD: [EntryKind; 3] = [EntryKind::Named, EntryKind::Operated, EntryKind::Activated];
/// Lines of one look that follows.
const MOST: usize = 10_000;

pub(super) fn search(global: &Global, name: &str, args: &Search) -> anyhow::Result<Exit> {
    if args.sent {
        bail!("on AWS what is sent goes there: --sent is about the local outbox");
    }
    let window = Window { since: Some(args.since.unwrap_or_else(|| now().minus(USUAL))), until: args.until };
    let query = query(&args.filter, args.limit, window)?;
    let found = ask(&Stack::open(name)?, &query)?;
    tell(global, &found)?;
    if found.older {
        say(&format!("there are older ones; these are the newest {} (--limit)", found.entries.len()));
    }
    if found.entries.is_empty() && args.since.is_none() {
        say("nothing was told in the last hour: look further back with --since");
    }
    Ok(if found.entries.is_empty() { Exit::NotFound } else { Exit::Done })
}

pub(super) fn tail(global: &Global, name: &str, args: &Tail) -> anyhow::Result<Exit> {
    let stack = Stack::open(name)?;
    let mut since = now().minus(USUAL);
    let window = Window { since: Some(since), until: None };
    // Who goes on knows all of them: what is not shown now is not new later.
    let mut query = query(&args.filter, if args.follow { MOST } else { args.lines }, window)?;
    let (mut shown, mut first) = (HashSet::new(), true);
    loop {
        let asked = now();
        let found = ask(&stack, &query)?;
        let older = if first { found.entries.len().saturating_sub(args.lines) } else { 0 };
        let mut found_again = HashSet::new();
        for (place, entry) in found.entries.into_iter().enumerate() {
            let this = (entry.kind, entry.id.clone(), entry.name.clone(), entry.at, entry.note.clone());
            if shown.insert(this.clone()) && place >= older {
                write_one(global, &entry, look(global))?;
            }
            found_again.insert(this);
        }
        if !args.follow {
            return Ok(Exit::Done);
        }
        // Lines come in late, and in no order: what was shown is known by what it is.
        first = false;
        since = since.max(asked.minus(SETTLES));
        query.window.since = Some(since);
        if shown.len() > MOST {
            shown = found_again;
        }
        std::thread::sleep(PAUSE);
    }
}

/// What is told of one event, call or dead letter.
pub(crate) fn show(global: &Global, name: &str, id: &str) -> anyhow::Result<Exit> {
    let asked = IdAsked::read(id).context("give at least four characters of the id")?;
    let window = Window { since: Some(now().minus(SHOWN)), until: None };
    let query = Query { id: Some(asked), limit: MOST, window, ..Query::default() };
    let found = ask(&Stack::open(name)?, &query)?;
    tell(global, &found)?;
    if found.entries.is_empty() {
        say(&format!(
            "nothing of this id was told in the last day. Events and calls that went well are told with `fanin deploy --events \
             all`; everything else of a log: fanin logs --stack {name} --filter ID"
        ));
        return Ok(Exit::NotFound);
    }
    Ok(Exit::Done)
}

fn query(filters: &Filters, limit: usize, window: Window) -> anyhow::Result<Query> {
    if let Some(kind) = filters.kind.iter().find(|kind| UNTOLD.contains(kind)) {
        bail!(
            "a stack tells nothing of the kind {}; an event's line has the names that it is one of",
            kind.word()
        );
    }
    if filters.pattern.is_some() {
        bail!(
            "--pattern needs the events' text, which the logs of a stack do not have: use --name, --key or --text"
        );
    }
    filters.query(limit, window)
}

/// What was found, as the local verb has it.
struct Found {
    entries: Vec<Entry>,
    older: bool,
}

fn ask(stack: &Stack, query: &Query) -> anyhow::Result<Found> {
    let since = query.window.since.unwrap_or(Timestamp(0));
    let kinds = kinds(query);
    let question = EventQuestion { kinds, since, until: query.window.until, limit: query.limit };
    // The moment at which it was told is what is asked for: what an event brings about may carry an earlier one.
    let mut filter = Query { window: Window::default(), ..query.clone() }.filter()?;
    let Lines { lines, missing_after, older } =
        stack.events(&question, &mut |line| filter.takes(&entry(line.clone())))?;
    if let Some(at) = missing_after {
        say(&format!(
            "too much was told: what came after {at} is missing; ask for less with --since, --until, --kind"
        ));
    }
    let entries = lines.into_iter().map(|(_, line)| entry(line)).collect();
    Ok(Found { entries, older })
}

/// The kinds of lines that can become what is asked for.
fn kinds(query: &Query) -> Vec<Occurrence> {
    use Occurrence::{
        Accepted, Answered, Called, Completed, Dead, Duplicate, Failed, Fired, Late, Timeout, Unmatched,
    };
    if query.unmatched {
        return vec![Unmatched];
    }
    let of = |kind: &EntryKind| match kind {
        EntryKind::Event => vec![Accepted, Unmatched, Duplicate, Late],
        EntryKind::Fired => vec![Fired],
        EntryKind::Timeout => vec![Timeout],
        EntryKind::Completed => vec![Completed],
        EntryKind::Called => vec![Called],
        EntryKind::Settled => vec![Answered, Failed],
        EntryKind::Dead => vec![Dead],
        EntryKind::Named | EntryKind::Operated | EntryKind::Activated => Vec::new(),
    };
    query.kinds.iter().flat_map(of).collect()
}

/// A line as an entry.
fn entry(line: Happening) -> Entry {
    let (kind, note) = match line.what {
        Occurrence::Accepted => (EntryKind::Event, line.note),
        Occurrence::Unmatched => {
            let near = line.near.map(|near| {
                let why = near.reason.unwrap_or_else(|| format!("{} is not as asked for", near.field));
                format!(", almost `{}`: {why}", near.name)
            });
            (EntryKind::Event, format!("{}{}", line.note, near.unwrap_or_default()))
        }
        Occurrence::Duplicate => (EntryKind::Event, "a repetition".to_owned()),
        Occurrence::Late => (EntryKind::Event, "late: the instance was closed".to_owned()),
        Occurrence::Fired => (EntryKind::Fired, line.note),
        Occurrence::Timeout => (EntryKind::Timeout, line.note),
        Occurrence::Completed => (EntryKind::Completed, line.note),
        Occurrence::Called => (EntryKind::Called, line.note),
        Occurrence::Answered | Occurrence::Failed => (EntryKind::Settled, line.note),
        Occurrence::Dead => (EntryKind::Dead, line.note),
    };
    Entry {
        frame: 0,
        at: Moment(Timestamp(line.at)),
        kind,
        name: line.name,
        key: line.key,
        identity: None,
        id: line.id,
        note,
        unmatched: line.what == Occurrence::Unmatched,
        body: None,
    }
}

fn tell(global: &Global, found: &Found) -> anyhow::Result<()> {
    if global.output == Output::Json {
        data(&json!({ "entries": found.entries, "more": found.older }).to_string());
        return Ok(());
    }
    found.entries.iter().try_for_each(|entry| write_one(global, entry, look(global)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Entry {
        entry(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn lines_are_told_as_the_local_verb_tells() {
        let fired =
            line(r#"{"happened":"fired","at":7,"name":"c","key":{"job":"1"},"id":"x","note":"2 events"}"#);
        assert_eq!(
            (fired.kind, fired.note.as_str(), fired.at.0),
            (EntryKind::Fired, "2 events", Timestamp(7))
        );
        let near = line(
            r#"{"happened":"unmatched","at":7,"note":"shop \"A\"","near":{"name":"a","field":"detail.n","matched":2,"of":3}}"#,
        );
        assert!(near.unmatched);
        assert_eq!(near.note, "shop \"A\", almost `a`: detail.n is not as asked for");
        assert_eq!(line(r#"{"happened":"failed","at":7}"#).kind, EntryKind::Settled);
    }

    #[test]
    fn only_what_can_fit_is_asked_for() {
        let asked = |kinds: &[EntryKind]| super::kinds(&Query { kinds: kinds.to_vec(), ..Query::default() });
        assert!(asked(&[]).is_empty());
        assert_eq!(asked(&[EntryKind::Fired, EntryKind::Dead]), [Occurrence::Fired, Occurrence::Dead]);
        let unmatched = Query { unmatched: true, ..Query::default() };
        assert_eq!(super::kinds(&unmatched), [Occurrence::Unmatched]);
        for kind in EntryKind::ALL {
            let filters = Filters { kind: vec![kind], ..Filters::default() };
            let taken = super::query(&filters, 1, Window::default());
            assert_eq!(
                taken.is_err(),
                asked(&[kind]).is_empty(),
                "what would be all is refused: {}",
                kind.word()
            );
        }
    }
}
