//! Near misses: why an event does not match a pattern, in words.

use std::fmt;

use super::verify::holds_alone;
use super::{PatternId, PatternIndex, Test};
use crate::json::fields::{Fields, Kind};
use crate::json::{JsonError, JsonErrorKind};
use crate::pattern::{Excluded, Matcher, Range, Seen};
use crate::scratch::Scratch;

/// Values shown of a field or a list before it is cut short.
const SHOWN: usize = 5;

/// A pattern an event does not match, and the first thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternMiss {
    /// The pattern.
    pub pattern: PatternId,
    /// The path of the field that failed; empty when it is none in particular.
    pub field: String,
    /// Why, as a sentence that names the field and its value.
    pub reason: String,
    /// How many fields of the pattern were as asked for, and of how many, in the alternative that comes nearest.
    pub matched: (usize, usize),
}

impl fmt::Display for PatternMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl PatternIndex {
    /// Why `event` does not match each of the patterns it does not match, in the order of their ids. Slow: for people,
    /// on request.
    ///
    /// # Errors
    /// As [`PatternIndex::matches`].
    pub fn near_misses(&self, event: &[u8]) -> Result<Vec<PatternMiss>, JsonError> {
        let text = std::str::from_utf8(event)
            .map_err(|e| JsonError { offset: e.valid_up_to(), kind: JsonErrorKind::NotUtf8 })?;
        let mut scratch = Scratch::new();
        self.find(text, &mut scratch)?;
        let found = &scratch.matching.found;
        let ids = self.patterns.iter().enumerate().filter(|(_, rules)| !rules.is_empty());
        let missed = ids.map(|(id, _)| PatternId(id as u32)).filter(|id| found.binary_search(id).is_err());
        Ok(missed.map(|id| self.miss(id, text, &scratch.fields)).collect())
    }

    /// How many fields a pattern asks for, in the alternative with the most.
    pub(crate) fn fields_of(&self, pattern: PatternId) -> usize {
        self.rules_of(pattern).map(|tests| tests.len()).max().unwrap_or(0)
    }

    /// The alternative of the pattern that comes nearest, and its first field that fails.
    pub(crate) fn miss(&self, pattern: PatternId, text: &str, fields: &Fields) -> PatternMiss {
        let text = text.as_bytes();
        let mut best: Option<(usize, usize, Option<&Test>)> = None;
        for tests in self.rules_of(pattern) {
            let good = tests.iter().filter(|test| holds_alone(test, text, fields)).count();
            let first = tests.iter().find(|test| !holds_alone(test, text, fields)).copied();
            if best.is_none_or(|(known, of, _)| good * of > known * tests.len()) {
                best = Some((good, tests.len(), first));
            }
        }
        let miss = |field: &str, reason: String, matched| PatternMiss {
            pattern,
            field: field.to_owned(),
            reason,
            matched,
        };
        let Some((good, of, failed)) = best else {
            return miss("", "the pattern asks for nothing".to_owned(), (0, 0));
        };
        let Some(test) = failed else {
            let reason = "no single element of its arrays has all the fields asked for".to_owned();
            return miss("", reason, (good, of));
        };
        let path = self.trie.path_text(test.path).unwrap_or_default();
        let values: Vec<String> =
            fields.at(test.path).map(|field| shown(&Seen::new(field, text, &fields.side))).collect();
        miss(path, reason(path, &values, &test.matchers), (good, of))
    }
}

fn shown(value: &Seen<'_>) -> String {
    let text = String::from_utf8_lossy(value.bytes);
    if value.kind == Kind::Text { format!("{text:?}") } else { text.into_owned() }
}

fn reason(path: &str, values: &[String], matchers: &[Matcher]) -> String {
    let wanted = wanted(matchers);
    if values.is_empty() {
        return format!("{path} is missing; it must be {}", wanted.must_be);
    }
    // The fields of a path come last first.
    let mut list: Vec<&str> = values.iter().rev().take(SHOWN).map(String::as_str).collect();
    if values.len() > SHOWN {
        list.push("...");
    }
    format!("{path} {} is {}", list.join(", "), wanted.is_not)
}

