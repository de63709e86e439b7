//! Moments and durations in whole milliseconds: the only clock arithmetic of the engine.
//!
//! A moment is data: it is stamped once when an event enters, and every decision takes it as an argument.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A length of time in whole milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(pub u64);

impl Timestamp {
    /// The latest moment: a timer that never comes due.
    pub const NEVER: Timestamp = Timestamp(i64::MAX);

    /// This moment moved by `span` into the future; saturates at [`Timestamp::NEVER`].
    #[must_use]
    pub fn plus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add_unsigned(span.0))
    }

    /// This moment moved by `span` into the past; saturates.
    #[must_use]
    pub fn minus(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub_unsigned(span.0))
    }

    /// How long it is from `earlier` to here; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Timestamp) -> Span {
        Span(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Parses RFC 3339 (`2026-01-02T03:04:05.678Z`, any offset); digits past the millisecond are dropped.
    #[must_use]
    pub fn parse(text: &str) -> Option<Timestamp> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Timestamp(t.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC; the milliseconds are shown only where there are some (EventBridge writes whole seconds).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(t) if self.0.rem_euclid(1000) == 0 => write!(f, "{t:.0}"),
            Ok(t) => write!(f, "{t:.3}"),
            Err(_) => write!(f, "never"),
        }
    }
}

impl Span {
    /// A span of whole seconds.
    #[must_use]
    pub const fn seconds(n: u64) -> Span {
        Span(n.saturating_mul(1000))
    }
    /// A span of whole days of 24 hours.
    #[must_use]
    pub const fn days(n: u64) -> Span {
        Span(n.saturating_mul(86_400_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_it_prints() {
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.678Z", "1970-01-01T00:00:00Z"] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Timestamp::parse("2026-01-02T04:04:05+01:00"), Timestamp::parse("2026-01-02T03:04:05Z"));
        assert_eq!(Timestamp::parse("yesterday"), None);
        assert_eq!(Timestamp::NEVER.to_string(), "never");
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::NEVER.plus(Span::days(1)), Timestamp::NEVER);
        assert_eq!(Timestamp(5).since(Timestamp(9)), Span(0));
        assert_eq!(Timestamp(9).since(Timestamp(5)), Span(4));
    }
}
