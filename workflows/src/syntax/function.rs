//! A function: how a host without a function service calls it.

use std::sync::Arc;

use fanin_event::Span;
use fanin_rule::{Function, FunctionKind};

use crate::codes;
use crate::limits::{DEFAULT_TIMEOUT, MAX_ARGUMENTS, MAX_TIMEOUT};
use crate::read::{At, Fields, duration, positive_duration, raw_text, text, wrong_type};
use crate::report::{Mistake, Report};
use crate::suggest::list;
use crate::tree::{Entry, Node, Value};

const KINDS: [&str; 6] = ["command", "lambda", "bootstrap", "http", "respond", "fail"];
const KEYS: [&str; 9] =
    ["command", "lambda", "bootstrap", "http", "respond", "fail", "after", "timeout", "allow"];

/// A function, as far as it could be read.
#[derive(Debug)]
pub(crate) struct FunctionDraft {
    pub(crate) name: At<Arc<str>>,
    pub(crate) function: Option<Function>,
}

/// Reads a function.
pub(crate) fn read(name: At<Arc<str>>, node: &Node, report: &mut Report<'_>) -> FunctionDraft {
    let what = format!("the function `{}`", name.value);
    let function = Fields::of(node, (&what, name.place), &KEYS, report).and_then(|fields| {
        let timeout = match fields.get("timeout") {
            None => Some(DEFAULT_TIMEOUT),
            Some(node) => {
                positive_duration(node, &format!("`timeout` of {what}"), MAX_TIMEOUT, report).map(|t| t.value)
            }
        };
        let kind = kind(&what, &name, &fields, report);
        Some(Function { name: name.value.clone(), kind: kind?, timeout: timeout? })
    });
    FunctionDraft { name, function }
}

fn kind(
    what: &str,
    name: &At<Arc<str>>,
    fields: &Fields<'_>,
    report: &mut Report<'_>,
) -> Option<FunctionKind> {
    let kinds = fields.present(&KINDS);
    let entry = match kinds.as_slice() {
        [one] => *one,
        [] if fields.misspelled(&KINDS) => return None,
        [] => {
            let mistake = Mistake::new(
                codes::FUNCTION_KIND,
                name.place,
                format!("{what} does not say how it is called"),
            );
            report.add(mistake.help("give it one of `command`, `lambda`, `bootstrap`, `http`, `respond` or `fail`; a stub is `{ respond: {} }`"));
            return None;
        }
        [_, second, ..] => {
            let keys = list(kinds.iter().map(|e| e.key.as_str()));
            let mistake = Mistake::new(
                codes::FUNCTION_KIND,
                second.place,
                format!("{what} is called in more than one way: {keys}"),
            );
            report.add(mistake.help("keep one of them"));
            return None;
        }
    };
    let after = after(what, entry, fields, report);
    let of = format!("`{}` of {what}", entry.key);
    let written = |report: &mut Report<'_>| text(&entry.value, &of, report);
    match entry.key.as_str() {
        "command" => command(&entry.value, &of, report).map(|argv| FunctionKind::Command { argv }),
        "lambda" => Some(FunctionKind::Lambda { url: url(written(report)?, &of, report)? }),
        "http" => Some(FunctionKind::Http { url: url(written(report)?, &of, report)? }),
        "bootstrap" => Some(FunctionKind::Bootstrap { path: written(report)?.value.to_owned() }),
        "respond" => Some(FunctionKind::Respond { value: entry.value.to_json(), fail: None, after: after? }),
        _ => {
            let fail = Some(written(report)?.value.to_owned());
            Some(FunctionKind::Respond { value: serde_json::Value::Null, fail, after: after? })
        }
    }
}

fn after(what: &str, kind: &Entry, fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Span> {
    let Some(entry) = fields.entry("after") else { return Some(Span(0)) };
    if !matches!(kind.key.as_str(), "respond" | "fail") {
        let mistake =
            Mistake::new(codes::MISPLACED, entry.place, format!("`after` does not go with `{}`", kind.key));
        report.add(
            mistake.help(
                "`after` is how long a stub (`respond`, `fail`) takes; a limit for a call is `timeout`",
            ),
        );
        return None;
    }
    let span = duration(&entry.value, &format!("`after` of {what}"), report)?;
    if span.value > MAX_TIMEOUT {
        let limit = crate::duration::format(MAX_TIMEOUT);
        let message = format!("`after` of {what} must be at most {limit}");
        report.add(Mistake::new(codes::OUT_OF_RANGE, span.place, message).help("write a shorter one"));
        return None;
    }
    Some(span.value)
}

/// A program with its arguments: a list, or a text that is split at spaces.
fn command(node: &Node, what: &str, report: &mut Report<'_>) -> Option<Vec<String>> {
    let words: Option<Vec<String>> = match &node.value {
        Value::List(nodes) => {
            let item = format!("a word of {what}");
            nodes.iter().map(|n| raw_text(n, &item, report).map(|t| t.value)).collect()
        }
        Value::Text(text) => {
            let words = split(text);
            if words.is_none() {
                let mistake =
                    Mistake::new(codes::BAD_FUNCTION, node.place, format!("a quote in {what} is not closed"));
                report.add(mistake.help("close it, or write the words as a list: [python3, \"my file.py\"]"));
            }
            words
        }
        _ => {
            wrong_type(
                node,
                what,
                "a text or a list of texts",
                report,
                Some("write `command: ./run.sh` or `command: [python3, run.py]`"),
            );
            None
        }
    };
    let words = words?;
    if words.len() > MAX_ARGUMENTS {
        let message = format!("{what} has {} words; at most {MAX_ARGUMENTS} are allowed", words.len());
        report.add(Mistake::new(codes::LIMIT, node.place, message));
        return None;
    }
    if words.first().is_none_or(String::is_empty) {
        let mistake = Mistake::new(codes::BAD_FUNCTION, node.place, format!("{what} names no program"));
        report.add(mistake.help("write `command: ./run.sh` or `command: [python3, run.py]`"));
        return None;
    }
    Some(words)
}

/// Splits at spaces; quotes keep words together. No shell: nothing else has a meaning. None: a quote is not closed.
fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(q) if q == c => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// An address with a host.
pub(super) fn url(written: At<&str>, what: &str, report: &mut Report<'_>) -> Option<String> {
    let rest = written.value.strip_prefix("http://").or_else(|| written.value.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let blank = written.value.contains(|c: char| c.is_whitespace() || c.is_control());
    if host.is_some_and(|host| !host.is_empty() && !host.starts_with(':')) && !blank {
        return Some(written.value.to_owned());
    }
    let message = format!("{what} is not the address of a server: `{}`", written.value);
    let help = if written.value.starts_with("arn:") {
        "write the address of an Invoke API for this machine, such as http://127.0.0.1:9000; in AWS the function is found by its name"
    } else {
        "write for example http://127.0.0.1:9000"
    };
    report.add(Mistake::new(codes::BAD_FUNCTION, written.place, message).help(help));
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_at_spaces() {
        for (text, expected) in [
            ("./run.sh", Some(vec!["./run.sh"])),
            ("  python3   run.py ", Some(vec!["python3", "run.py"])),
            ("a 'b c' \"d 'e'\" f''g", Some(vec!["a", "b c", "d 'e'", "fg"])),
            ("a ''", Some(vec!["a", ""])),
            ("a | b > $C", Some(vec!["a", "|", "b", ">", "$C"])),
            ("a 'b", None),
            ("", Some(vec![])),
        ] {
            let expected = expected.map(|words| words.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
