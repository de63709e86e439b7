//! `fanin state`: the instances there are and how they stand; and what a person may do to one of them.

mod ask;
mod intervene;
#[cfg(feature = "aws")]
mod on_stack;
mod table;
mod watch;

use clap::{Args, Subcommand};

use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::explanation::Look;
use crate::show::moment::Clock;
use crate::show::paint::Paint;
use crate::source::{At, Source};
use crate::verbs::explain::{not_there, now};
use ask::{Listed, State as StateFound};

/// `fanin state`
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "\
With a verb behind it a person intervenes at one instance; that is an event in the log, with who did it and why.
Exit codes: 0 done, 1 refused, 4 there is no such condition or instance.

Examples:
  fanin state
  fanin state --pending
  fanin state --closed --limit 20 -o jsonl
  fanin state drop --help
  fanin state --pending --stack uploads"
)]
pub(crate) struct State {
    #[command(subcommand)]
    pub(crate) what: Option<What>,
    #[command(flatten)]
    pub(crate) list: List,
}

/// What to do to an instance.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Forget an instance at once, without an event; the next member begins anew.
    Drop(intervene::Intervene),
    /// End the open round of an instance now, as if its deadline had come.
    Expire(intervene::Intervene),
    /// Take a member of an instance as given, so that it goes on without it.
    Waive(intervene::Waive),
}

/// Which instances are listed.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Only instances of this condition.
    pub(crate) condition: Option<String>,
    /// Only those with these parts of the key: `--key job=42`; a key of one part also `--key 42`.
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub(crate) key: Vec<String>,
    /// Only open ones, and the runs of rules that are in progress with their calls.
    #[arg(long, conflicts_with = "closed")]
    pub(crate) pending: bool,
    /// Only those that are not open: fired, timed out, between rounds.
    #[arg(long)]
    pub(crate) closed: bool,
    /// Look again every second, until Ctrl-C: the table on a terminal, else a line for each change.
    #[arg(short, long)]
    pub(crate) watch: bool,
    /// So many at most.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) at: At,
}

impl List {
    fn open(&self) -> Option<bool> {
        match (self.pending, self.closed) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }
}

pub(crate) fn run(global: &Global, args: &State) -> anyhow::Result<Exit> {
    match &args.what {
        None if args.list.watch && !args.list.at.is_stack() => watch::watch(global, &args.list),
        None => list(global, &args.list),
        Some(What::Drop(drop)) => intervene::drop(global, drop),
        Some(What::Expire(expire)) => intervene::expire(global, expire),
        Some(What::Waive(waive)) => intervene::waive(global, waive),
    }
}

/// How text is shown: moments as time of the day.
fn look(global: &Global) -> Look {
    Look { paint: Paint::of_output(global), clock: Clock::wall(now()) }
}

fn list(global: &Global, args: &List) -> anyhow::Result<Exit> {
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return on_stack::list(global, stack, args);
    }
    let source = Source::find(&args.at)?;
    let listed = match ask::list(&source, args)? {
        StateFound::Listed(listed) => listed,
        StateFound::NotThere(missing) => return not_there(global, look(global), &missing, 0),
    };
    show(global, &listed)?;
    Ok(if listed.one_was_asked_for && listed.instances.is_empty() { Exit::NotFound } else { Exit::Done })
}

fn show(global: &Global, listed: &Listed) -> anyhow::Result<()> {
    match global.output {
        Output::Json => data(&serde_json::to_string(listed)?),
        Output::Jsonl => {
            for row in &listed.instances {
                data(&serde_json::to_string(row)?);
            }
            for run in listed.runs.iter().flatten() {
                data(&serde_json::to_string(run)?);
            }
        }
        Output::Text => {
            table::lines(listed, look(global)).iter().for_each(|line| data(line));
            if let Some(note) = table::note(listed) {
                say(&note);
            }
        }
    }
    Ok(())
}
