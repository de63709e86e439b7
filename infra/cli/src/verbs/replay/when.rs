//! Moments as they are given on the command line.

use fanin_event::{Span, Timestamp};

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// Reads `2026-01-02T03:04:05Z`, `10m` (ago), `today` or `yesterday` (from midnight UTC), for clap.
pub(crate) fn moment(text: &str) -> Result<Timestamp, String> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    moment_at(text, Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
}

fn moment_at(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let midnight = now.0.div_euclid(DAY) * DAY;
    match text {
        "now" => return Ok(now),
        "today" => return Ok(Timestamp(midnight)),
        "yesterday" => return Ok(Timestamp(midnight - DAY)),
        _ => {}
    }
    if let Some(at) = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z"))) {
        return Ok(at);
    }
    match fanin_workflow::duration::parse(text.strip_suffix(" ago").unwrap_or(text)) {
        Ok(Span(ms)) => Ok(now.minus(Span(ms))),
        Err(_) => {
            Err("write a moment as 2026-01-02T03:04:05Z, a day as 2026-01-02, how long ago as 10m, or today"
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_days_and_durations() {
        let now = Timestamp::parse("2026-01-02T03:04:05Z").unwrap();
        let read = |text| moment_at(text, now).map(|at| at.to_string());
        assert_eq!(read("2026-01-01T10:00:00Z").unwrap(), "2026-01-01T10:00:00Z");
        assert_eq!(read("2025-12-31").unwrap(), "2025-12-31T00:00:00Z");
        assert_eq!(read("10m").unwrap(), "2026-01-02T02:54:05Z");
        assert_eq!(read("1h30m ago").unwrap(), "2026-01-02T01:34:05Z");
        assert_eq!(read("today").unwrap(), "2026-01-02T00:00:00Z");
        assert_eq!(read("yesterday").unwrap(), "2026-01-01T00:00:00Z");
        assert_eq!(read("now").unwrap(), "2026-01-02T03:04:05Z");
        assert!(read("soon").unwrap_err().contains("10m"));
    }
}
