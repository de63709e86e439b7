//! Near misses: why an event is not what a definition asks for, in words.

use std::fmt;
use std::sync::Arc;

use super::Recognizer;
use crate::index::PatternId;
use crate::index::Test;
use crate::index::verify::holds_alone;
use crate::json::fields::Kind;
use crate::pattern::{Excluded, Matcher, Seen};
use crate::scratch::Scratch;

/// Values shown of a field or a list before it is cut short.
const SHOWN: usize = 5;

/// A definition an event is not, and the first thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The definition's place in the list.
    pub definition: usize,
    /// The definition's name.
    pub name: Arc<str>,
    /// The field that failed: a path, or for a capture the last name of its path; empty when it is none in particular.
    pub field: String,
    /// Why, as a sentence that names the field and its value.
    pub reason: String,
    /// How many fields of the pattern were as asked for, and of how many: how near the miss is. A miss by its captures
    /// has all of them.
    pub matched: (usize, usize),
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl Recognizer {
    /// Why the event is not what each of the other definitions asks for, in their order. Slow: for people, on request.
    #[must_use]
    pub fn explain(&self, text: &str) -> Vec<NearMiss> {
        let mut scratch = Scratch::new();
        let mut misses = Vec::new();
        if let Err(error) = self.index.find(text, &mut scratch) {
            for definition in 0..self.programs.len() {
                misses.push(self.miss(definition, String::new(), error.to_string(), (0, 0)));
            }
            return misses;
        }
        let found = std::mem::take(&mut scratch.matching.found);
        for (definition, program) in self.programs.iter().enumerate() {
            let id = PatternId(definition as u32);
            if found.binary_search(&id).is_err() {
                misses.push(self.pattern_miss(definition, id, text, &mut scratch));
            } else if let Some((label, reason)) =
                program.misfit(text, &mut scratch.fields, &mut scratch.captured)
            {
                let fields = self.index.rules_of(id).map(|tests| tests.len()).max().unwrap_or(0);
                misses.push(self.miss(definition, label, reason, (fields, fields)));
            }
        }
        misses
    }

    fn miss(&self, definition: usize, field: String, reason: String, matched: (usize, usize)) -> NearMiss {
        let name = self.names.get(definition).cloned().unwrap_or_else(|| Arc::from(""));
        NearMiss { definition, name, field, reason, matched }
    }

    /// The alternative of the pattern that comes nearest, and its first field that fails.
    fn pattern_miss(&self, definition: usize, id: PatternId, text: &str, scratch: &mut Scratch) -> NearMiss {
        let fields = &scratch.fields;
        let mut best: Option<(usize, usize, Option<&Test>)> = None;
        for tests in self.index.rules_of(id) {
            let good = tests.iter().filter(|test| holds_alone(test, text, fields)).count();
            let first = tests.iter().find(|test| !holds_alone(test, text, fields)).copied();
            if best.is_none_or(|(known, of, _)| good * of > known * tests.len()) {
                best = Some((good, tests.len(), first));
            }
        }
        let Some((good, of, failed)) = best else {
            return self.miss(definition, String::new(), "the pattern asks for nothing".to_owned(), (0, 0));
        };
        let Some(test) = failed else {
            let reason = "no single element of its arrays has all the fields asked for".to_owned();
            return self.miss(definition, String::new(), reason, (good, of));
        };
        let path = self.index.trie.path_text(test.path).unwrap_or_default();
        let values: Vec<String> =
            fields.at(test.path).map(|field| shown(&Seen::new(field, text, &fields.side))).collect();
        let reason = reason(path, &values, &test.matchers);
        self.miss(definition, path.to_owned(), reason, (good, of))
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

fn numeric(range: &crate::pattern::matcher::Range) -> String {
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
