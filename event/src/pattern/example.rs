//! An event made to match a pattern: the start of every event a test file gives.

use serde_json::{Map, Value};

use super::ip::Address;
use super::matcher::Range;
use super::{Excluded, Matcher, PathTest, Pattern, SubRule};
use crate::index::PatternIndex;
use crate::scratch::Scratch;

/// The example of the first alternative that has one; else why the first has none.
pub(super) fn example(pattern: &Pattern) -> Result<Value, String> {
    let mut first = None;
    for rule in &pattern.rules {
        match of_rule(pattern, rule) {
            Ok(event) => return Ok(event),
            Err(reason) => first = first.or(Some(reason)),
        }
    }
    Err(first.unwrap_or_else(|| "the pattern has no alternative".to_owned()))
}

fn of_rule(pattern: &Pattern, rule: &SubRule) -> Result<Value, String> {
    let mut event = Value::Object(Map::new());
    for test in &rule.tests {
        if test.matchers.iter().all(|m| *m == Matcher::Absent) {
            continue;
        }
        let value = test.matchers.iter().find_map(|m| value_for(m, test));
        let value = value.ok_or_else(|| format!("field `{}`: no value was found that matches", test.path))?;
        put(&mut event, test, value)?;
    }
    let text = event.to_string();
    if matches(pattern, &text) { Ok(event) } else { Err(unmatched(pattern, rule, &text)) }
}

fn put(event: &mut Value, test: &PathTest, value: Value) -> Result<(), String> {
    let mut at = event;
    for name in &*test.names {
        let Some(object) = at.as_object_mut() else {
            return Err(format!("field `{}` would have to be a value and an object at once", test.path));
        };
        at = object.entry(&**name).or_insert_with(|| Value::Object(Map::new()));
    }
    if at.as_object().is_some_and(|o| !o.is_empty()) {
        return Err(format!("field `{}` would have to be a value and an object at once", test.path));
    }
    *at = value;
    Ok(())
}

/// Which field stands in the way when the parts do not make a matching whole.
fn unmatched(pattern: &Pattern, rule: &SubRule, text: &str) -> String {
    let single = |test: &&PathTest| {
        let alone = SubRule { tests: vec![(*test).clone()], absent: test.absent };
        !matches(&Pattern { rules: vec![alone], ..pattern.clone() }, text)
    };
    match rule.tests.iter().find(single) {
        Some(test) => format!("field `{}`: no value was found that matches", test.path),
        None => "the fields of the pattern exclude each other".to_owned(),
    }
}

fn matches(pattern: &Pattern, text: &str) -> bool {
    let mut index = PatternIndex::new();
    index.insert(pattern.clone());
    index.matches(text.as_bytes(), &mut Scratch::new()).is_ok_and(|found| !found.is_empty())
}

/// A value `matcher` accepts, if one is easily found.
fn value_for(matcher: &Matcher, test: &PathTest) -> Option<Value> {
    Some(match matcher {
        Matcher::Text(t) | Matcher::Address(_, t) => text(t),
        Matcher::Number(_, t) | Matcher::NumberText(t) => serde_json::from_str(t).ok()?,
        Matcher::True => Value::Bool(true),
        Matcher::False => Value::Bool(false),
        Matcher::Null => Value::Null,
        Matcher::Prefix(t) | Matcher::Suffix(t) => text(if t.is_empty() { "x" } else { t }),
        Matcher::PrefixFold(f) | Matcher::SuffixFold(f) | Matcher::EqualFold(f) => Value::String(f.lower()),
        Matcher::Wildcard(glob) => Value::String(glob.example()),
        Matcher::Numeric(range) => number(inside(range)?)?,
        Matcher::Exists => text("x"),
        Matcher::Absent => return None,
        Matcher::Cidr(block, _) => Value::String(match block.base {
            Address::V4(a) => std::net::Ipv4Addr::from(a).to_string(),
            Address::V6(a) => v6(a),
        }),
        Matcher::AnythingBut(excluded) => other_than(excluded, test)?,
    })
}

fn text(t: &str) -> Value {
    Value::String(t.to_owned())
}

/// Plain groups: the standard text of some addresses has a dotted part, which patterns do not read.
fn v6(address: u128) -> String {
    let group = |i: u32| format!("{:x}", (address >> (112 - 16 * i)) & 0xffff);
    (0..8).map(group).collect::<Vec<_>>().join(":")
}

fn number(n: f64) -> Option<Value> {
    let whole = n as i64;
    if n.abs() < 1e15 && whole as f64 == n {
        return Some(Value::from(whole));
    }
    serde_json::Number::from_f64(n).map(Value::Number)
}

/// A number in the range: a bound, the number next to it, or the middle.
fn inside(range: &Range) -> Option<f64> {
    let (low, high) = (range.low, range.high);
    let candidates =
        [low, high, low.floor() + 1.0, high.ceil() - 1.0, low / 2.0 + high / 2.0, low * 2.0, high * 2.0];
    let near = [low.next_up(), high.next_down()];
    candidates.into_iter().chain(near).find(|n| n.is_finite() && range.contains(*n))
}

/// A value outside of the exclusion: a made-up text (or number), longer until it fits.
fn other_than(excluded: &Excluded, test: &PathTest) -> Option<Value> {
    if let Excluded::Numbers(list) = excluded {
        let free = (0..=list.len()).map(|n| n as f64).find(|n| !list.contains(n))?;
        return number(free);
    }
    let tries = ["other", "x", "something else", "0", "~", "", "\u{e000}"];
    let only = SubRule { tests: vec![test.clone()], absent: false };
    let pattern = Pattern { rules: vec![only], or_is_a_field: false };
    let fits = |value: &Value| {
        let mut event = Value::Object(Map::new());
        put(&mut event, test, value.clone()).is_ok() && matches(&pattern, &event.to_string())
    };
    let made_up = (0..64).map(|n| format!("other-{n}"));
    tries.into_iter().map(text).chain(made_up.map(Value::String)).find(fits).or_else(|| {
        // Every string may be excluded; a number never is.
        let zero = Value::from(0);
        fits(&zero).then_some(zero)
    })
}
