//! Numbers as patterns compare them: only a text that says exactly what its double says takes part.
//!
//! `1`, `1.0` and `10e-1` are one number. `9007199254740993` has no double of its own: comparing it as one would make
//! two different numbers equal, so it is comparable with nothing but its own spelling.

use std::fmt::Write;

use crate::json::lanes::{LANE, Lane};

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

impl Number {
    /// What was found out: none where nobody looked, none inside where it is not comparable.
    #[inline]
    #[expect(clippy::option_option, reason = "not looked at, and looked at in vain, are not the same")]
    pub(crate) fn known(self) -> Option<Option<f64>> {
        match self {
            Number::Unread => None,
            Number::Odd => Some(None),
            Number::Plain(number) => Some(Some(number)),
        }
    }
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
pub(crate) fn comparable(text: &[u8]) -> Option<f64> {
    comparable_in(text, text.len())
}

/// [`comparable`] for the number of so many bytes with which `upto` ends.
#[inline(never)]
pub(crate) fn comparable_in(upto: &[u8], len: usize) -> Option<f64> {
    comparable_inline(upto, len)
}

/// [`comparable_in`], where many are asked for in turn.
#[inline(always)]
pub(crate) fn comparable_inline(upto: &[u8], len: usize) -> Option<f64> {
    short(upto, len).or_else(|| any(upto, len))
}

/// [`comparable_in`], for any number, and the first one of a text.
#[cold]
#[inline(never)]
fn any(upto: &[u8], len: usize) -> Option<f64> {
    if let Some(missing) = ROOM.checked_sub(upto.len()).filter(|missing| *missing > 0) {
        let mut room = [b' '; ROOM];
        room.get_mut(missing..)?.copy_from_slice(upto);
        if let Some(number) = short(&room, len) {
            return Some(number);
        }
    }
    let text = std::str::from_utf8(upto.get(upto.len().checked_sub(len)?..)?).ok()?;
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

/// More digits may not be those of a double.
const MAX_SHORT: usize = 15;
#[rustfmt::skip]
const POWERS: [f64; MAX_SHORT + 1] = [
    1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// A lane, and one byte before it.
const ROOM: usize = LANE + 1;

/// For each number below that of a lane's bytes the lane in which so many bytes are marked, the first ones.
#[expect(clippy::indexing_slicing, reason = "a constant: what is out of bounds does not compile")]
const FIRST: [[u8; LANE]; LANE] = {
    let (mut all, mut marked) = ([[0; LANE]; LANE], 0);
    while marked < LANE {
        let mut place = 0;
        while place < marked {
            all[marked][place] = 0xff;
            place += 1;
        }
        marked += 1;
    }
    all
};

/// The common case without a float parser: at most 15 digits with a point perhaps, and no exponent. Such a number is always
/// comparable, and the quotient of two whole numbers that have doubles of their own is rounded once, which makes it exact.
/// None where fewer bytes than are looked at lie before its end, too: [`any`] has the answer then.
#[inline(always)]
fn short(upto: &[u8], len: usize) -> Option<f64> {
    let room: &[u8; ROOM] = upto.last_chunk()?;
    let sign = *room.get(ROOM.wrapping_sub(len))? == b'-';
    let len = len - usize::from(sign);
    if len.wrapping_sub(1) >= LANE {
        return None;
    }
    // The number ends with the lane; in the other one each byte is at the place of the next.
    let (lane, before) = (Lane::load(room.last_chunk()?), Lane::load(room.first_chunk()?));
    let first = 1_u32 << (LANE - len);
    let all = (1 << LANE) - first;
    let points = lane.equal(b'.') & all;
    let count = len - usize::from(points != 0);
    let right = (!lane.digits() & all == points)
        & (points & points.wrapping_sub(1) == 0)
        & (points & (first | LAST) == 0)
        & (count.wrapping_sub(1) < MAX_SHORT);
    if !right {
        return None;
    }
    // What stands before the point moves up to it.
    let point = (points | LAST).trailing_zeros() as usize;
    let whole = Lane::load(FIRST.get((point + 1) % LANE)?);
    let digits = before.where_marked(whole).or(lane.where_unmarked(whole));
    let values = digits.minus(b'0').where_unmarked(Lane::load(FIRST.get((LANE - count) % LANE)?)).word();
    let number = eight_digits(values as u64) * 100_000_000 + eight_digits((values >> 64) as u64);
    let value = number as i64 as f64 / POWERS.get(LANE - 1 - point)?;
    // Not by its sign: zero is positive.
    Some(if sign { 0.0 - value } else { value })
}

/// The bit of a lane's last byte.
const LAST: u32 = 1 << (LANE - 1);

/// The value of eight digits, the first in the lowest byte; neighbours are joined to twos, fours and the eight.
#[inline(always)]
fn eight_digits(values: u64) -> u64 {
    let twos = values.wrapping_mul(10).wrapping_add(values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = twos.wrapping_mul(100).wrapping_add(twos >> 16) & 0x0000_ffff_0000_ffff;
    fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff
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
            assert_eq!(comparable(one.as_bytes()), Some(1.0), "{one}");
        }
        for zero in ["0", "-0", "0.0", "0e5", "-0.0e-999999999999999999999"] {
            assert_eq!(comparable(zero.as_bytes()).map(f64::to_bits), Some(0), "{zero}");
        }
        assert_eq!(comparable(b"-122.42916360922355"), Some(-122.429_163_609_223_55));
        assert_eq!(comparable(b"1e23"), Some(1e23));
        assert_eq!(comparable(b"5e-324"), Some(5e-324));
        assert_eq!(comparable(b"1.7976931348623157e308"), Some(f64::MAX));
        assert_eq!(comparable(b"9007199254740992"), Some(9_007_199_254_740_992.0));
        assert_eq!(comparable(b"0.30000000000000004"), Some(0.1 + 0.2));
        assert_eq!(comparable(b"100000000000000000000"), Some(1e20));
    }

    fn short_in(text: &str) -> Option<f64> {
        let text = text.as_bytes();
        let behind: Vec<u8> = [b"0.1, -5.5".repeat(3).as_slice(), text].concat();
        short(&behind, text.len())
    }

    #[test]
    fn the_short_way_gives_what_the_long_way_gives() {
        let mut seed = 7_u64;
        let mut next = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % below
        };
        for _ in 0..200_000 {
            let mut text = if next(2) == 0 { "-".to_owned() } else { String::new() };
            let (length, point) = (1 + next(17), next(20));
            for n in 0..length {
                if n == point && n > 0 {
                    text.push('.');
                }
                let digit = if next(4) == 0 { 0 } else { next(10) };
                text.push(char::from(b'0' + digit as u8));
            }
            if let Some(value) = short_in(&text) {
                let parsed: f64 = text.parse().unwrap();
                assert_eq!((value + 0.0).to_bits(), (parsed + 0.0).to_bits(), "{text}");
                let written = decimal(&text).unwrap();
                assert!(written.len <= 15, "{text}");
            } else {
                assert!(text.bytes().filter(u8::is_ascii_digit).count() > 15, "{text}");
            }
        }
        for odd in ["", "-", ".", "1.", ".5", "--1", "1.2.3", "1e5", "1.5e3", "+1", "12345678x", "1234567:"] {
            assert_eq!(short_in(odd), None, "{odd}");
        }
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
            assert_eq!(comparable(odd.as_bytes()), None, "{odd}");
        }
    }
}
