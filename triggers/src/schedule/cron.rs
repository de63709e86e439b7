//! `cron(MINUTES HOURS DAY-OF-MONTH MONTH DAY-OF-WEEK YEAR)`, with EventBridge's `?`, `L`, `W` and `#`.

use fanin_event::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::ScheduleError;
use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, Field, HOURS, MINUTES, MONTH, YEAR};

/// A calendar expression: sets of minutes, hours, months and years, and one rule for the days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    minutes: Vec<u16>,
    hours: Vec<u16>,
    days: Days,
    months: Vec<u16>,
    years: Vec<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    OfMonth(Vec<MonthDay>),
    OfWeek(Vec<WeekDay>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum MonthDay {
    Day(u16),
    /// `L`: the last day.
    Last,
    /// `15W`: the weekday nearest to the 15th, in the same month.
    Nearest(u16),
    /// `LW`: the last weekday.
    LastWeekday,
}

/// Days of the week count from 1, Sunday.
#[derive(Clone, Debug, PartialEq, Eq)]
enum WeekDay {
    Every(u16),
    /// `5L`: the last Thursday.
    Last(u16),
    /// `6#3`: the third Friday.
    Nth(u16, u16),
}

impl Cron {
    /// Reads the six fields.
    pub(super) fn parse(text: &str) -> Result<Cron, ScheduleError> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, of_month, month, of_week, year] = fields.as_slice() else {
            let reason = format!(
                "there are {}; write six: minutes hours day-of-month month day-of-week year, as in cron(0 12 * * ? *)",
                fields.len()
            );
            return Err(ScheduleError::Cron { field: "fields", reason });
        };
        let days = match (*of_month, *of_week) {
            ("?", "?") => return Err(DAY_OF_WEEK.wrong("only one of the two day fields can be `?`")),
            (of_month, "?") => Days::OfMonth(parse_list(of_month, DAY_OF_MONTH, month_day)?),
            ("?", of_week) => Days::OfWeek(parse_list(of_week, DAY_OF_WEEK, week_day)?),
            _ => {
                return Err(DAY_OF_WEEK
                    .wrong("one of day-of-month and day-of-week must be `?`, as in cron(0 12 * * ? *)"));
            }
        };
        Ok(Cron {
            minutes: MINUTES.set(minutes)?,
            hours: HOURS.set(hours)?,
            days,
            months: MONTH.set(month)?,
            years: YEAR.set(year)?,
        })
    }

    /// The first moment after `t` that fits. The search goes over the expression's own years and months, so it is as
    /// bounded as they are.
    pub(super) fn next_after(&self, t: Timestamp) -> Option<Timestamp> {
        let now = jiff::Timestamp::from_millisecond(t.0).ok()?.to_zoned(TimeZone::UTC).datetime();
        let today = now.date();
        let years = self.years.iter().filter_map(|y| i16::try_from(*y).ok()).filter(|y| *y >= today.year());
        let months = years.flat_map(|year| {
            self.months.iter().filter_map(move |m| i8::try_from(*m).ok().map(|m| (year, m)))
        });
        months
            .filter(|month| *month >= (today.year(), today.month()))
            .filter_map(|(year, month)| Date::new(year, month, 1).ok())
            .flat_map(|first| self.days.of(first))
            .filter(|date| *date >= today)
            .find_map(|date| self.times(date).find(|at| *at > t))
    }

    fn times(&self, date: Date) -> impl Iterator<Item = Timestamp> + '_ {
        let small = |n: &u16| i8::try_from(*n).ok();
        let hours = self.hours.iter().filter_map(small);
        let times = hours.flat_map(move |h| self.minutes.iter().filter_map(small).map(move |m| (h, m)));
        times.filter_map(move |(hour, minute)| {
            let at = date.at(hour, minute, 0, 0).to_zoned(TimeZone::UTC).ok()?;
            Some(Timestamp(at.timestamp().as_millisecond()))
        })
    }
}

