//! `fanin backtest`: the recorded events under another version of the workflow, and what is different then.

mod text;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use fanin_event::Timestamp;
use fanin_history::backtest::report::Difference;
use fanin_history::backtest::{Answers, ListedAnswer, Question, Watch, backtest};
use serde_json::json;

use super::files;
use super::replay::{open, progress, when};
use crate::args::{Global, Output};
use crate::console::{Exit, data};
use crate::show::paint::Paint;
use crate::source::At;

/// `fanin backtest`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Both versions begin empty and get the same recorded events in virtual time, timers included. Nobody is called: the answers
come from the log, as late as they came; where it has none, from the stubs of the workflow. Of a key the n-th firing or
timeout is compared with the n-th. Exit code 0: no difference, 1: differences.

A file of answers is a list of `{rule, function, attempt, index, result | fail, cause, after_ms}`, JSON or one a line; the
first that fits a call answers it.

Examples:
  fanin backtest workflow.yaml
  fanin backtest workflow.yaml --since 7d --all
  fanin backtest workflow.yaml --against workflow.yaml -o json")]
pub(crate) struct Backtest {
    /// The new version of the workflow.
    #[arg(default_value = "workflow.yaml")]
    pub(crate) workflow: PathBuf,
    #[command(flatten)]
    pub(crate) at: At,
    /// Events from this moment on: 2026-01-02T03:04:05Z, 2026-01-02, 10m (ago), today. Default: all that are kept.
    #[arg(long, value_parser = when::moment)]
    pub(crate) since: Option<Timestamp>,
    /// Virtual time ends here. Default: with the last record of the log.
    #[arg(long, value_parser = when::moment)]
    pub(crate) until: Option<Timestamp>,
    /// The old version. Default: the workflow that was in force at each moment.
    #[arg(long)]
    pub(crate) against: Option<PathBuf>,
    /// Where answers to calls come from: `recorded`, `none`, or a file whose answers come before the recorded ones.
    #[arg(long, default_value = "recorded")]
    pub(crate) answers: String,
    /// Show every difference, not five of each kind.
    #[arg(long)]
    pub(crate) all: bool,
}

pub(crate) fn run(global: &Global, args: &Backtest) -> anyhow::Result<Exit> {
    let Some(plan) = files::compile(global, &args.workflow)? else { return Ok(Exit::No) };
    let against = match &args.against {
        Some(path) => match files::compile(global, path)? {
            Some(plan) => Some(plan),
            None => return Ok(Exit::No),
        },
        None => None,
    };
    let history = open(&args.at)?;
    let answers = answers(&args.answers)?;
    let question = Question { since: args.since, until: args.until, against, answers };
    let bar = progress::bar("events");
    let paint = Paint::of_output(global);
    let mut first = true;
    let mut tell = |difference: &Difference| match global.output {
        Output::Jsonl => bar.suspend(|| data(&json!({ "difference": difference }).to_string())),
        Output::Text if args.all => {
            if std::mem::take(&mut first) {
                bar.suspend(|| data(&paint.strong("every difference, as soon as it was certain")));
            }
            bar.suspend(|| data(&format!("  {} {}", difference.name, text::example(difference, paint))));
        }
        Output::Text | Output::Json => {}
    };
    let wanted = global.output == Output::Jsonl || args.all && global.output == Output::Text;
    let each: Option<&mut dyn FnMut(&Difference)> = if wanted { Some(&mut tell) } else { None };
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let report = backtest(&history, &plan, &question, &mut Watch { progress: &mut progress, each });
    bar.finish_and_clear();
    let mut report = report?;
    if args.all && global.output == Output::Text {
        if !first {
            data("");
        }
        // They stand above, all of them.
        text::without_examples(&mut report);
    }
    match global.output {
        Output::Text => text::lines(&report, paint).iter().for_each(|line| data(line)),
        Output::Json => data(&json!(report).to_string()),
        Output::Jsonl => data(&json!({ "report": report }).to_string()),
    }
    Ok(if report.same { Exit::Done } else { Exit::No })
}

fn answers(named: &str) -> anyhow::Result<Answers> {
    match named {
        "recorded" => Ok(Answers::Recorded),
        "none" => Ok(Answers::Nobody),
        path => Ok(Answers::Listed(listed(Path::new(path))?)),
    }
}

/// A list, or one answer a line.
fn listed(path: &Path) -> anyhow::Result<Vec<ListedAnswer>> {
    let text = files::read(path).context("--answers takes `recorded`, `none` or a file")?;
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text)
            .with_context(|| format!("{} is no list of answers", path.display()));
    }
    let mut answers = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("{}:{}: this is no answer", path.display(), number + 1);
        answers.push(serde_json::from_str(line).with_context(place)?);
    }
    if answers.is_empty() {
        bail!("{} has no answers", path.display());
    }
    Ok(answers)
}
