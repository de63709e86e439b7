//! JSON values as they stand in a test file, and differences between two of them.

use similar::{ChangeTag, TextDiff};

use fanin_simulate::Difference;
use serde_json::{Map, Value};

use crate::show::paint::Paint;

/// Characters of a value shown in one line; a longer one is cut short.
const LINE: usize = 160;
/// Characters of a value told within a sentence; longer ones are compared line by line.
const SHORT: usize = 48;
/// Lines of one line by line comparison.
const LINES: usize = 40;

/// A mapping in one line: `{ job: "42", count: 3 }`, cut short where it is long.
pub(super) fn mapping(fields: &Map<String, Value>) -> String {
    cut(&flow(&Value::Object(fields.clone())), LINE)
}

/// A value in the flow form of YAML: keys without quotes where they need none.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let each = fields.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value)));
            format!("{{ {} }}", each.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn key(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_' || c == '$');
    if first && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        name.to_owned()
    } else {
        Value::from(name).to_string()
    }
}

/// At most so many characters, with `...` where some are missing.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
    }
}

/// A difference in words, or line by line where the values are long.
pub(super) fn difference(difference: &Difference, paint: Paint) -> Vec<String> {
    let path = &difference.path;
    let expected = flow(&difference.expected);
    let Some(found) = &difference.found else {
        return vec![format!("{path}: expected {}, got no such field", paint.good(&cut(&expected, LINE)))];
    };
    let got = flow(found);
    if expected.chars().count() <= SHORT && got.chars().count() <= SHORT {
        return vec![format!("{path}: expected {}, got {}", paint.good(&expected), paint.bad(&got))];
    }
    let mut lines = vec![format!("{path}: - expected, + got")];
    lines.extend(lines_of(&difference.expected, found, paint).into_iter().map(|line| format!("  {line}")));
    lines
}

fn lines_of(expected: &Value, found: &Value, paint: Paint) -> Vec<String> {
    let (before, after) = (pretty(expected), pretty(found));
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut lines = Vec::new();
    for group in diff.grouped_ops(2) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = cut(change.value().trim_end_matches('\n'), LINE);
            lines.push(match change.tag() {
                ChangeTag::Delete => paint.good(&format!("- {text}")),
                ChangeTag::Insert => paint.bad(&format!("+ {text}")),
                ChangeTag::Equal => format!("  {text}"),
            });
        }
    }
    if lines.len() > LINES {
        let hidden = lines.len() - LINES;
        lines.truncate(LINES);
        lines.push(format!("  and {hidden} more lines"));
    }
    lines
}

/// Several lines: a text as it is, anything else as indented JSON.
fn pretty(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(expected: Value, found: Option<Value>) -> Vec<String> {
        difference(&Difference { path: "input.a".to_owned(), expected, found }, Paint::plain())
    }

    #[test]
    fn short_values_are_told_in_a_sentence() {
        assert_eq!(told(json!(3), Some(json!(2))), ["input.a: expected 3, got 2"]);
        assert_eq!(told(json!("x"), None), ["input.a: expected \"x\", got no such field"]);
        assert_eq!(
            told(json!({ "a": [1, "b"], "x y": null }), Some(json!({}))),
            ["input.a: expected { a: [1, \"b\"], \"x y\": null }, got {}"]
        );
    }

    #[test]
    fn long_values_are_compared_line_by_line() {
        let list = |last: u32| json!((0..20).chain([last]).collect::<Vec<u32>>());
        assert_eq!(
            told(list(20), Some(list(21))),
            ["input.a: - expected, + got", "      18,", "      19,", "  -   20", "  +   21", "    ]"]
        );
        let text = |n: usize| json!(format!("{}last {n}", "a line\n".repeat(9)));
        let lines = told(text(1), Some(text(2)));
        assert_eq!(lines.last().unwrap(), "  + last 2");
        let many = |n: u32| json!((0..100).map(|i| i * n).collect::<Vec<u32>>());
        let lines = told(many(1), Some(many(2)));
        assert_eq!(lines.len(), LINES + 2);
    }

    #[test]
    fn long_lines_are_cut() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüx", 3), "äöü...");
    }
}
