//! Durations as the language writes them: `90s`, `10m`, `1h30m`, `7d`, `500ms`, or ISO 8601 (`PT1H30M`).

use fanin_event::Span;

use crate::limits::MAX_DURATION;

/// A text that is no duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DurationError {
    /// Not of either form.
    Form,
    /// A bare number.
    NoUnit,
    /// Years or months, which are not the same length each time.
    Calendar,
    /// Parts that are not in the order d, h, m, s, ms, or a unit twice.
    Order,
    /// Longer than [`MAX_DURATION`].
    TooLong,
}

impl DurationError {
    /// What is wrong and what to write.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            DurationError::Form => {
                "write for example 90s, 10m, 1h30m, 7d or 500ms, or ISO 8601 such as PT1H30M"
            }
            DurationError::NoUnit => "give the number a unit: ms, s, m, h or d",
            DurationError::Calendar => "years and months differ in length; write days, for example 30d",
            DurationError::Order => "write the largest unit first and each unit once, for example 1d2h30m",
            DurationError::TooLong => "at most ten years (3653d)",
        }
    }
}

/// The units of the short form, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// The units of ISO 8601 before and after the `T`, in milliseconds.
const DATE_UNITS: [(char, u64); 2] = [('W', 604_800_000), ('D', 86_400_000)];
const CLOCK_UNITS: [(char, u64); 3] = [('H', 3_600_000), ('M', 60_000), ('S', 1_000)];

/// Reads a duration.
///
/// # Errors
/// [`DurationError`] says what to write instead.
pub fn parse(text: &str) -> Result<Span, DurationError> {
    let text = text.trim();
    if text.bytes().any(|b| b.is_ascii_digit()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(DurationError::NoUnit);
    }
    let span = match text.strip_prefix(['P', 'p']) {
        Some(iso) => parse_iso(iso)?,
        None => parse_short(text)?,
    };
    if span > MAX_DURATION { Err(DurationError::TooLong) } else { Ok(span) }
}

fn parse_short(text: &str) -> Result<Span, DurationError> {
    let mut rest = text;
    let mut total = 0_u64;
    let mut least = UNITS.len();
    let mut first = true;
    while !rest.is_empty() {
        let (number, after) = number(rest).ok_or(DurationError::Form)?;
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, tail) = after.split_at(letters);
        let place = UNITS.iter().position(|(name, _)| *name == unit).ok_or(DurationError::Form)?;
        if !first && place <= least {
            return Err(DurationError::Order);
        }
        let factor = UNITS.get(place).map_or(0, |(_, factor)| *factor);
        total = add(total, number, factor)?;
        (rest, least, first) = (tail, place, false);
    }
    if first { Err(DurationError::Form) } else { Ok(Span(total)) }
}

/// After the `P`.
fn parse_iso(text: &str) -> Result<Span, DurationError> {
    let (days, clock) = match text.split_once(['T', 't']) {
        Some((_, "")) => return Err(DurationError::Form),
        Some((days, clock)) => (days, clock),
        None => (text, ""),
    };
    let mut total = 0_u64;
    let mut any = false;
    for (mut rest, units, calendar) in [(days, &DATE_UNITS[..], true), (clock, &CLOCK_UNITS[..], false)] {
        let mut units = units.iter();
        while !rest.is_empty() {
            let (number, after) = number(rest).ok_or(DurationError::Form)?;
            let mut letters = after.chars();
            let letter = letters.next().ok_or(DurationError::Form)?.to_ascii_uppercase();
            if calendar && matches!(letter, 'Y' | 'M') {
                return Err(DurationError::Calendar);
            }
            let (_, factor) = units.find(|(name, _)| *name == letter).ok_or(DurationError::Form)?;
            total = add(total, number, *factor)?;
            rest = letters.as_str();
            any = true;
        }
    }
    if any { Ok(Span(total)) } else { Err(DurationError::Form) }
}

/// A number as written: its whole part and, in thousandths, what follows the point.
type Number = (u64, u64);

