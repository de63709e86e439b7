//! Log lines as JSON, one write each, and metrics inside them (EMF), so that the log service needs no agent.
//!
//! A subscriber of a hundred lines in place of a large one: it is a part of every cold start. Of other packages only
//! warnings and errors are written, whatever the level: a client library's debug lines carry payloads.

use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use fanin_event::Timestamp;
use fanin_state_first::Happening;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::limits::MAX_LOG_LINE_BYTES;

tokio::task_local! {
    /// The invocation a log line belongs to.
    pub(crate) static REQUEST: String;
}

/// Sets the log up for this process. The level is that of `FANIN_LOG`, else of `AWS_LAMBDA_LOG_LEVEL`, else `info`.
pub fn init() {
    let level = ["FANIN_LOG", "AWS_LAMBDA_LOG_LEVEL"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    // A second subscriber in one process (tests) changes nothing.
    let _ = tracing::subscriber::set_global_default(Lines { level: level_of(level.as_deref()) });
    std::panic::set_hook(Box::new(|panic| {
        tracing::error!(target: "fanin_lambda", place = panic.location().map(ToString::to_string), "{panic}");
    }));
}

fn level_of(text: Option<&str>) -> LevelFilter {
    match text.map(str::to_ascii_lowercase).as_deref() {
        Some("off") => LevelFilter::OFF,
        Some("error" | "fatal") => LevelFilter::ERROR,
        Some("warn" | "warning") => LevelFilter::WARN,
        Some("debug") => LevelFilter::DEBUG,
        Some("trace") => LevelFilter::TRACE,
        _ => LevelFilter::INFO,
    }
}

/// The clock, for log lines and for nothing that is decided.
#[must_use]
pub fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Writes one line, cut to [`MAX_LOG_LINE_BYTES`]. One write: lines of several invocations never mix.
pub(crate) fn write_line(line: &Value) {
    let mut text = cut(line.to_string());
    text.push('\n');
    // A log that cannot be written has nobody to be told to.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_LOG_LINE_BYTES {
        let end = (0..=MAX_LOG_LINE_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[derive(Debug)]
struct Lines {
    level: LevelFilter,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let limit = if metadata.target().starts_with("fanin") {
            self.level
        } else {
            self.level.min(LevelFilter::WARN)
        };
        metadata.is_event() && *metadata.level() <= limit
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Map::new());
        let level = match *event.metadata().level() {
            Level::ERROR => "ERROR",
            Level::WARN => "WARN",
            Level::INFO => "INFO",
            Level::DEBUG => "DEBUG",
            Level::TRACE => "TRACE",
        };
        fields.0.insert("timestamp".to_owned(), clock().to_string().into());
        fields.0.insert("level".to_owned(), level.into());
        fields.0.insert("target".to_owned(), event.metadata().target().into());
        let _ = REQUEST.try_with(|id| fields.0.insert("requestId".to_owned(), id.as_str().into()));
        event.record(&mut fields);
        write_line(&Value::Object(fields.0));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.0.insert(field.name().to_owned(), text.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

/// The metrics; other numbers are fields of the log line only, where a query finds them. The service charges for each metric
/// of each function and workflow, every month.
pub const METRICS: [&str; 8] = [
    "Accepted",
    "Matched",
    "Fired",
    "Duplicates",
    "DeadLetters",
    "Conflicts",
    "OldestMessageAge",
    "OverdueAge",
];

/// A line about something that happened. No more than it has: the log service charges for each byte.
pub(crate) fn happened(line: &Happening) {
    if let Ok(line) = serde_json::to_value(line) {
        write_line(&line);
    }
}

/// Numbers of one invocation under names: `[("Accepted", "Count", 3)]`. Metrics are in the namespace `fanin`, by `Workflow`
/// and `Function`.
pub(crate) fn metrics(workflow: &str, function: &str, numbers: &[(&str, &str, u64)]) {
    write_line(&metrics_line(clock(), workflow, function, numbers));
}

fn metrics_line(at: Timestamp, workflow: &str, function: &str, numbers: &[(&str, &str, u64)]) -> Value {
    let metric = |(name, unit, _): &(&str, &str, u64)| {
        METRICS.contains(name).then(|| json!({ "Name": name, "Unit": unit }))
    };
    let names: Vec<Value> = numbers.iter().filter_map(metric).collect();
    let mut line = json!({
        "_aws": {
            "Timestamp": at.0,
            "CloudWatchMetrics": [
                { "Namespace": NAMESPACE, "Dimensions": [["Workflow", "Function"]], "Metrics": names }
            ],
        },
        "Workflow": workflow,
        "Function": function,
    });
    if let Value::Object(map) = &mut line {
        let _ = REQUEST.try_with(|id| map.insert("requestId".to_owned(), id.as_str().into()));
        map.extend(numbers.iter().map(|(name, _, number)| ((*name).to_owned(), Value::from(*number))));
    }
    line
}

/// The namespace of the metrics.
pub const NAMESPACE: &str = "fanin";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_embedded() {
        let line = metrics_line(
            Timestamp(5),
            "uploads",
            "condition-engine",
            &[("Accepted", "Count", 3), ("Messages", "Count", 4)],
        );
        assert_eq!(
            line,
            json!({
                "_aws": { "Timestamp": 5, "CloudWatchMetrics": [{
                    "Namespace": "fanin",
                    "Dimensions": [["Workflow", "Function"]],
                    "Metrics": [{ "Name": "Accepted", "Unit": "Count" }],
                }]},
                "Workflow": "uploads", "Function": "condition-engine", "Accepted": 3, "Messages": 4,
            })
        );
    }

    #[test]
    fn a_line_has_an_end() {
        let whole = "x".repeat(MAX_LOG_LINE_BYTES);
        assert_eq!(cut(whole.clone()), whole);
        assert_eq!(cut(format!("{whole}y")), whole);
        let wide = format!("{}ä", "x".repeat(MAX_LOG_LINE_BYTES - 1));
        assert_eq!(cut(wide).len(), MAX_LOG_LINE_BYTES - 1, "never half a character");
    }

    #[test]
    fn levels() {
        assert_eq!(level_of(None), LevelFilter::INFO);
        assert_eq!(level_of(Some("WARN")), LevelFilter::WARN);
        assert_eq!(level_of(Some("nonsense")), LevelFilter::INFO);
    }
}
