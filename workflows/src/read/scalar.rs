//! Texts, numbers, durations and words.

use std::ops::RangeInclusive;

use fanin_event::Span;

use crate::codes;
use crate::duration;
use crate::read::At;
use crate::report::{Mistake, Report};
use crate::suggest::{did_you_mean, list};
use crate::tree::{Node, Value};

/// Reports that `what` is not `expected`.
pub(crate) fn wrong_type(
    node: &Node,
    what: &str,
    expected: &str,
    report: &mut Report<'_>,
    help: Option<&str>,
) {
    let message = format!("{what} must be {expected}, not {}", node.kind());
    let mistake = Mistake::new(codes::WRONG_TYPE, node.place, message);
    // `{name}` without quotes is a mapping in YAML: the most frequent slip with templates.
    let braces = expected.contains("text")
        && matches!(&node.value, Value::Map(entries) if entries.iter().all(|e| matches!(e.value.value, Value::Null)));
    let help = if braces { Some("put a text with braces into quotes: \"{name}\"") } else { help };
    report.add(mistake.maybe_help(help.map(str::to_owned)));
}

/// A text.
pub(crate) fn text<'t>(node: &'t Node, what: &str, report: &mut Report<'_>) -> Option<At<&'t str>> {
    match &node.value {
        Value::Text(text) if text.is_empty() => {
            report.add(
                Mistake::new(codes::WRONG_TYPE, node.place, format!("{what} is empty")).help("write a text"),
            );
            None
        }
        Value::Text(text) => Some(At::new(text, node.place)),
        Value::Number(_) | Value::Bool(_) | Value::Null => {
            let help = format!("put it into quotes: \"{}\"", report.slice(node.place));
            let help = (!matches!(node.value, Value::Null)).then_some(help);
            wrong_type(node, what, "a text", report, help.as_deref());
            None
        }
        Value::List(_) => {
            wrong_type(node, what, "a text", report, Some("write one; for several repeat what it stands in"));
            None
        }
        Value::Map(_) => {
            wrong_type(node, what, "a text", report, Some("write its name alone"));
            None
        }
    }
}

/// The text of any scalar, as it is written.
pub(crate) fn raw_text(node: &Node, what: &str, report: &mut Report<'_>) -> Option<At<String>> {
    match &node.value {
        Value::Text(text) => Some(At::new(text.clone(), node.place)),
        Value::Number(_) | Value::Bool(_) => Some(At::new(report.slice(node.place).to_owned(), node.place)),
        _ => {
            wrong_type(node, what, "a text or a number", report, Some("write one value: \"42\" or 42"));
            None
        }
    }
}

/// One text or a list of texts, at most `most`. A list is never empty.
pub(crate) fn texts<'t>(
    node: &'t Node,
    what: &str,
    most: usize,
    report: &mut Report<'_>,
) -> Option<Vec<At<&'t str>>> {
    let Value::List(nodes) = &node.value else {
        if matches!(node.value, Value::Text(_)) {
            return text(node, what, report).map(|t| vec![t]);
        }
        let help = match &node.value {
            Value::Map(_) => "write a name that is declared elsewhere in the file, or a list of such: [a, b]",
            _ => "write a name, or a list of names: [a, b]",
        };
        wrong_type(node, what, "a text or a list of texts", report, Some(help));
        return None;
    };
    if nodes.is_empty() {
        let message = format!("{what} is an empty list");
        report.add(
            Mistake::new(codes::WRONG_TYPE, node.place, message)
                .help("name at least one, or leave the key out"),
        );
        return None;
    }
    if nodes.len() > most {
        let message = format!("{what} has {} entries; at most {most} are allowed", nodes.len());
        report.add(Mistake::new(codes::LIMIT, node.place, message));
        return None;
    }
    let item = format!("an entry of {what}");
    let found: Vec<_> = nodes.iter().map(|n| text(n, &item, report)).collect();
    found.into_iter().collect()
}

/// The bounds of a number and their name in a message.
#[derive(Clone, Debug)]
pub(crate) struct Range(pub(crate) RangeInclusive<u64>);

