//! `fanin logs`: what the functions of a stack wrote.

use std::time::Duration;

use fanin_deploy::FunctionName;
use fanin_deploy::stack::{LogLine, LogLines, LogQuestion, Stack};
use fanin_event::{Span, Timestamp};
use serde_json::Value;

use super::explain::now;
use super::replay::when;
use crate::args::{Global, Output};
use crate::console::{Exit, data, say};
use crate::show::moment::Clock;
use crate::show::paint::Paint;

/// Without --since: the last so long.
const USUAL: Span = Span::seconds(15 * 60);
/// How long a line may take from a function to where it is found.
pub(crate) const SETTLES: Span = Span::seconds(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// `fanin logs`
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  fanin logs --stack uploads
  fanin logs --stack uploads --function rule-engine --since 2h
  fanin logs --stack uploads --filter '{ $.level = \"WARN\" }'
  fanin logs --stack uploads -f")]
pub(crate) struct Logs {
    /// The stack.
    #[arg(long, value_name = "NAME", env = "FANIN_STACK")]
    pub(crate) stack: String,
    /// Only of this function; may be given several times.
    #[arg(long, value_parser = function, value_name = "NAME")]
    pub(crate) function: Vec<FunctionName>,
    /// From this moment on: 2026-01-02T03:04:05Z, 2026-01-02, 10m (ago), today. Default: 15m.
    #[arg(long, value_parser = when::moment)]
    pub(crate) since: Option<Timestamp>,
    /// Only lines that fit this filter of CloudWatch Logs: a word, or `{ $.level = "WARN" }`.
    #[arg(long, value_name = "FILTER")]
    pub(crate) filter: Option<String>,
    /// So many of the newest.
    #[arg(short = 'n', long = "lines", default_value_t = 100, value_name = "N")]
    pub(crate) lines: usize,
    /// Go on: look for new ones every two seconds, until Ctrl-C.
    #[arg(short = 'f', long)]
    pub(crate) follow: bool,
}

fn function(text: &str) -> Result<FunctionName, String> {
    let found = FunctionName::ALL.into_iter().find(|name| name.binary() == text);
    found.ok_or_else(|| "the functions are condition-engine, rule-engine and timers".to_owned())
}

/// Carries it out.
pub(crate) fn run(global: &Global, args: &Logs) -> anyhow::Result<Exit> {
    let stack = Stack::open(&args.stack)?;
    let mut question = LogQuestion {
        functions: args.function.clone(),
        since: args.since.unwrap_or_else(|| now().minus(USUAL)),
        filter: args.filter.clone(),
        // Who goes on knows all of them: what is not shown now is not new later.
        limit: if args.follow { usize::MAX } else { args.lines },
    };
    let (mut shown, mut first): (Vec<LogLine>, bool) = (Vec::new(), true);
    loop {
        let asked = now();
        let LogLines { lines, missing_after } = stack.logs(&question)?;
        if let Some(at) = missing_after {
            say(&format!(
                "too much was written: what came after {at} is missing; ask for less with --since or --filter"
            ));
        }
        let older = if first { lines.len().saturating_sub(args.lines) } else { 0 };
        for line in lines.iter().skip(older).filter(|line| !shown.contains(line)) {
            tell(global, line)?;
        }
        if !args.follow {
            return Ok(if lines.is_empty() { Exit::NotFound } else { Exit::Done });
        }
        // Lines come in late, and in no order: what was shown is known by what it is.
        first = false;
        question.since = question.since.max(asked.minus(SETTLES));
        shown = lines.into_iter().filter(|line| line.at >= question.since.0).collect();
        std::thread::sleep(PAUSE);
    }
}

fn tell(global: &Global, line: &LogLine) -> anyhow::Result<()> {
    if global.output != Output::Text {
        data(&serde_json::to_string(line)?);
        return Ok(());
    }
    let paint = Paint::of_output(global);
    let at = Clock::wall(now()).moment(Timestamp(line.at));
    let text = match &line.line {
        Value::Object(fields) => {
            let level = fields.get("level").and_then(Value::as_str).unwrap_or("INFO");
            let message = fields.get("message").and_then(Value::as_str).unwrap_or_default();
            let skipped = ["timestamp", "level", "message", "target", "_aws"];
            let rest = fields.iter().filter(|(name, _)| !skipped.contains(&name.as_str()));
            let rest: Vec<String> = rest.map(|(name, value)| format!("{name}={value}")).collect();
            let level = if level == "INFO" { String::new() } else { format!("{} ", paint.bad(level)) };
            format!("{level}{message} {}", paint.faint(&rest.join(" ")))
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    data(&format!("{} {} {text}", paint.faint(&at), line.function));
    Ok(())
}
