//! `fanin dead`: what could not be taken or was given up: listed, shown, tried again.

mod ask;
#[cfg(feature = "aws")]
mod on_stack;
mod text;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use fanin_event::Timestamp;
use fanin_runtime::documents::{DeadFilter, DeadTold};

use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::confirm::confirmed;
use crate::show::explanation::Look;
use crate::show::moment::Clock;
use crate::show::paint::Paint;
use crate::source::{At, Source};
use crate::verbs::explain::now;
use crate::verbs::replay::when;

/// `fanin dead`
#[derive(Debug, Args)]
#[command(after_long_help = "\
Nothing is lost silently: an event that a condition cannot take, a call that was given up, bytes that are no event are kept here
with payload, reason and attempts. `redrive` tries them again once the cause is mended.

Examples:
  fanin dead list
  fanin dead list --code States.Timeout --since today
  fanin dead redrive --all --yes
  fanin dead list --stack uploads

On a stack a letter is known by its place, the first word of its line in the list.")]
pub(crate) struct Dead {
    #[command(subcommand)]
    pub(crate) what: What,
}

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// The letters, the oldest first.
    List(List),
    /// One letter, whole.
    Show(Show),
    /// Try letters again: an event as if it had just come, a call with the same id.
    Redrive(Redrive),
}

/// Which letters.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// Only those with this code or error name.
    #[arg(long)]
    pub(crate) code: Option<String>,
    /// Only of this kind: refused, event, derived or action.
    #[arg(long, value_parser = ["refused", "event", "derived", "action"])]
    pub(crate) kind: Option<String>,
    /// Only calls of this rule, or derived events of this name.
    #[arg(long, value_name = "NAME")]
    pub(crate) of: Option<String>,
    /// Only those that died from this moment on: 2026-01-02T03:04:05Z, 2026-01-02, 10m (ago), today.
    #[arg(long, value_parser = when::moment)]
    pub(crate) since: Option<Timestamp>,
}

impl Which {
    fn filter(&self) -> DeadFilter {
        DeadFilter {
            code: self.code.clone(),
            kind: self.kind.clone(),
            subject: self.of.clone(),
            since: self.since.map(|at| at.to_string()),
        }
    }
}

/// `fanin dead list`
#[derive(Debug, Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) which: Which,
    /// So many at most.
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) at: At,
}

/// `fanin dead show`
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The number of the letter; on a stack its place.
    pub(crate) letter: String,
    #[command(flatten)]
    pub(crate) at: At,
}

/// `fanin dead redrive`
#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// Numbers of letters; on a stack their places.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) letters: Vec<String>,
    /// All that fit the other options.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) which: Which,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) at: At,
}

pub(crate) fn run(global: &Global, args: &Dead) -> anyhow::Result<Exit> {
    match &args.what {
        What::List(list) => listed(global, list),
        What::Show(show) => shown(global, show),
        What::Redrive(redrive) => redriven(global, redrive),
    }
}

fn look(global: &Global) -> Look {
    Look { paint: Paint::of_output(global), clock: Clock::wall(now()) }
}

/// The number of a letter.
fn number(text: &str) -> anyhow::Result<u64> {
    text.parse()
        .ok()
        .with_context(|| format!("{text:?} is no number of a dead letter: `fanin dead list` shows them"))
}

fn listed(global: &Global, args: &List) -> anyhow::Result<Exit> {
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return on_stack::list(global, stack, args);
    }
    let page = ask::list(&Source::find(&args.at)?, &args.which.filter(), args.limit)?;
    match global.output {
        Output::Json => data(&serde_json::to_string(&page)?),
        Output::Jsonl => {
            for letter in &page.letters {
                data(&serde_json::to_string(letter)?);
            }
        }
        Output::Text => text::list(&page, look(global)).iter().for_each(|line| data(line)),
    }
    if page.letters.is_empty() {
        say(if page.total == 0 { "there are no dead letters" } else { "no dead letter fits" });
    } else if page.next.is_some() {
        say(&format!("only the first {} are shown; more with --limit", page.letters.len()));
    }
    if page.dropped > 0 {
        say(&format!(
            "{} older ones left the full list; they are in the log: `fanin events search --kind dead`",
            page.dropped
        ));
    }
    Ok(Exit::Done)
}

fn shown(global: &Global, args: &Show) -> anyhow::Result<Exit> {
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return told(global, &args.letter, on_stack::letter(stack, &args.letter)?);
    }
    let number = number(&args.letter)?;
    told(global, &number.to_string(), ask::show(&Source::find(&args.at)?, number)?)
}

/// One letter, known by its number or its place.
fn told(global: &Global, known_by: &str, letter: Option<DeadTold>) -> anyhow::Result<Exit> {
    let Some(letter) = letter else {
        say(&format!("there is no dead letter {known_by}: it was tried again, or never was"));
        return Ok(Exit::NotFound);
    };
    if global.output == Output::Text {
        text::letter(known_by, &letter, look(global)).iter().for_each(|line| data(line));
    } else {
        data(&serde_json::to_string(&letter)?);
    }
    Ok(Exit::Done)
}

fn redriven(global: &Global, args: &Redrive) -> anyhow::Result<Exit> {
    let filter = args.which.filter();
    if !args.all && filter != DeadFilter::default() {
        bail!("--code, --kind, --of and --since choose among all: add --all, or leave the numbers");
    }
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return on_stack::redrive(global, stack, args);
    }
    let numbers: Vec<u64> = args.letters.iter().map(|text| number(text)).collect::<Result<_, _>>()?;
    let source = Source::find(&args.at)?;
    let question = if args.all {
        let fit = ask::list(&source, &filter, 1)?;
        if fit.letters.is_empty() {
            say("no dead letter fits");
            return Ok(Exit::NotFound);
        }
        "try all letters that fit again?".to_owned()
    } else {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        format!("try dead letter {} again?", numbers.join(", "))
    };
    if !confirmed(args.yes || !args.all, &question)? {
        say("nothing was done");
        return Ok(Exit::No);
    }
    let outcome =
        if args.all { ask::redrive_all(&source, &filter)? } else { ask::redrive(&source, &numbers)? };
    match global.output {
        Output::Json => data(&serde_json::to_string(&outcome)?),
        Output::Jsonl => {
            for letter in &outcome.letters {
                data(&serde_json::to_string(letter)?);
            }
        }
        Output::Text => text::redriven(&outcome.letters).iter().for_each(|line| data(line)),
    }
    for number in &outcome.not_there {
        say(&format!("there is no dead letter {number}: it was tried again, or never was"));
    }
    let calls = outcome.letters.iter().any(|letter| !letter.followed.calls.is_empty());
    if matches!(source, Source::Files(_)) && calls {
        say("no host runs here: the calls are made by the next `fanin dev` or `fanin run`");
    }
    Ok(if !outcome.not_there.is_empty() {
        Exit::NotFound
    } else if outcome.letters.iter().any(|letter| !letter.redriven) {
        Exit::No
    } else {
        Exit::Done
    })
}
