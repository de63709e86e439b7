//! What the functions of a stack wrote, in order of time.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use fanin_event::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Stack;
use crate::aws::{code_of, trouble};
use crate::limits::MAX_LOG_PAGES;
use crate::names::FunctionName;

/// Which lines.
#[derive(Clone, Debug)]
pub struct LogQuestion {
    /// Of these functions; empty: of all three.
    pub functions: Vec<FunctionName>,
    /// From this moment on.
    pub since: Timestamp,
    /// A filter in the words of CloudWatch Logs, such as `{ $.level = "WARN" }` or `timeout`.
    pub filter: Option<String>,
    /// So many of the newest.
    pub limit: usize,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogLine {
    /// When it was written, milliseconds since the epoch.
    #[serde(skip)]
    pub at: i64,
    /// The same as text.
    pub time: String,
    /// The function.
    pub function: &'static str,
    /// The line: JSON if it is some, else text.
    pub line: Value,
}

impl Stack {
    /// The newest lines that fit, the oldest of them first.
    ///
    /// # Errors
    /// A log group is not there or may not be read.
    pub fn logs(&self, question: &LogQuestion) -> anyhow::Result<Vec<LogLine>> {
        let all = FunctionName::ALL.to_vec();
        let functions = if question.functions.is_empty() { &all } else { &question.functions };
        let mut lines = Vec::new();
        for function in functions {
            lines.extend(self.runtime.block_on(self.lines_of(*function, question))?);
        }
        lines.sort_by_key(|line| line.at);
        let first = lines.len().saturating_sub(question.limit);
        Ok(lines.split_off(first))
    }

    async fn lines_of(&self, function: FunctionName, question: &LogQuestion) -> anyhow::Result<Vec<LogLine>> {
        let group = self.names.log_group(function);
        let mut lines = Vec::new();
        let mut next = None;
        for _ in 0..MAX_LOG_PAGES {
            let asked = self
                .aws
                .logs
                .filter_log_events()
                .log_group_name(&group)
                .start_time(question.since.0)
                .set_filter_pattern(question.filter.clone())
                .set_next_token(next.take());
            let page = match asked.send().await {
                Ok(page) => page,
                // A function that was never called has written nothing.
                Err(error) if code_of(&error) == "ResourceNotFoundException" => break,
                Err(error) => {
                    return Err(trouble(&format!("reading the log {group}"), "logs:FilterLogEvents", &error));
                }
            };
            lines.extend(page.events().iter().filter_map(|event| line(function, event)));
            next = page.next_token;
            if next.is_none() {
                break;
            }
        }
        Ok(lines)
    }
}

/// A line of ours, or what a person might want of the platform's own.
fn line(function: FunctionName, event: &FilteredLogEvent) -> Option<LogLine> {
    let (at, text) = (event.timestamp()?, event.message()?.trim_end());
    let line: Value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let platform = line.as_str().is_some_and(|text| {
        ["START ", "END ", "REPORT ", "INIT_START "].iter().any(|word| text.starts_with(word))
    });
    let ours = line.get("type").and_then(Value::as_str).is_none_or(|kind| !kind.starts_with("platform."));
    let time = Timestamp(at).to_string();
    (ours && !platform).then_some(LogLine { at, time, function: function.binary(), line })
}
