//! `fanin explain`: why a condition has, or has not, fired for a key; what became of an event.

mod ask;
#[cfg(feature = "aws")]
mod on_stack;

use anyhow::bail;
use fanin_condition::State;
use fanin_event::Timestamp;
use fanin_history::Window;
use fanin_history::present::Explained;
use fanin_history::story::Extent;
use fanin_history::story::document::{Answer, EventKind};
use fanin_runtime::documents::NotThere;

use super::replay::when;
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::explanation::{Look, explanation};
use crate::show::moment::Clock;
use crate::show::paint::Paint;
use crate::show::story;
use crate::source::{At, Source};
use ask::Found;

/// `fanin explain`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Exit codes: 0 it has fired (with --event: here is its story), 1 it ended without firing, 3 it still waits, 4 nothing of it is
known. Ids may be cut: `018f..c2`, as other verbs show them, or the beginning of an id.

Examples:
  fanin explain job_complete --key job=alpha
  fanin explain job_complete --key alpha --rounds 3
  fanin explain --event 17793124-05d4-b198-2fde-7ededc63b105 -o json
  fanin explain --event 17793124-05d4-b198-2fde-7ededc63b105 --since today
  fanin explain job_complete --key alpha --stack uploads

On a stack near misses are those of the last hour (--since), and of an event is told what the functions wrote of it.")]
pub(crate) struct Explain {
    /// The condition.
    #[arg(required_unless_present = "event", conflicts_with = "event")]
    pub(crate) condition: Option<String>,
    /// The correlation key: `--key job=42`; a key of one part also `--key 42`; more parts with commas or several options.
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub(crate) key: Vec<String>,
    /// Tell what became of this event instead: an id as its sender wrote it, a UUID, or enough of either.
    #[arg(long, value_name = "ID", conflicts_with = "key")]
    pub(crate) event: Option<String>,
    /// How many of the last rounds that ended are told, with what led to them and what they set off.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) rounds: usize,
    /// Only how it stands; the log is not read.
    #[arg(long, conflicts_with = "event")]
    pub(crate) no_trace: bool,
    /// How many near misses are listed.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) misses: usize,
    /// How many members of a firing are listed.
    #[arg(long, default_value_t = fanin_history::limits::DEFAULT_MEMBERS_TOLD, value_name = "N")]
    pub(crate) members: usize,
    /// Only what happened from this moment on: 2026-01-02T03:04:05Z, 2026-01-02, 10m (ago), today.
    #[arg(long, value_parser = when::moment)]
    pub(crate) since: Option<Timestamp>,
    /// Only what happened up to this moment.
    #[arg(long, value_parser = when::moment)]
    pub(crate) until: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) at: At,
}

impl Explain {
    fn extent(&self) -> Extent {
        Extent { window: Window { since: self.since, until: self.until }, members: self.members }
    }

    fn rounds(&self) -> usize {
        if self.no_trace { 0 } else { self.rounds }
    }
}

pub(crate) fn run(global: &Global, args: &Explain) -> anyhow::Result<Exit> {
    let look = Look { paint: Paint::of_output(global), clock: Clock::wall(now()) };
    #[cfg(feature = "aws")]
    if let Some(stack) = &args.at.stack {
        return on_stack::explain(global, stack, look, args);
    }
    let source = Source::find(&args.at)?;
    match (&args.event, &args.condition) {
        (Some(id), _) => event(global, look, ask::event(&source, id, args.extent())?),
        (None, Some(condition)) => match ask::instance(&source, condition, args)? {
            Found::There(explained) => instance(global, look, &explained, args.misses),
            Found::NotThere(missing) => not_there(global, look, &missing, args.misses),
        },
        (None, None) => bail!("name a condition, or an event with --event"),
    }
}

/// The moment of looking.
pub(crate) fn now() -> Timestamp {
    when::moment("now").unwrap_or(Timestamp(0))
}

fn instance(global: &Global, look: Look, found: &Explained, misses: usize) -> anyhow::Result<Exit> {
    if global.output == Output::Text {
        for line in explained(found, look, misses) {
            data(&line);
        }
    } else {
        data(&serde_json::to_string(found)?);
    }
    Ok(exit(found))
}

/// The answer in the exit code: did it fire.
fn exit(found: &Explained) -> Exit {
    match found.told.explanation.state {
        State::Fired => Exit::Done,
        State::New | State::Open => Exit::Pending,
        State::TimedOut | State::Satisfied => Exit::No,
        // Between rounds the last one that ended decides, if it was asked for.
        State::Idle => match found.rounds.last().map(|round| round.event.kind) {
            Some(EventKind::Fired) => Exit::Done,
            Some(_) => Exit::No,
            None => Exit::Pending,
        },
    }
}

/// How an instance stands, what came near it, and how its last rounds ended.
fn explained(found: &Explained, look: Look, misses: usize) -> Vec<String> {
    let told = &found.told;
    let mut lines = explanation(&told.explanation, look);
    if told.draining {
        lines.push(look.paint.wait("  it belongs to an older version of the workflow and only runs out"));
    }
    let waits = matches!(told.explanation.state, State::New | State::Open | State::Idle);
    if waits || told.explanation.state == State::TimedOut {
        lines.extend(story::misses(&told.near_misses, misses, look));
    }
    let head = found.rounds.len() > 1 || told.explanation.state == State::Open;
    let head = head || told.explanation.state == State::Idle;
    for round in &found.rounds {
        lines.extend(story::story(round, look, head));
    }
    lines
}

/// What is told of an instance that is not there: what is like it.
pub(crate) fn not_there(
    global: &Global,
    look: Look,
    missing: &NotThere,
    misses: usize,
) -> anyhow::Result<Exit> {
    if global.output != Output::Text {
        data(&serde_json::to_string(missing)?);
        return Ok(Exit::NotFound);
    }
    say(&missing.reason);
    if !missing.nearest_keys.is_empty() {
        say("keys like it:");
        for key in &missing.nearest_keys {
            let parts: Vec<String> = key.iter().map(|(name, value)| format!("{name}={value}")).collect();
            say(&format!("  --key {}", parts.join(",")));
        }
    }
    story::misses(&missing.near_misses, misses, look).iter().for_each(|line| say(line));
    Ok(Exit::NotFound)
}

fn event(global: &Global, look: Look, answer: Answer) -> anyhow::Result<Exit> {
    let exit = match &answer {
        Answer::Story(_) => Exit::Done,
        Answer::Several { .. } => Exit::Usage,
        Answer::Unknown { .. } => Exit::NotFound,
    };
    if global.output != Output::Text {
        data(&serde_json::to_string(&answer)?);
        return Ok(exit);
    }
    match &answer {
        Answer::Story(told) => story::story(told, look, true).iter().for_each(|line| data(line)),
        Answer::Several { candidates, more } => {
            say("several events fit; name one of them by the first column:");
            story::candidates(candidates, *more, look).iter().for_each(|line| say(line));
        }
        Answer::Unknown { known_from } => {
            say("no event of this id was seen, neither from outside nor derived");
            story::known_from(known_from, look).iter().for_each(|line| say(line));
        }
    }
    Ok(exit)
}

#[cfg(test)]
#[path = "explain/tests.rs"]
mod tests;