/// The two ways a sentence goes on.
struct Wanted {
    is_not: String,
    must_be: String,
}

fn wanted(matchers: &[Matcher]) -> Wanted {
    let mut each: Vec<String> = matchers.iter().take(SHOWN).map(describe).collect();
    if matchers.len() > SHOWN {
        each.push("...".to_owned());
    }
    if matchers.iter().all(is_literal) {
        let list = format!("[{}]", each.join(", "));
        return Wanted { is_not: format!("none of {list}"), must_be: format!("one of {list}") };
    }
    let list = each.join(" or ");
    Wanted { is_not: format!("not {list}"), must_be: list }
}

fn is_literal(matcher: &Matcher) -> bool {
    matches!(
        matcher,
        Matcher::Text(_)
            | Matcher::Address(..)
            | Matcher::Number(..)
            | Matcher::NumberText(_)
            | Matcher::True
            | Matcher::False
            | Matcher::Null
    )
}

fn describe(matcher: &Matcher) -> String {
    match matcher {
        Matcher::Text(t) | Matcher::Address(_, t) => format!("{t:?}"),
        Matcher::Number(_, t) | Matcher::NumberText(t) => t.to_string(),
        Matcher::True => "true".to_owned(),
        Matcher::False => "false".to_owned(),
        Matcher::Null => "null".to_owned(),
        Matcher::Prefix(t) => format!("text that starts with {t:?}"),
        Matcher::Suffix(t) => format!("text that ends with {t:?}"),
        Matcher::PrefixFold(f) => format!("text that starts with {:?} in any case", f.text),
        Matcher::SuffixFold(f) => format!("text that ends with {:?} in any case", f.text),
        Matcher::EqualFold(f) => format!("{:?} in any case", f.text),
        Matcher::Wildcard(glob) => format!("text like {:?}", glob.text),
        Matcher::Numeric(range) => numeric(range),
        Matcher::Exists => "any value".to_owned(),
        Matcher::Absent => "absent".to_owned(),
        Matcher::Cidr(_, t) => format!("an address in {t}"),
        Matcher::AnythingBut(excluded) => format!("anything but {}", excluding(excluded)),
    }
}

fn numeric(range: &Range) -> String {
    if range.low == range.high {
        return format!("the number {}", range.low);
    }
    let low = if range.low_in { ">=" } else { ">" };
    let high = if range.high_in { "<=" } else { "<" };
    match (range.low.is_finite(), range.high.is_finite()) {
        (true, true) => format!("a number {low} {} and {high} {}", range.low, range.high),
        (true, false) => format!("a number {low} {}", range.low),
        _ => format!("a number {high} {}", range.high),
    }
}

fn excluding(excluded: &Excluded) -> String {
    let quoted = |list: &[Box<str>]| list.iter().map(|t| format!("{t:?}")).collect::<Vec<_>>().join(", ");
    match excluded {
        Excluded::Texts(list) => format!("[{}]", quoted(list)),
        Excluded::Numbers(list) => {
            format!("[{}]", list.iter().map(f64::to_string).collect::<Vec<_>>().join(", "))
        }
        Excluded::Prefixes(list) => format!("text that starts with {}", quoted(list)),
        Excluded::Suffixes(list) => format!("text that ends with {}", quoted(list)),
        Excluded::Folds(list) => {
            let list: Vec<Box<str>> = list.iter().map(|f| f.text.clone()).collect();
            format!("{} in any case", quoted(&list))
        }
        Excluded::Globs(list) => {
            let list: Vec<Box<str>> = list.iter().map(|g| g.text.clone()).collect();
            format!("text like {}", quoted(&list))
        }
    }
}
