//! One field of a cron expression: numbers, names, lists, ranges and steps, to a set of numbers.

use super::ScheduleError;

/// What a field may hold.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) min: u16,
    pub(super) max: u16,
    /// Names of the numbers from `min` on; empty where there are none.
    pub(super) names: &'static [&'static str],
}

pub(super) const MINUTES: Field = Field { name: "minutes", min: 0, max: 59, names: &[] };
pub(super) const HOURS: Field = Field { name: "hours", min: 0, max: 23, names: &[] };
pub(super) const DAY_OF_MONTH: Field = Field { name: "day-of-month", min: 1, max: 31, names: &[] };
pub(super) const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
pub(super) const DAY_OF_WEEK: Field =
    Field { name: "day-of-week", min: 1, max: 7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };
pub(super) const YEAR: Field =
    Field { name: "year", min: 1970, max: crate::limits::LAST_SCHEDULE_YEAR.unsigned_abs(), names: &[] };

impl Field {
    /// The refusal of this field.
    pub(super) fn wrong(self, reason: impl Into<String>) -> ScheduleError {
        ScheduleError::Cron { field: self.name, reason: reason.into() }
    }

    /// One number or name.
    pub(super) fn value(self, text: &str) -> Result<u16, ScheduleError> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let number = match named {
            Some(index) => u16::try_from(index).ok().map(|index| index + self.min),
            None => text.parse().ok(),
        };
        number.filter(|n| (self.min..=self.max).contains(n)).ok_or_else(|| {
            let names =
                if self.names.is_empty() { String::new() } else { format!(" or {}", self.names.join(" ")) };
            self.wrong(format!("`{text}` is none of {}-{}{names}", self.min, self.max))
        })
    }

    /// All numbers that a list of ranges and steps names, in order, each once.
    pub(super) fn set(self, text: &str) -> Result<Vec<u16>, ScheduleError> {
        let mut all = Vec::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(self.step(step)?)),
                None => (part, None),
            };
            let (from, to) = match range.split_once('-') {
                _ if range == "*" => (self.min, self.max),
                Some((from, to)) => (self.value(from)?, self.value(to)?),
                // `5/15` starts at 5 and runs to the end; a lone `5` is itself.
                None => {
                    let from = self.value(range)?;
                    (from, if step.is_some() { self.max } else { from })
                }
            };
            let step = usize::from(step.unwrap_or(1));
            if from <= to {
                all.extend((from..=to).step_by(step));
            } else {
                // `22-3` goes over the end, as `FRI-MON` does.
                all.extend((from..=self.max).chain(self.min..=to).step_by(step));
            }
        }
        all.sort_unstable();
        all.dedup();
        Ok(all)
    }

    fn step(self, text: &str) -> Result<u16, ScheduleError> {
        text.parse()
            .ok()
            .filter(|step| (1..=self.max).contains(step))
            .ok_or_else(|| self.wrong(format!("the step `/{text}` must be 1-{}", self.max)))
    }
}
