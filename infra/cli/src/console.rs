//! What goes to the terminal: data to standard output, everything else to standard error; and what the exit code says.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::OnceLock;

use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use crate::args::{Color, Global, LogFormat};

/// What is logged where `FANIN_LOG` says nothing. Where a client library looks for a region and credentials in vain is not
/// told as it looks: the error at the end says what is missing and what mends it.
const USUAL_LOG: &str = "warn,aws_config::imds=error,aws_config::meta=error";

/// How the lines of standard error are written; text until [`write_as`] has been told otherwise.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// The answer in the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no: a mistake was found, a test failed, a call was given up.
    No = 1,
    /// The command could not be carried out as it was given.
    Usage = 2,
    /// Something still waits.
    Pending = 3,
    /// What was asked about is not there.
    NotFound = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Writes a line of data. A closed pipe ends the program in good order, as other tools do.
pub(crate) fn data(line: &str) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// Writes a line for people. Whoever asked for a log in JSON reads standard error by machine: there it is a document of the log.
pub(crate) fn say(line: &str) {
    told("INFO", line);
}

/// Writes why it did not work.
pub(crate) fn complain(line: &str) {
    told("ERROR", &format!("fanin: {line}"));
}

/// How the lines of standard error are written from now on. The first word counts: there is one command line in a process.
pub(crate) fn write_as(format: LogFormat) {
    let _ = FORMAT.set(format);
}

fn told(level: &str, line: &str) {
    let mut err = std::io::stderr().lock();
    let _ = match FORMAT.get() {
        Some(LogFormat::Json) => writeln!(err, "{}", document(level, line)),
        Some(LogFormat::Text) | None => writeln!(err, "{line}"),
    };
}

/// A line as the log has it: the fields that `tracing` writes, with its time.
fn document(level: &str, message: &str) -> serde_json::Value {
    let mut timestamp = String::new();
    // A string takes whatever is written to it.
    let _ = SystemTime.format_time(&mut Writer::new(&mut timestamp));
    serde_json::json!({ "timestamp": timestamp, "level": level, "message": message, "target": "fanin" })
}

/// `1,234 events`, `1 event`.
pub(crate) fn many(n: u64, what: &str) -> String {
    let s = if n == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(n))
}

/// A number with its thousands apart.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether text for people may be coloured: `--color`, then `NO_COLOR`, then whether somebody looks.
pub(crate) fn coloured(global: &Global) -> bool {
    match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::io::stderr().is_terminal()
        }
    }
}

/// Log lines go to standard error; `FANIN_LOG` filters them.
pub(crate) fn start_logging(global: &Global) {
    write_as(global.log_format);
    let filter = tracing_subscriber::EnvFilter::try_from_env("FANIN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(USUAL_LOG));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match global.log_format {
        LogFormat::Text => log.with_ansi(coloured(global)).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_for_people() {
        assert_eq!(many(1, "event"), "1 event");
        assert_eq!(many(0, "event"), "0 events");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
    }
}
