//! A file as values with places: the same tree for YAML and JSON.

mod json;
mod print;
mod scalar;
#[cfg(test)]
mod tests;
mod yaml;

pub(crate) use print::print;

use crate::codes;
use crate::limits::{MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES};
use crate::report::{Mistake, Report};

/// Bytes of the file from `start` to before `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// The JSON text of the number, spelled as in the file where JSON allows that.
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One key of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    /// What it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// The member at a JSON pointer (RFC 6901); the nearest one above it that exists.
    pub(crate) fn at_pointer(&self, pointer: &str) -> Place {
        let mut node = self;
        let mut place = self.place;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let next = match &node.value {
                Value::Map(entries) => entries.iter().find(|e| e.key == step).map(|e| &e.value),
                Value::List(nodes) => step.parse().ok().and_then(|i: usize| nodes.get(i)),
                _ => None,
            };
            let Some(next) = next else { return place };
            node = next;
            place = next.place;
        }
        place
    }
}

/// Counts what a file may hold.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    nodes: usize,
}

impl Budget {
    /// Takes `count` values more at `place`.
    pub(crate) fn take(&mut self, count: usize, place: Place) -> Result<(), Mistake> {
        self.nodes = self.nodes.saturating_add(count);
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        Err(Mistake::new(codes::LIMIT, place, format!("more than {MAX_NODES} values"))
            .help("split the file; an alias counts as all that it repeats"))
    }

    /// Goes one list or mapping deeper.
    pub(crate) fn depth(depth: usize, place: Place) -> Result<(), Mistake> {
        if depth <= MAX_DEPTH {
            return Ok(());
        }
        Err(Mistake::new(
            codes::LIMIT,
            place,
            format!("more than {MAX_DEPTH} lists and mappings inside each other"),
        )
        .help("write it flatter"))
    }
}

/// Whether the file is JSON: by its name, else if it begins like a JSON object and no YAML key follows.
pub(crate) fn is_json(file: &str, text: &str) -> bool {
    let ending = file.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match ending.as_str() {
        "json" => true,
        "yaml" | "yml" => false,
        _ => {
            text.trim_start().starts_with('{')
                && text.trim_start_matches(['{', ' ', '\n', '\r', '\t']).starts_with('"')
        }
    }
}

/// Reads a file. Nothing when it cannot be read at all; the report says why.
pub(crate) fn read(file: &str, text: &str, report: &mut Report<'_>) -> Option<Node> {
    if text.len() > MAX_FILE_BYTES {
        let mistake = Mistake::new(
            codes::LIMIT,
            Place::default(),
            format!("the file has {} bytes; at most {MAX_FILE_BYTES} are read", text.len()),
        );
        report.add(mistake.help("split it into several workflows"));
        return None;
    }
    let read = if is_json(file, text) { json::read(text) } else { yaml::read(text) };
    let node = match read {
        Ok(node) => node,
        Err(mistake) => {
            report.add(*mistake);
            return None;
        }
    };
    repeated_keys(&node, report);
    Some(node)
}

/// Reports keys that stand twice in one mapping, at any depth.
fn repeated_keys(node: &Node, report: &mut Report<'_>) {
    match &node.value {
        Value::List(nodes) => nodes.iter().for_each(|n| repeated_keys(n, report)),
        Value::Map(entries) => {
            let mut seen = std::collections::BTreeSet::new();
            for entry in entries {
                if !seen.insert(entry.key.as_str()) {
                    let message = format!("the key `{}` stands twice in this mapping", entry.key);
                    report.add(
                        Mistake::new(codes::DUPLICATE_KEY, entry.place, message)
                            .help("keep one of them, or give the other a name of its own"),
                    );
                }
                repeated_keys(&entry.value, report);
            }
        }
        _ => {}
    }
}
