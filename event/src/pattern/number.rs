//! Numbers as patterns compare them: only a text that says exactly what its double says takes part.
//!
//! `1`, `1.0` and `10e-1` are one number. `9007199254740993` has no double of its own: comparing it as one would make
//! two different numbers equal, so it is comparable with nothing but its own spelling.

use std::fmt::Write;

/// What is known of a field's number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// Not looked at yet.
    Unread,
    /// Not comparable: equal only to a literal spelt the same.
    Odd,
    /// Comparable, as its double; zero is positive.
    Plain(f64),
}

/// More significant digits than the shortest text of any double has.
const MAX_DIGITS: usize = 17;

/// A decimal without leading or trailing zeros: 0.DIGITS x 10^exponent.
#[derive(PartialEq, Debug)]
struct Decimal {
    negative: bool,
    digits: [u8; MAX_DIGITS],
    len: usize,
    exponent: i64,
}

/// Reads a JSON number: its double when the shortest decimal of that double is exactly this number.
pub(crate) fn comparable(text: &str) -> Option<f64> {
    if let Some(whole) = small_whole(text.as_bytes()) {
        return Some(whole);
    }
    let value: f64 = text.parse().ok()?;
    if !value.is_finite() {
        return None;
    }
    let written = decimal(text)?;
    if value == 0.0 {
        return (written.len == 0).then_some(0.0);
    }
    if written.len <= 15 && (1e-300..1e300).contains(&value.abs()) {
        // Any decimal of 15 digits in the normal range survives the way through a double.
        return Some(value);
    }
    let mut shortest = Buffer { bytes: [0; 32], len: 0 };
    write!(shortest, "{value:e}").ok()?;
    (decimal(shortest.text()?)? == written).then_some(value)
}

/// The common case without a float parser: up to 15 digits and nothing else.
fn small_whole(text: &[u8]) -> Option<f64> {
    if text.len() > 15 || text.is_empty() {
        return None;
    }
    let mut whole: u64 = 0;
    for digit in text {
        if !digit.is_ascii_digit() {
            return None;
        }
        whole = whole * 10 + u64::from(digit - b'0');
    }
    Some(whole as f64)
}

/// The decimal a number text means; `None` when it has more digits than any double's shortest text.
fn decimal(text: &str) -> Option<Decimal> {
    let (negative, rest) = text.strip_prefix('-').map_or((false, text), |r| (true, r));
    let (mantissa, power) = rest.split_once(['e', 'E']).unwrap_or((rest, "0"));
    let power =
        power.parse::<i64>().unwrap_or(if power.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 });
    let mut out = Decimal { negative, digits: [0; MAX_DIGITS], len: 0, exponent: power };
    let (mut seen_point, mut zeros) = (false, 0_usize);
    for byte in mantissa.bytes() {
        if byte == b'.' {
            seen_point = true;
            continue;
        }
        let significant = out.len > 0 || byte != b'0';
        // Digits before the point move it right; zeros between the point and the first digit move it left.
        match (seen_point, significant) {
            (false, true) => out.exponent = out.exponent.saturating_add(1),
            (true, false) => out.exponent = out.exponent.saturating_sub(1),
            _ => {}
        }
        if byte == b'0' {
            zeros += usize::from(out.len > 0);
            continue;
        }
        out.len += zeros;
        zeros = 0;
        *out.digits.get_mut(out.len)? = byte;
        out.len += 1;
    }
    if out.len == 0 {
        return Some(Decimal { negative: false, digits: [0; MAX_DIGITS], len: 0, exponent: 0 });
    }
    for digit in &mut out.digits {
        // A gap and the unused end hold the same filler, so equal decimals are equal arrays.
        *digit = (*digit).max(b'0');
    }
    Some(out)
}

/// Room for the shortest text of a double.
struct Buffer {
    bytes: [u8; 32],
    len: usize,
}

impl Buffer {
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.bytes.get(..self.len)?).ok()
    }
}

impl Write for Buffer {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + s.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(s.as_bytes());
        self.len += s.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_number_are_equal() {
        for one in ["1", "1.0", "1e0", "10e-1", "0.1E1", "1.000000000000000000000", "0.00001e5"] {
            assert_eq!(comparable(one), Some(1.0), "{one}");
        }
        for zero in ["0", "-0", "0.0", "0e5", "-0.0e-999999999999999999999"] {
            assert_eq!(comparable(zero).map(f64::to_bits), Some(0), "{zero}");
        }
        assert_eq!(comparable("-122.42916360922355"), Some(-122.429_163_609_223_55));
        assert_eq!(comparable("1e23"), Some(1e23));
        assert_eq!(comparable("5e-324"), Some(5e-324));
        assert_eq!(comparable("1.7976931348623157e308"), Some(f64::MAX));
        assert_eq!(comparable("9007199254740992"), Some(9_007_199_254_740_992.0));
        assert_eq!(comparable("0.30000000000000004"), Some(0.1 + 0.2));
        assert_eq!(comparable("100000000000000000000"), Some(1e20));
    }

    #[test]
    fn what_a_double_would_change_is_not_comparable() {
        for odd in [
            "9007199254740993",
            "12345678901234567890",
            "-122.422003528252475",
            "3.1415926535897932",
            "1e309",
            "1e-400",
            "4.9e-324",
            "1e99999999999999999999",
        ] {
            assert_eq!(comparable(odd), None, "{odd}");
        }
    }
}
