//! `rate(VALUE UNIT)`: multiples of a span, counted from the epoch.

use fanin_event::{Span, Timestamp};

use super::ScheduleError;

/// A span that is a positive number of minutes, hours or days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(Span);

impl Rate {
    /// Reads `5 minutes`; one is singular, more are plural, as EventBridge insists.
    pub(super) fn parse(text: &str) -> Result<Rate, ScheduleError> {
        let wrong =
            |reason: &str| ScheduleError::Rate(format!("{reason}; write for example rate(5 minutes)"));
        let mut words = text.split_whitespace();
        let (Some(number), Some(unit), None) = (words.next(), words.next(), words.next()) else {
            return Err(wrong("it takes a number and a unit"));
        };
        let number: u32 = number.parse().map_err(|_| wrong("the number must be a whole one"))?;
        if number == 0 {
            return Err(wrong("the number must be at least 1"));
        }
        let minutes: u64 = match unit.strip_suffix('s').unwrap_or(unit) {
            "minute" => 1,
            "hour" => 60,
            "day" => 24 * 60,
            _ => return Err(wrong("the unit is minutes, hours or days")),
        };
        if (number == 1) == unit.ends_with('s') {
            return Err(wrong("the unit has an s with every number but 1"));
        }
        Ok(Rate(Span::seconds(u64::from(number) * minutes * 60)))
    }

    /// The next multiple after `t`.
    pub(super) fn next_after(self, t: Timestamp) -> Option<Timestamp> {
        let period = i64::try_from(self.0.0).ok()?;
        t.0.div_euclid(period).checked_add(1)?.checked_mul(period).map(Timestamp)
    }
}
