//! Names: those that are declared and those that are referred to.

use std::sync::Arc;

use crate::codes;
use crate::limits::{MAX_ENTRIES, MAX_NAME_BYTES};
use crate::read::{At, wrong_type};
use crate::report::{Mistake, Report};
use crate::suggest::list;
use crate::tree::{Entry, Node, Place, Value};

/// Names that test files use for something else.
const RESERVED: [&str; 6] = ["at", "id", "detail", "wait", "invoke", "input"];

/// A name that is declared: `[A-Za-z_][A-Za-z0-9_-]*`, not reserved. A bad one is reported and taken, so that what refers
/// to it is not a second mistake.
pub(crate) fn declared(name: &str, what: &str, place: Place, report: &mut Report<'_>) -> At<Arc<str>> {
    let bad = |message: String, help: String| Mistake::new(codes::BAD_NAME, place, message).help(help);
    let mistake = if RESERVED.contains(&name) {
        bad(
            format!("{what} cannot be called `{name}`: test files use the word"),
            format!("choose another name; reserved are {}", list(RESERVED)),
        )
    } else if name.len() > MAX_NAME_BYTES {
        bad(
            format!("the name of {what} has {} characters; at most {MAX_NAME_BYTES} are allowed", name.len()),
            "choose a shorter name".to_owned(),
        )
    } else if !is_name(name) {
        let better: String = name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "_-".contains(c) { c } else { '_' })
            .collect();
        let better = if is_name(&better) { better } else { format!("_{better}") };
        bad(
            format!("`{name}` is not a name for {what}"),
            format!("write letters, digits, `_` and `-`, with a letter or `_` first: `{better}`"),
        )
    } else {
        return At::new(name.into(), place);
    };
    report.add(mistake);
    At::new(name.into(), place)
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// The entries of one of the four maps, each with its name. Nothing is an empty map.
pub(crate) fn named<'t>(
    node: &'t Node,
    (key, what): (&str, &str),
    report: &mut Report<'_>,
) -> Vec<(At<Arc<str>>, &'t Entry)> {
    let entries = match &node.value {
        Value::Map(entries) => entries,
        Value::Null => return Vec::new(),
        _ => {
            let first = match &node.value {
                Value::List(nodes) => nodes.first().and_then(|first| match &first.value {
                    Value::Map(members) => members.iter().find(|e| e.key == "name"),
                    _ => None,
                }),
                _ => None,
            };
            let help = match first.map(|name| &name.value.value) {
                Some(Value::Text(name)) => {
                    format!("the name stands before the rest, without a dash: `{name}: {{ ... }}`")
                }
                _ => format!("write `{key}:` and below it, indented, a name for each: `name: {{ ... }}`"),
            };
            wrong_type(node, &format!("`{key}`"), "a mapping of names", report, Some(&help));
            return Vec::new();
        }
    };
    if entries.len() > MAX_ENTRIES {
        let message = format!("`{key}` has {} entries; at most {MAX_ENTRIES} are allowed", entries.len());
        report.add(
            Mistake::new(codes::LIMIT, node.place, message).help("split the file into several workflows"),
        );
        return Vec::new();
    }
    entries.iter().map(|entry| (declared(&entry.key, what, entry.place, report), entry)).collect()
}

/// A reference to a name: any text, resolved later.
pub(crate) fn reference(text: At<&str>) -> At<Arc<str>> {
    At::new(text.value.into(), text.place)
}
