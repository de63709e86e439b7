//! What the functions of a stack wrote, in order of time.

use fanin_event::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Stack;
use super::pages::Wanted;
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

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct LogLines {
    /// The newest lines that fit, the oldest of them first.
    pub lines: Vec<LogLine>,
    /// There was too much to read: what was written after this moment is missing.
    pub missing_after: Option<Timestamp>,
}

impl Stack {
    /// The newest lines that fit.
    ///
    /// # Errors
    /// A log group may not be read.
    pub fn logs(&self, question: &LogQuestion) -> anyhow::Result<LogLines> {
        let all = FunctionName::ALL.to_vec();
        let functions = if question.functions.is_empty() { &all } else { &question.functions };
        let wanted = Wanted { since: question.since, until: None, filter: question.filter.clone() };
        let (mut lines, mut missing_after) = (Vec::new(), None);
        for function in functions {
            let end =
                self.written_by(*function, &wanted, &mut |at, text| lines.extend(line(*function, at, text)))?;
            missing_after = [missing_after, end].into_iter().flatten().min();
        }
        lines.sort_by_key(|line| line.at);
        let first = lines.len().saturating_sub(question.limit);
        Ok(LogLines { lines: lines.split_off(first), missing_after })
    }
}

/// A line of ours, or what a person might want of the platform's own.
fn line(function: FunctionName, at: Timestamp, text: &str) -> Option<LogLine> {
    let text = text.trim_end();
    let line: Value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    let platform = line.as_str().is_some_and(|text| {
        ["START ", "END ", "REPORT ", "INIT_START "].iter().any(|word| text.starts_with(word))
    });
    let ours = line.get("type").and_then(Value::as_str).is_none_or(|kind| !kind.starts_with("platform."));
    let (at, time) = (at.0, at.to_string());
    (ours && !platform).then_some(LogLine { at, time, function: function.binary(), line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_platform_are_left_out() {
        let read = |text: &str| line(FunctionName::Timers, Timestamp(7), text);
        for text in
            ["START RequestId: 1", "REPORT RequestId: 1\tDuration: 2 ms", r#"{"type":"platform.report"}"#]
        {
            assert!(read(text).is_none(), "{text}");
        }
        let ours = read("{\"level\":\"WARN\",\"type\":\"odd\"}\n").unwrap();
        assert_eq!((ours.at, ours.function, &ours.line["level"]), (7, "timers", &"WARN".into()));
        assert_eq!(read("plain\n").unwrap().line, Value::String("plain".to_owned()));
    }
}