/// A whole number within bounds.
pub(crate) fn whole(node: &Node, what: &str, range: &Range, report: &mut Report<'_>) -> Option<At<u64>> {
    let Value::Number(text) = &node.value else {
        let help = match &node.value {
            Value::Text(text) if text.parse::<u64>().is_ok() => Some("write it without quotes"),
            _ => None,
        };
        wrong_type(node, what, "a whole number", report, help);
        return None;
    };
    match text.parse::<u64>() {
        Ok(number) if range.0.contains(&number) => Some(At::new(number, node.place)),
        _ => {
            let (low, high) = (range.0.start(), range.0.end());
            let message = format!("{what} must be a whole number from {low} to {high}, not {text}");
            report.add(Mistake::new(codes::OUT_OF_RANGE, node.place, message));
            None
        }
    }
}

/// A number within bounds.
pub(crate) fn decimal(
    node: &Node,
    what: &str,
    range: RangeInclusive<f64>,
    report: &mut Report<'_>,
) -> Option<f64> {
    let Value::Number(text) = &node.value else {
        wrong_type(node, what, "a number", report, None);
        return None;
    };
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && range.contains(&number) => Some(number),
        _ => {
            let high = if range.end().is_finite() && *range.end() < f64::MAX {
                format!(" to {}", range.end())
            } else {
                " upwards".to_owned()
            };
            let message = format!("{what} must be a number from {}{high}, not {text}", range.start());
            report.add(Mistake::new(codes::OUT_OF_RANGE, node.place, message));
            None
        }
    }
}

/// A duration, which may be zero.
pub(crate) fn duration(node: &Node, what: &str, report: &mut Report<'_>) -> Option<At<Span>> {
    let written = match &node.value {
        Value::Text(text) => text.as_str(),
        Value::Number(text) => text.as_str(),
        _ => {
            wrong_type(node, what, "a duration", report, Some(duration::DurationError::Form.help()));
            return None;
        }
    };
    match duration::parse(written) {
        Ok(span) => Some(At::new(span, node.place)),
        Err(error) => {
            let message = format!("{what} is not a duration: `{written}`");
            let help = match written.as_bytes() {
                [b'P' | b'p', ..] if error == duration::DurationError::Form => {
                    "in ISO 8601 days stand before the `T`, hours, minutes and seconds behind it: P1D, PT1H30M, P1DT12H"
                }
                [b'-', ..] => "a duration is never negative; write for example 5m",
                _ => error.help(),
            };
            report.add(Mistake::new(codes::BAD_DURATION, node.place, message).help(help));
            None
        }
    }
}

/// A duration of at least a millisecond and at most `most`.
pub(crate) fn positive_duration(
    node: &Node,
    what: &str,
    most: Span,
    report: &mut Report<'_>,
) -> Option<At<Span>> {
    let span = duration(node, what, report)?;
    if span.value.0 > 0 && span.value <= most {
        return Some(span);
    }
    let (limit, help) = if span.value.0 == 0 {
        ("longer than nothing".to_owned(), "leave the key out if it should not apply")
    } else {
        (format!("at most {}", duration::format(most)), "write a shorter one")
    };
    let message = format!("{what} must be {limit}, not {}", duration::format(span.value));
    report.add(Mistake::new(codes::OUT_OF_RANGE, node.place, message).help(help));
    None
}

/// One of a few words.
pub(crate) fn choice<T: Copy>(
    node: &Node,
    what: &str,
    words: &[(&str, T)],
    report: &mut Report<'_>,
) -> Option<T> {
    let written = match &node.value {
        Value::Text(text) => text.as_str(),
        Value::Null => "null",
        _ => {
            let help = format!("write one of {}", list(words.iter().map(|(w, _)| *w)));
            wrong_type(node, what, "a word", report, Some(&help));
            return None;
        }
    };
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == written) {
        return Some(*value);
    }
    let known = || words.iter().map(|(w, _)| *w);
    let message = format!("{what} cannot be `{written}`");
    let help = did_you_mean(written, known()).unwrap_or_else(|| format!("write one of {}", list(known())));
    report.add(Mistake::new(codes::BAD_CHOICE, node.place, message).help(help));
    None
}
