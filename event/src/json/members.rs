//! Members of an object that are short and plain, checked whole: name, colon and value lie in one window of the text.
//!
//! Most members are such. What does not fit, or is not plain, or wrong, is left to the grammar, which says why.

use super::lanes::{LANE, Lane};

/// Bytes that are looked at at once.
pub(super) const WINDOW: usize = 2 * LANE;

/// A member of which everything is right.
pub(super) struct Member {
    /// Bytes of its name, which has no escapes.
    pub(super) name: u32,
    /// Bytes from its first quote to the end of its value.
    pub(super) end: usize,
    /// Bytes to the next member, when only a comma and perhaps a space lie between and it is seen from here; else 0.
    pub(super) next: usize,
}

/// A byte of the window; past its end it is one of the first again, which costs no comparison.
#[inline(always)]
fn byte(window: &[u8; WINDOW], at: usize) -> u8 {
    window.get(at % WINDOW).copied().unwrap_or(0)
}

/// Bits set from the lowest on.
#[inline(always)]
fn ones(bits: u64) -> usize {
    // The highest bit is never one of them, which spares the question whether there is any other.
    (!bits | 1 << 63).trailing_zeros() as usize
}

/// The member that begins at the first byte of the window; none when it must be looked at more closely.
#[inline(always)]
pub(super) fn member(window: &[u8; WINDOW]) -> Option<Member> {
    let ([low, high], _) = window.as_chunks::<LANE>() else { return None };
    let (low, high) = (Lane::load(low), Lane::load(high));
    let first = low.equal(b'"') | high.equal(b'"') << LANE;
    let close = first & first.wrapping_sub(1);
    // Where there is no second quote the name seems to end with the window, after which comes its first byte: no colon.
    let name = (close | 1 << (WINDOW - 1)).trailing_zeros() as usize;
    // What may not stand in a string, or not for itself: behind the member it is no harm, but most texts have none.
    if first & 1 == 0 || byte(window, name + 1) != b':' || low.is_rough(high) {
        return None;
    }
    let mut value = name + 2;
    let mut start = byte(window, value);
    if start == b' ' {
        value += 1;
        start = byte(window, value);
    }
    let end = if start == b'"' {
        let open = close & close.wrapping_sub(1);
        let end = open & open.wrapping_sub(1);
        if end == 0 {
            return None;
        }
        end.trailing_zeros() as usize + 1
    } else if start.is_ascii_digit() || start == b'-' {
        number(window, low.digits() | high.digits() << LANE, (value, start))?
    } else {
        value + word(window.get(value..)?)?
    };
    Some(Member { name: name as u32 - 1, end, next: next(window, end) })
}

/// The end of the number at `start`, which begins with `sign`, of one without exponent; `digits` tells where digits are.
#[inline(always)]
fn number(window: &[u8; WINDOW], digits: u32, (start, sign): (usize, u8)) -> Option<usize> {
    let first = start + usize::from(sign == b'-');
    let digits = u64::from(digits) >> (first % 64);
    let whole = ones(digits);
    if whole == 0 || (whole > 1 && byte(window, first) == b'0') {
        return None;
    }
    let mut end = first + whole;
    if byte(window, end) == b'.' {
        let part = ones(digits >> ((whole + 1) % 64));
        if part == 0 {
            return None;
        }
        end += 1 + part;
    }
    // A number that reaches the end of the window may go on after it.
    (end < WINDOW && byte(window, end) | 0x20 != b'e').then_some(end)
}

/// The length of `true`, `false` or `null`.
#[inline(always)]
fn word(text: &[u8]) -> Option<usize> {
    match text {
        [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => Some(4),
        [b'f', b'a', b'l', b's', b'e', ..] => Some(5),
        _ => None,
    }
}

/// [`Member::next`] after a value that ends at `end`.
#[inline(always)]
fn next(window: &[u8; WINDOW], end: usize) -> usize {
    if end + 2 >= WINDOW || byte(window, end) != b',' {
        return 0;
    }
    match byte(window, end + 1) {
        b'"' => end + 1,
        b' ' if byte(window, end + 2) == b'"' => end + 2,
        _ => 0,
    }
}

/// The window at `at`; none near the end of the text.
#[inline(always)]
pub(super) fn window(bytes: &[u8], at: usize) -> Option<&[u8; WINDOW]> {
    bytes.get(at..)?.first_chunk::<WINDOW>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> Option<(u32, usize)> {
        let padded = format!("{text}{}", " ".repeat(WINDOW));
        member(window(padded.as_bytes(), 0).unwrap()).map(|m| (m.name, m.end))
    }

    #[test]
    fn what_is_right_is_told_with_its_end() {
        let cases = [
            (r#""a":"b","#, 1, 7),
            (r#""": "","#, 0, 6),
            (r#""x": -122.461234567890, "y""#, 1, 22),
            (r#""x":0}"#, 1, 5),
            (r#""x":10.5]"#, 1, 8),
            (r#""name":true,"#, 4, 11),
            (r#""name": false}"#, 4, 13),
            (r#""n":null}"#, 1, 8),
            (r#""n":"{é","#, 1, 9),
        ];
        for (text, name, end) in cases {
            assert_eq!(ends(text), Some((name, end)), "{text}");
        }
        let last = format!("\"n\":\"{}\"", "x".repeat(WINDOW - 6));
        assert_eq!((last.len(), ends(&last)), (WINDOW, Some((1, WINDOW))));
    }

    #[test]
    fn everything_else_is_left_to_the_grammar() {
        let long = format!("\"n\":\"{}\"", "x".repeat(WINDOW - 5));
        let digits = format!("\"n\":{}", "1".repeat(WINDOW - 4));
        let cases = [
            r#""a" :1,"#,
            r#""a":  1,"#,
            r#""a":{"#,
            r#""a":[1]"#,
            r#""a":01,"#,
            r#""a":1.,"#,
            r#""a":-,"#,
            r#""a":-.5,"#,
            r#"":1,"b"#,
            r#"":"#,
            r#""a":1e5,"#,
            r#""a":1.5E5,"#,
            r#""a":tru,"#,
            r#""a":nul"#,
            r#""a":fals,"#,
            r#""a","#,
            r#""a"1,"#,
            "\"a\tb\":1,",
            r#""a\n":1,"#,
            r#""a":"\n","#,
            "\"a\":\n1,",
            r#"a":1,"#,
            r#""a":"b"#,
            "1",
            "",
            &long,
            &digits,
        ];
        for text in cases {
            assert_eq!(ends(text), None, "{text}");
        }
    }

    #[test]
    fn members_follow_each_other_closely() {
        let next = |text: &str| {
            let padded = format!("{text}{}", " ".repeat(WINDOW));
            member(window(padded.as_bytes(), 0).unwrap()).unwrap().next
        };
        assert_eq!(next(r#""a":1, "b":2"#), 7);
        assert_eq!(next(r#""a":1,"b":2"#), 6);
        for other in [r#""a":1 ,"b""#, r#""a":1,  "b""#, r#""a":1}"#, r#""a":1,b""#, r#""a":1,"#, r#""a":1"#]
        {
            assert_eq!(next(other), 0, "{other}");
        }
        let last = |gap: usize| format!("\"a\":\"{}\",\"b\":1", "x".repeat(WINDOW - 6 - gap));
        assert_eq!([next(&last(3)), next(&last(2)), next(&last(0))], [WINDOW - 2, 0, 0]);
        assert!(window(&[0; WINDOW], 0).is_some() && window(&[0; WINDOW], 1).is_none());
    }
}
