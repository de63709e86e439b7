//! `fanin replay`: takes the log through the engine again, tells what it decides and checks it; or copies a part of the log.

pub(crate) mod progress;
pub(crate) mod text;
pub(crate) mod when;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fanin_event::Timestamp;
use fanin_history::History;
use fanin_history::replay::{Copied, CopyRequest, Decision, Listener, OpenCalls, copy, replay};
use serde_json::json;

use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::paint::Paint;
use crate::source::{At, Source};

/// `fanin replay`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A replay calls nobody: the answers to calls are in the log. At the end it checks that the state is the recorded one; exit
code 1 says that it is not. A running `fanin dev` may go on meanwhile.

Examples:
  fanin replay
  fanin replay --since 1h -o jsonl
  fanin replay --since today --into copy
  fanin replay --with-state --open-calls keep --into exact")]
pub(crate) struct Replay {
    #[command(flatten)]
    pub(crate) at: At,
    /// From this moment on: 2026-01-02T03:04:05Z, 2026-01-02, 10m (ago), today.
    #[arg(long, value_parser = when::moment)]
    pub(crate) since: Option<Timestamp>,
    /// Up to and including this moment.
    #[arg(long, value_parser = when::moment)]
    pub(crate) until: Option<Timestamp>,
    /// Write this part of the log as a store of its own into a directory that is not there yet. Tells nothing else.
    #[arg(long)]
    pub(crate) into: Option<PathBuf>,
    /// The copy begins with the state of that moment, not empty.
    #[arg(long, requires = "into")]
    pub(crate) with_state: bool,
    /// What becomes of calls that are open where the copy ends: `fail` ends them, so that a host started on the copy
    /// calls nobody because of them; `keep` leaves the state exactly as it was.
    #[arg(long, requires = "into", value_enum, default_value_t = OnOpen::Fail)]
    pub(crate) open_calls: OnOpen,
}

/// What becomes of open calls in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum OnOpen {
    /// They fail with Fanin.NotReplayed.
    Fail,
    /// They stay open.
    Keep,
}

pub(crate) fn run(global: &Global, args: &Replay) -> anyhow::Result<Exit> {
    let history = open(&args.at)?;
    match &args.into {
        Some(into) => write_copy(global, args, &history, into),
        None => tell(global, args, &history),
    }
}

/// Opens the past of the store that is meant; a running host goes on meanwhile.
pub(crate) fn open(at: &At) -> anyhow::Result<History> {
    let dir = Source::find(at)?.directory()?;
    let history =
        History::open(&dir).with_context(|| format!("cannot read the state in {}", dir.display()))?;
    if history.inspection().report().fresh {
        bail!("there is no log in {}: nothing was recorded there", dir.display());
    }
    Ok(history)
}

fn tell(global: &Global, args: &Replay, history: &History) -> anyhow::Result<Exit> {
    let bar = progress::bar("records");
    let paint = Paint::of_output(global);
    let mut first = true;
    if global.output == Output::Json {
        data("{\"decisions\":[");
    }
    let mut each = |decision: &Decision| {
        bar.suspend(|| match global.output {
            Output::Text => data(&text::decision(decision, paint)),
            Output::Jsonl => data(&json!({ "decision": decision }).to_string()),
            Output::Json => {
                let comma = if std::mem::take(&mut first) { "" } else { "," };
                data(&format!("{comma}{}", json!(decision)));
            }
        });
        ControlFlow::Continue(())
    };
    let mut listener = Listener { progress: &mut |done| bar.set_position(done), each: &mut each };
    let replayed = replay(history, args.since, args.until, &mut listener);
    bar.finish_and_clear();
    let replayed = replayed?;
    match global.output {
        Output::Text => text::summary(&replayed, paint).iter().for_each(|line| data(line)),
        Output::Jsonl => data(&json!({ "summary": replayed }).to_string()),
        Output::Json => data(&format!("],\"summary\":{}}}", json!(replayed))),
    }
    Ok(if replayed.check.is_some_and(|check| !check.same) { Exit::No } else { Exit::Done })
}

fn write_copy(global: &Global, args: &Replay, history: &History, into: &Path) -> anyhow::Result<Exit> {
    let request = CopyRequest {
        since: args.since,
        until: args.until,
        with_state: args.with_state,
        open_calls: if args.open_calls == OnOpen::Keep { OpenCalls::Keep } else { OpenCalls::Fail },
    };
    let copied: Copied = copy(history, into, &request)?;
    match global.output {
        Output::Text => text::copied(&copied, into).iter().for_each(|line| say(line)),
        Output::Json | Output::Jsonl => data(&json!({ "into": into, "copied": copied }).to_string()),
    }
    Ok(Exit::Done)
}
