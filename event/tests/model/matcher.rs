//! One element of a pattern's list.

use super::ip;
use super::json::Json;
use super::number::comparable;

/// What a value is asked.
#[derive(Clone, Debug)]
pub(crate) enum Matcher {
    Absent,
    Present,
    Literal(Json),
    Exactly(String),
    Operator(String, Json),
    Not(Json),
}

impl Matcher {
    pub(crate) fn of(json: &Json) -> Matcher {
        let Json::Object(members) = json else { return Matcher::Literal(json.clone()) };
        let (name, argument) = members.first().expect("an operator has a name");
        match (name.as_str(), argument) {
            ("exists", Json::True) => Matcher::Present,
            ("exists", _) => Matcher::Absent,
            ("exactly", Json::Text(text)) => Matcher::Exactly(text.clone()),
            ("anything-but", argument) => Matcher::Not(argument.clone()),
            (name, argument) => Matcher::Operator(name.to_owned(), argument.clone()),
        }
    }

    pub(crate) fn accepts(&self, value: &Json) -> bool {
        match self {
            Matcher::Absent => false,
            Matcher::Present => true,
            Matcher::Literal(literal) => equal(literal, value),
            Matcher::Exactly(text) => matches!(value, Json::Text(value) if value == text),
            Matcher::Operator(name, argument) => operator(name, argument, value),
            Matcher::Not(argument) => !excluded(argument, value),
        }
    }
}

fn equal(literal: &Json, value: &Json) -> bool {
    match (literal, value) {
        (Json::Number(a), Json::Number(b)) => {
            a == b || comparable(a).is_some() && comparable(a) == comparable(b)
        }
        (Json::Text(a), Json::Text(b)) => match ip::literal(a) {
            Some(address) => ip::literal(b) == Some(address),
            None => a == b,
        },
        (a, b) => a == b,
    }
}

/// `anything-but`: what it excludes. Its texts are never addresses.
fn excluded(argument: &Json, value: &Json) -> bool {
    match argument {
        Json::Array(list) => list.iter().any(|one| excluded(one, value)),
        Json::Object(members) => {
            let (name, argument) = members.first().expect("an operator has a name");
            match argument {
                Json::Array(list) => list.iter().any(|one| operator(name, one, value)),
                one => operator(name, one, value),
            }
        }
        Json::Text(text) => matches!(value, Json::Text(value) if value == text),
        other => equal(other, value),
    }
}

fn operator(name: &str, argument: &Json, value: &Json) -> bool {
    if name == "numeric" {
        return numeric(argument, value);
    }
    let Json::Text(value) = value else { return false };
    match (name, argument) {
        ("prefix", Json::Text(argument)) => value.starts_with(argument.as_str()),
        ("suffix", Json::Text(argument)) => value.ends_with(argument.as_str()),
        ("prefix", Json::Object(inner)) => fold_starts(&folded(inner), value),
        ("suffix", Json::Object(inner)) => {
            let at = |(at, _)| fold_whole(&folded(inner), &value[at..]);
            value.char_indices().chain([(value.len(), ' ')]).any(at)
        }
        ("equals-ignore-case", Json::Text(argument)) => {
            fold_whole(&argument.chars().collect::<Vec<_>>(), value)
        }
        ("wildcard", Json::Text(argument)) => glob(&steps(argument), value.as_bytes()),
        ("cidr", Json::Text(block)) => ip::literal(value).is_some_and(|address| ip::inside(block, address)),
        other => unreachable!("{other:?} is not valid"),
    }
}

fn folded(inner: &[(String, Json)]) -> Vec<char> {
    match inner.first() {
        Some((_, Json::Text(text))) => text.chars().collect(),
        other => unreachable!("{other:?} is not valid"),
    }
}

/// The two ways a character may show.
fn shows(c: char) -> [String; 2] {
    [c.to_lowercase().collect(), c.to_uppercase().collect()]
}

fn fold_starts(pattern: &[char], value: &str) -> bool {
    let Some((c, rest)) = pattern.split_first() else { return true };
    shows(*c)
        .iter()
        .any(|shown| value.strip_prefix(shown.as_str()).is_some_and(|value| fold_starts(rest, value)))
}

fn fold_whole(pattern: &[char], value: &str) -> bool {
    let Some((c, rest)) = pattern.split_first() else { return value.is_empty() };
    shows(*c)
        .iter()
        .any(|shown| value.strip_prefix(shown.as_str()).is_some_and(|value| fold_whole(rest, value)))
}

/// `None`: any run of bytes.
fn steps(pattern: &str) -> Vec<Option<u8>> {
    let mut bytes = pattern.bytes();
    let mut steps = Vec::new();
    while let Some(byte) = bytes.next() {
        steps.push(match byte {
            b'*' => None,
            b'\\' => bytes.next(),
            byte => Some(byte),
        });
    }
    steps
}

/// Which prefixes of the value each step may end at.
fn glob(steps: &[Option<u8>], value: &[u8]) -> bool {
    let mut reach = vec![false; value.len() + 1];
    reach[0] = true;
    for step in steps {
        let mut next = vec![false; value.len() + 1];
        let mut any = false;
        for at in 0..=value.len() {
            any |= reach[at];
            match step {
                None => next[at] = any,
                Some(byte) if at < value.len() && value[at] == *byte => next[at + 1] = reach[at],
                Some(_) => {}
            }
        }
        reach = next;
    }
    reach[value.len()]
}

fn numeric(argument: &Json, value: &Json) -> bool {
    let (Json::Array(parts), Json::Number(value)) = (argument, value) else { return false };
    let Some(value) = comparable(value) else { return false };
    parts.chunks(2).all(|pair| {
        let [Json::Text(sign), Json::Number(bound)] = pair else { unreachable!("{pair:?} is not valid") };
        let bound = comparable(bound).expect("a valid bound is comparable");
        match sign.as_str() {
            "=" => value == bound,
            ">" => value > bound,
            ">=" => value >= bound,
            "<" => value < bound,
            _ => value <= bound,
        }
    })
}
