//! The token grammar of RFC 8259 over any reader that finds the ends of strings: numbers, words, and skips that validate.

use super::error::JsonErrorKind as Kind;
use super::lanes::{LANE, Lane};
use super::reader::Reader;
use crate::limits::MAX_JSON_DEPTH;

/// Reads a number and gives where it started.
#[inline(always)]
pub(super) fn number<'a>(reader: &mut impl Reader<'a>) -> Option<usize> {
    let start = reader.at();
    match short_number(reader.bytes(), start) {
        Some(end) => {
            reader.go(end);
            Some(start)
        }
        None => any_number(reader),
    }
}

/// The end of a number without exponent in the next 32 bytes; none when it is not that.
#[inline(always)]
fn short_number(bytes: &[u8], start: usize) -> Option<usize> {
    let here = bytes.get(start..)?.first_chunk::<{ 2 * LANE }>()?;
    let ([low, high], _) = here.as_chunks::<LANE>() else { return None };
    let digits = u64::from(Lane::load(low).digits()) | u64::from(Lane::load(high).digits()) << LANE;
    let first = usize::from(here.first() == Some(&b'-'));
    let whole = (digits >> first).trailing_ones() as usize;
    if whole == 0 || (whole > 1 && here.get(first) == Some(&b'0')) {
        return None;
    }
    let mut end = first + whole;
    if here.get(end) == Some(&b'.') {
        let part = (digits >> (end + 1)).trailing_ones() as usize;
        if part == 0 {
            return None;
        }
        end += 1 + part;
    }
    // None too when it reaches the end of what was looked at.
    let next = here.get(end)?;
    (*next | 0x20 != b'e').then_some(start + end)
}

fn any_number<'a>(reader: &mut impl Reader<'a>) -> Option<usize> {
    let start = reader.at();
    if reader.peek() == b'-' {
        reader.step();
    }
    match reader.peek() {
        b'0' => reader.step(),
        b'1'..=b'9' => digits(reader),
        _ => return reader.fail(Kind::BadNumber),
    }
    if reader.peek() == b'.' {
        reader.step();
        some_digits(reader)?;
    }
    if matches!(reader.peek(), b'e' | b'E') {
        reader.step();
        if matches!(reader.peek(), b'+' | b'-') {
            reader.step();
        }
        some_digits(reader)?;
    }
    if reader.peek().is_ascii_digit() {
        return reader.fail(Kind::BadNumber);
    }
    Some(start)
}

fn some_digits<'a>(reader: &mut impl Reader<'a>) -> Option<()> {
    if !reader.peek().is_ascii_digit() {
        return reader.fail(Kind::BadNumber);
    }
    digits(reader);
    Some(())
}

#[inline]
fn digits<'a>(reader: &mut impl Reader<'a>) {
    while reader.peek().is_ascii_digit() {
        reader.step();
    }
}

/// Reads `true`, `false` or `null` and gives its first letter.
#[inline]
pub(super) fn literal<'a>(reader: &mut impl Reader<'a>) -> Option<u8> {
    let letter = reader.peek();
    let word: &[u8] = match letter {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        _ => return reader.fail(Kind::ExpectedValue),
    };
    let (bytes, at) = (reader.bytes(), reader.at());
    if bytes.get(at..at + word.len()) == Some(word) {
        reader.go(at + word.len());
        return Some(letter);
    }
    let rest = bytes.get(at..).unwrap_or_default();
    reader.go(at + rest.iter().zip(word).take_while(|(a, b)| a == b).count());
    reader.fail(Kind::ExpectedValue)
}

/// Goes past one value, reading all of it. `depth` containers are open around it.
#[inline]
pub(super) fn skip<'a>(reader: &mut impl Reader<'a>, depth: usize) -> Option<()> {
    match reader.peek() {
        b'"' => reader.string().map(|_| ()),
        b'{' | b'[' => skip_container(reader, depth),
        b'-' | b'0'..=b'9' => number(reader).map(|_| ()),
        _ => literal(reader).map(|_| ()),
    }
}

fn skip_container<'a>(reader: &mut impl Reader<'a>, depth: usize) -> Option<()> {
    // One bit per open container, 1 for an object: MAX_JSON_DEPTH is below 128.
    let mut objects: u128 = 0;
    let mut open = 0;
    loop {
        match reader.peek() {
            b'"' => {
                reader.string()?;
            }
            b'-' | b'0'..=b'9' => {
                number(reader)?;
            }
            bracket @ (b'{' | b'[') => {
                if depth + open >= MAX_JSON_DEPTH {
                    return reader.fail(Kind::TooDeep);
                }
                reader.step();
                reader.space();
                if reader.peek() == bracket + 2 {
                    reader.step();
                } else {
                    objects = (objects << 1) | u128::from(bracket == b'{');
                    open += 1;
                    if bracket == b'[' {
                        continue;
                    }
                    if !reader.members() {
                        reader.name()?;
                        continue;
                    }
                }
            }
            _ => {
                literal(reader)?;
            }
        }
        if !after_value(reader, &mut objects, &mut open)? {
            return Some(());
        }
    }
}

/// Closes what closes here. True when another value follows, false when nothing is open any more.
#[inline(always)]
fn after_value<'a>(reader: &mut impl Reader<'a>, objects: &mut u128, open: &mut usize) -> Option<bool> {
    while *open > 0 {
        let object = *objects & 1 == 1;
        // One object of a list closes and another one opens: what is open stays the same.
        if object && *objects & 2 == 0 && *open > 1 && reader.next_row() {
            if reader.members() {
                continue;
            }
            reader.name()?;
            return Some(true);
        }
        match reader.peek_solid() {
            b',' => {
                reader.step();
                reader.space();
                if object {
                    if reader.members() {
                        continue;
                    }
                    reader.name()?;
                }
                return Some(true);
            }
            b'}' if object => {}
            b']' if !object => {}
            _ => return reader.fail(Kind::ExpectedCommaOrEnd),
        }
        reader.step();
        *objects >>= 1;
        *open -= 1;
    }
    Some(false)
}

/// Nothing but space may follow the root.
pub(super) fn end<'a>(reader: &mut impl Reader<'a>) -> Option<()> {
    reader.space();
    if reader.at() < reader.bytes().len() { reader.fail(Kind::TrailingText) } else { Some(()) }
}