fn number(text: &str) -> Option<(Number, &str)> {
    let digits = |t: &str| t.bytes().take_while(u8::is_ascii_digit).count();
    let whole_len = digits(text);
    let (whole, rest) = text.split_at(whole_len);
    let whole: u64 = whole.parse().ok()?;
    let Some(fraction) = rest.strip_prefix(['.', ',']) else { return Some(((whole, 0), rest)) };
    let count = digits(fraction);
    if count == 0 {
        return None;
    }
    let (fraction, rest) = fraction.split_at(count);
    let thousandths: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(((whole, thousandths), rest))
}

fn add(total: u64, (whole, thousandths): Number, factor: u64) -> Result<u64, DurationError> {
    let millis = whole.checked_mul(factor).ok_or(DurationError::TooLong)?;
    let part = thousandths * factor / 1000;
    total.checked_add(millis).and_then(|t| t.checked_add(part)).ok_or(DurationError::TooLong)
}

/// The short form: `1h30m`; `0s` for none.
#[must_use]
pub fn format(span: Span) -> String {
    let mut left = span.0;
    let mut text = String::new();
    for (unit, factor) in UNITS {
        let count = left / factor;
        left %= factor;
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// ISO 8601: `PT1H30M`.
#[must_use]
pub fn format_iso(span: Span) -> String {
    let (days, rest) = (span.0 / 86_400_000, span.0 % 86_400_000);
    let (hours, rest) = (rest / 3_600_000, rest % 3_600_000);
    let (minutes, millis) = (rest / 60_000, rest % 60_000);
    let mut text = "P".to_owned();
    if days > 0 {
        text.push_str(&format!("{days}D"));
    }
    if hours + minutes + millis > 0 || days == 0 {
        text.push('T');
    }
    for (count, unit) in [(hours, "H"), (minutes, "M")] {
        if count > 0 {
            text.push_str(&format!("{count}{unit}"));
        }
    }
    let (seconds, fraction) = (millis / 1000, millis % 1000);
    if fraction > 0 {
        text.push_str(format!("{seconds}.{fraction:03}").trim_end_matches('0'));
        text.push('S');
    } else if seconds > 0 || text == "PT" {
        text.push_str(&format!("{seconds}S"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        for (text, millis) in [
            ("90s", 90_000),
            ("10m", 600_000),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("500ms", 500),
            ("1h4m", 3_840_000),
            ("1.5h", 5_400_000),
            ("0s", 0),
            ("1d2h3m4s5ms", 93_784_005),
            ("PT1H30M", 5_400_000),
            ("P7D", 604_800_000),
            ("P2W", 1_209_600_000),
            ("P1DT12H", 129_600_000),
            ("PT0.5S", 500),
            ("PT0,25S", 250),
            ("pt5m", 300_000),
        ] {
            assert_eq!(parse(text), Ok(Span(millis)), "{text}");
        }
    }

    #[test]
    fn other_texts_say_what_to_write() {
        for (text, error) in [
            ("", DurationError::Form),
            ("soon", DurationError::Form),
            ("5 minutes", DurationError::Form),
            ("5min", DurationError::Form),
            ("10M", DurationError::Form),
            ("-5m", DurationError::Form),
            ("1h-5m", DurationError::Form),
            ("5", DurationError::NoUnit),
            ("1.5", DurationError::NoUnit),
            ("5s1m", DurationError::Order),
            ("5m5m", DurationError::Order),
            ("P1M", DurationError::Calendar),
            ("P1Y", DurationError::Calendar),
            ("P", DurationError::Form),
            ("PT", DurationError::Form),
            ("PT1S1H", DurationError::Form),
            ("3654d", DurationError::TooLong),
            ("99999999999999999999s", DurationError::Form),
            ("9999999999999d", DurationError::TooLong),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
        assert_eq!(parse("3653d"), Ok(MAX_DURATION));
    }

    #[test]
    fn what_is_printed_is_read_again() {
        for millis in [0, 1, 999, 1000, 61_001, 5_400_000, 86_400_000, 93_784_005, 604_800_000] {
            assert_eq!(parse(&format(Span(millis))), Ok(Span(millis)));
            assert_eq!(parse(&format_iso(Span(millis))), Ok(Span(millis)));
        }
        assert_eq!(format(Span(5_400_000)), "1h30m");
        assert_eq!(format_iso(Span(5_400_000)), "PT1H30M");
        assert_eq!(format_iso(Span(93_784_050)), "P1DT2H3M4.05S");
        assert_eq!(format_iso(Span(0)), "PT0S");
    }
}
