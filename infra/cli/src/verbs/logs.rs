//! `fanin logs`: what the functions of a stack wrote.

use std::time::Duration;

use fanin_deploy::FunctionName;
use fanin_deploy::stack::{LogLine, LogQuestion, Stack};
use fanin_event::{Span, Timestamp};
use serde_json::Value;

use super::explain::now;
use super::replay::when;
use crate::args::{Global, Output};
use crate::console::{Exit, data};
use crate::show::moment::Clock;
use crate::show::paint::Paint;

/// Without --since: the last so long.
const USUAL: Span = Span::seconds(15 * 60);
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
    /// Only lines that fit this filter of CloudWatch Logs: a word, or `{ $.level = \"WARN\" }`.
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
    let since = args.since.unwrap_or_else(|| Timestamp(now().0 - i64::try_from(USUAL.0).unwrap_or(0)));
    let mut question = LogQuestion {
        functions: args.function.clone(),
        since,
        filter: args.filter.clone(),
        limit: args.lines,
    };
    let mut shown: Vec<LogLine> = Vec::new();
    loop {
        let lines = stack.logs(&question)?;
        for line in lines.iter().filter(|line| !shown.contains(line)) {
            tell(global, line)?;
        }
        if !args.follow {
            return Ok(if lines.is_empty() { Exit::NotFound } else { Exit::Done });
        }
        // Lines of the newest moment come again at the next look, perhaps with others of the same moment.
        if let Some(last) = lines.last() {
            question.since = Timestamp(last.at);
        }
        question.limit = usize::MAX;
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
