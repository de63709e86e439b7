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
        utc_seconds(text.as_bytes()).or_else(|| Timestamp::parse_any(text))
    }

    fn parse_any(text: &str) -> Option<Timestamp> {
        text.parse::<jiff::Timestamp>().ok().map(|t| Timestamp(t.as_millisecond()))
    }
}

/// The form that EventBridge writes, `2026-01-02T03:04:05Z`, without a detour: every event on the hot path has it.
fn utc_seconds(text: &[u8]) -> Option<Timestamp> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1, b'T', h0, h1, b':', i0, i1, b':', s0, s1, b'Z'] = *text
    else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let two = |a: u8, b: u8| Some(digit(a)? * 10 + digit(b)?);
    let year = two(y0, y1)? * 100 + two(y2, y3)?;
    let (month, day) = (two(m0, m1)?, two(d0, d1)?);
    let (hour, minute, second) = (two(h0, h1)?, two(i0, i1)?, two(s0, s1)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days_in_month).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since the epoch: years that begin in March, in cycles of 400.
    let (shifted, month_from_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let (cycle, of_cycle) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let days = cycle * 146_097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + day_of_year - 719_468;
    Some(Timestamp((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000))
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
    fn the_short_way_agrees_with_the_long_one() {
        let mut checked = 0;
        for year in (0..=9999_u32).step_by(13).chain([1900, 1999, 2000, 2024, 2025, 2100]) {
            for (month, day) in
                [(0, 1), (1, 1), (2, 28), (2, 29), (2, 30), (3, 1), (4, 31), (12, 31), (13, 1), (6, 0)]
            {
                for time in ["00:00:00", "23:59:59", "24:00:00", "12:60:00", "12:00:60"] {
                    let text = format!("{year:04}-{month:02}-{day:02}T{time}Z");
                    if let Some(short) = utc_seconds(text.as_bytes()) {
                        assert_eq!(Some(short), Timestamp::parse_any(&text), "{text}");
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked > 5_000, "{checked}");
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Timestamp::NEVER.plus(Span::days(1)), Timestamp::NEVER);
        assert_eq!(Timestamp(5).since(Timestamp(9)), Span(0));
        assert_eq!(Timestamp(9).since(Timestamp(5)), Span(4));
    }
}
