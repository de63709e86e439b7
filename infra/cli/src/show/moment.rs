//! Moments, durations and identifiers as people read them.

use fanin_event::{Span, Timestamp};

/// From where moments are told: the clock of the day, or, in a test, its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// The moment of looking.
    pub(crate) now: Timestamp,
    /// Moments are told as time since this one; none: as time of the day.
    pub(crate) start: Option<Timestamp>,
}

impl Clock {
    /// Moments as time of the day, UTC.
    pub(crate) fn wall(now: Timestamp) -> Clock {
        Clock { now, start: None }
    }

    /// Moments as time since `start`.
    pub(crate) fn since(start: Timestamp, now: Timestamp) -> Clock {
        Clock { now, start: Some(start) }
    }

    /// A moment: `+5m` in a test, else `02:10:01Z`, with the day if that is another one than today.
    pub(crate) fn moment(self, at: Timestamp) -> String {
        if let Some(start) = self.start {
            return format!("+{}", duration(at.since(start)));
        }
        let text = at.to_string();
        match text.split_once('T') {
            Some((day, time)) if self.now.to_string().starts_with(day) => time.to_owned(),
            _ => text,
        }
    }
}

const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// A duration by its two largest units: `43m`, `2h5m`, `1s500ms`; `0s` for none.
pub(crate) fn duration(span: Span) -> String {
    let mut rest = span.0;
    let mut text = String::new();
    let mut left = 2;
    for (unit, length) in UNITS {
        let count = rest / length;
        if count > 0 && left > 0 {
            text.push_str(&format!("{count}{unit}"));
            rest %= length;
        }
        if !text.is_empty() {
            left -= 1;
        }
        if left == 0 {
            break;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Characters of an identifier that is not a UUID before it is cut short.
const WHOLE: usize = 28;

/// An identifier in short: of a UUID the first four and the last two digits, `018f..c2`; a name stays as it is unless it
/// is long.
pub(crate) fn short_id(id: &str) -> String {
    let uuid = id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let cut = |head: usize, tail: usize| {
        let end = id.char_indices().rev().nth(tail.saturating_sub(1)).map_or(0, |(at, _)| at);
        let head: String = id.chars().take(head).collect();
        format!("{head}..{}", id.get(end..).unwrap_or_default())
    };
    if uuid {
        cut(4, 2)
    } else if id.chars().count() > WHOLE {
        cut(WHOLE - 8, 6)
    } else {
        id.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        let told = |ms| duration(Span(ms));
        assert_eq!(told(0), "0s");
        assert_eq!(told(1), "1ms");
        assert_eq!(told(1_500), "1s500ms");
        assert_eq!(told(43 * 60_000), "43m");
        assert_eq!(told(2 * 3_600_000 + 5 * 60_000 + 7_000), "2h5m");
        assert_eq!(told(3_600_000 + 7_000), "1h", "seconds are no neighbours of hours");
        assert_eq!(told(30 * 86_400_000), "30d");
    }

    #[test]
    fn moments_of_today_have_no_date() {
        let now = Timestamp::parse("2026-01-02T02:17:00Z").unwrap();
        let at = |text| Timestamp::parse(text).unwrap();
        assert_eq!(Clock::wall(now).moment(at("2026-01-02T02:10:01Z")), "02:10:01Z");
        assert_eq!(Clock::wall(now).moment(at("2026-01-03T02:10:01Z")), "2026-01-03T02:10:01Z");
        assert_eq!(Clock::since(now, now).moment(at("2026-01-02T02:22:00.001Z")), "+5m");
        assert_eq!(Clock::since(now, now).moment(now), "+0s");
    }

    #[test]
    fn identifiers_are_short() {
        assert_eq!(short_id("018f2a10-7c00-8abc-9def-0123456789c2"), "018f..c2");
        assert_eq!(short_id("given-3"), "given-3");
        assert_eq!(short_id(&"ä".repeat(28)), "ä".repeat(28));
        assert_eq!(short_id(&format!("{}xyz", "ä".repeat(28))), format!("{}..äääxyz", "ä".repeat(20)));
    }
}
