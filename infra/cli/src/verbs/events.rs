//! `fanin events`: what happened, one line each: searched, shown, followed.

#[cfg(feature = "aws")]
pub(crate) mod on_stack;
pub(crate) mod query;
mod read;
mod sent;
mod tail;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use fanin_event::Timestamp;
use fanin_history::chronicle::{Entries, Entry, EntryKind, Query};
use fanin_history::{IdAsked, Window};

use super::replay::when;
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::entry::line;
use crate::show::explanation::Look;
use crate::show::moment::Clock;
use crate::show::paint::Paint;
use crate::show::story;
use crate::source::{At, Keys, Source};

/// `fanin events`
#[derive(Debug, Args)]
#[command(
    after_long_help = "\
Kinds: event (came from outside), named (is one of the named events), fired, timeout, completed (a rule's run ended), called,
settled (a call ended), dead (a dead letter), operated (a person stepped in), activated (a version of the workflow).
Without a verb behind it, `fanin events` searches. Exit code 4: nothing fits the search, or nothing has the id.

Examples:
  fanin events tail -n 5
  fanin events search --key job=alpha --kind event,fired
  fanin events search --pattern '{\"source\":[\"aws.s3\"]}' --since today -o jsonl
  fanin events show 17793124-05d4-b198-2fde-7ededc63b105
  fanin events --sent
  fanin events --stack uploads --since 2h
  fanin events tail -f --stack uploads --kind fired,timeout,dead

A stack on AWS keeps no log of events. Its functions tell in their logs what happens, without payloads: outcomes, or all of
it with `fanin deploy --events all`.",
    args_conflicts_with_subcommands = true
)]
pub(crate) struct Events {
    #[command(subcommand)]
    pub(crate) what: Option<What>,
    #[command(flatten)]
    pub(crate) search: Search,
}

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// The last ones; with -f what comes after them, as it happens.
    Tail(Tail),
    /// One event with its envelope, or one call, one dead letter.
    Show(Show),
    /// Those that fit.
    Search(Search),
}

/// `fanin events tail`
#[derive(Debug, Args)]
pub(crate) struct Tail {
    /// So many of the last ones.
    #[arg(short = 'n', long = "lines", default_value_t = 20, value_name = "N")]
    pub(crate) lines: usize,
    /// Go on: look for new ones every second, on a stack every two, until Ctrl-C.
    #[arg(short, long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) filter: Filters,
    #[command(flatten)]
    pub(crate) at: At,
}

/// `fanin events show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The id, or enough of it.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) at: At,
}

/// `fanin events search`
#[derive(Debug, Args)]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) filter: Filters,
    /// So many of the newest.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: usize,
    /// From this moment on: 2026-01-02T03:04:05Z, 2026-01-02, 10m (ago), today.
    #[arg(long, value_parser = when::moment)]
    pub(crate) since: Option<Timestamp>,
    /// Up to this moment.
    #[arg(long, value_parser = when::moment)]
    pub(crate) until: Option<Timestamp>,
    /// Instead: what went to AWS targets, and without AWS lies in the local outbox.
    #[arg(long)]
    pub(crate) sent: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

/// Which ones.
#[derive(Debug, Default, Args)]
pub(crate) struct Filters {
    /// Only of this kind; may be given several times, or with commas.
    #[arg(long, value_delimiter = ',', value_parser = kind)]
    pub(crate) kind: Vec<EntryKind>,
    /// A part of the name.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// A capture, or a part of the key: `--key job=42`.
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub(crate) key: Vec<String>,
    /// An event pattern that the envelope matches, JSON.
    #[arg(long)]
    pub(crate) pattern: Option<String>,
    /// A text somewhere in the envelope, the payload or the note.
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// Only events that are none of the named events.
    #[arg(long)]
    pub(crate) unmatched: bool,
}

fn kind(word: &str) -> Result<EntryKind, String> {
    EntryKind::of_word(word).ok_or_else(|| {
        let words: Vec<&str> = EntryKind::ALL.iter().map(|kind| kind.word()).collect();
        format!("the kinds are {}", words.join(", "))
    })
}

impl Filters {
    fn query(&self, limit: usize, window: Window) -> anyhow::Result<Query> {
        let keys = Keys::read(&self.key)?;
        if keys.alone.is_some() {
            bail!("write the key with its name: --key name=value");
        }
        Ok(Query {
            kinds: self.kind.clone(),
            name: self.name.clone(),
            key: keys.named.into_iter().collect(),
            pattern: self.pattern.clone(),
            text: self.text.clone(),
            id: None,
            unmatched: self.unmatched,
            window,
            limit,
        })
    }
}

pub(crate) fn run(global: &Global, args: &Events) -> anyhow::Result<Exit> {
    match &args.what {
        Some(What::Tail(args)) => tail::run(global, args),
        Some(What::Show(args)) => show(global, args),
        Some(What::Search(args)) => search(global, args),
        None => search(global, &args.search),
    }
}

pub(super) fn look(global: &Global) -> Look {
    Look { paint: Paint::of_output(global), clock: Clock::wall(super::explain::now()) }
}

fn search(global: &Global, args: &Search) -> anyhow::Result<Exit> {
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return on_stack::search(global, stack, args);
    }
    let source = Source::find(&args.at)?;
    if args.sent {
        return sent::run(global, &source, args);
    }
    let window = Window { since: args.since, until: args.until };
    let found = read::search(&source, &args.filter.query(args.limit, window)?)?;
    write(global, &found)?;
    if found.more {
        say(&format!("there may be older ones; these are the newest {} (--limit)", found.entries.len()));
    }
    if global.output == Output::Text {
        story::known_from(&found.known_from, look(global)).iter().for_each(|line| say(line));
    }
    Ok(if found.entries.is_empty() { Exit::NotFound } else { Exit::Done })
}

/// Writes what was found, in the form that was asked for.
fn write(global: &Global, found: &Entries) -> anyhow::Result<()> {
    if global.output == Output::Json {
        data(&serde_json::to_string(found)?);
        return Ok(());
    }
    let look = look(global);
    found.entries.iter().try_for_each(|entry| write_one(global, entry, look))
}

fn write_one(global: &Global, entry: &Entry, look: Look) -> anyhow::Result<()> {
    match global.output {
        Output::Text => data(&line(entry, look)),
        Output::Json | Output::Jsonl => data(&serde_json::to_string(entry)?),
    }
    Ok(())
}

fn show(global: &Global, args: &Show) -> anyhow::Result<Exit> {
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return on_stack::show(global, stack, &args.id);
    }
    let asked = IdAsked::read(&args.id).context("give at least four characters of the id")?;
    let source = Source::find(&args.at)?;
    // Events are looked for in the log first: that needs no replay.
    let recorded =
        Query { kinds: vec![EntryKind::Event], id: Some(asked.clone()), limit: 20, ..Query::default() };
    let mut found = read::search(&source, &recorded)?;
    if found.entries.is_empty() {
        found = read::search(&source, &Query { kinds: Vec::new(), id: Some(asked), ..recorded })?;
    }
    if global.output != Output::Text {
        write(global, &found)?;
    } else {
        let look = look(global);
        for entry in &found.entries {
            data(&line(entry, look));
            if let Some(body) = &entry.body {
                let value: serde_json::Value = serde_json::from_str(body.get())?;
                data(&serde_json::to_string_pretty(&value)?);
            }
        }
    }
    if found.entries.is_empty() {
        say("nothing of this id was seen");
        story::known_from(&found.known_from, look(global)).iter().for_each(|line| say(line));
        return Ok(Exit::NotFound);
    }
    Ok(Exit::Done)
}