impl Days {
    /// The days that fit in the month that starts at `first`, in order.
    fn of(&self, first: Date) -> Vec<Date> {
        let length = first.days_in_month();
        let day = |n: i8| Date::new(first.year(), first.month(), n).ok();
        let dates = (1..=length).filter_map(day);
        match self {
            Days::OfMonth(rules) => dates.filter(|date| rules.iter().any(|rule| rule.fits(*date))).collect(),
            Days::OfWeek(rules) => dates.filter(|date| rules.iter().any(|rule| rule.fits(*date))).collect(),
        }
    }
}

impl MonthDay {
    fn fits(&self, date: Date) -> bool {
        let (day, length) = (unsigned(date.day()), unsigned(date.days_in_month()));
        match self {
            MonthDay::Day(n) => day == *n,
            MonthDay::Last => day == length,
            MonthDay::Nearest(n) => day == nearest_weekday(date, *n).unwrap_or(0),
            MonthDay::LastWeekday => day == nearest_weekday(date, length).unwrap_or(0),
        }
    }
}

/// The day of `date`'s month that is the weekday nearest to day `n`, never leaving the month.
fn nearest_weekday(date: Date, n: u16) -> Option<u16> {
    let length = unsigned(date.days_in_month());
    let wanted = Date::new(date.year(), date.month(), i8::try_from(n).ok()?).ok()?;
    Some(match wanted.weekday() {
        Weekday::Saturday if n == 1 => 3,
        Weekday::Saturday => n - 1,
        Weekday::Sunday if n == length => n.saturating_sub(2),
        Weekday::Sunday => n + 1,
        _ => n,
    })
}

impl WeekDay {
    fn fits(&self, date: Date) -> bool {
        let weekday = unsigned(date.weekday().to_sunday_one_offset());
        let (day, length) = (unsigned(date.day()), unsigned(date.days_in_month()));
        match self {
            WeekDay::Every(n) => weekday == *n,
            WeekDay::Last(n) => weekday == *n && day + 7 > length,
            WeekDay::Nth(n, nth) => weekday == *n && day.div_ceil(7) == *nth,
        }
    }
}

fn unsigned(n: i8) -> u16 {
    u16::from(n.unsigned_abs())
}

fn parse_list<T>(
    text: &str,
    field: Field,
    one: fn(Field, &str) -> Result<Vec<T>, ScheduleError>,
) -> Result<Vec<T>, ScheduleError> {
    let parts: Result<Vec<Vec<T>>, ScheduleError> = text.split(',').map(|part| one(field, part)).collect();
    Ok(parts?.into_iter().flatten().collect())
}

fn month_day(field: Field, text: &str) -> Result<Vec<MonthDay>, ScheduleError> {
    Ok(match text.to_ascii_uppercase().as_str() {
        "L" => vec![MonthDay::Last],
        "LW" => vec![MonthDay::LastWeekday],
        upper => match upper.strip_suffix('W') {
            Some(day) => vec![MonthDay::Nearest(field.value(day)?)],
            None => field.set(upper)?.into_iter().map(MonthDay::Day).collect(),
        },
    })
}

fn week_day(field: Field, text: &str) -> Result<Vec<WeekDay>, ScheduleError> {
    let upper = text.to_ascii_uppercase();
    if upper == "L" {
        // The last day of the week is Saturday.
        return Ok(vec![WeekDay::Every(field.max)]);
    }
    if let Some((day, nth)) = upper.split_once('#') {
        let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth));
        let nth = nth.ok_or_else(|| {
            field.wrong(format!("`{text}`: after `#` comes 1-5, as in 6#3, the third Friday"))
        })?;
        return Ok(vec![WeekDay::Nth(field.value(day)?, nth)]);
    }
    if let Some(day) = upper.strip_suffix('L') {
        return Ok(vec![WeekDay::Last(field.value(day)?)]);
    }
    Ok(field.set(&upper)?.into_iter().map(WeekDay::Every).collect())
}
