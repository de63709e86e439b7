//! JSON: the tree gives the structure, its places the words as written. There are no comments.

use super::flow;
use super::model::{Document, Entry, Group, Item, Shape};
use crate::limits::MAX_LINE;
use crate::tree::{Node, Place, Value};

/// A tree as a document.
pub(super) fn read(root: &Node, text: &str) -> Document {
    Document { root: item(root, text), ..Document::default() }
}

fn item(node: &Node, text: &str) -> Item {
    let raw = text.get(node.place.start..node.place.end).unwrap_or_default();
    let mut group = Group { flow: !raw.contains('\n'), ..Group::default() };
    let mut last = node.place.start;
    match &node.value {
        Value::List(nodes) => {
            for node in nodes {
                let blank = blank(text, last, node.place);
                group.entries.push(Entry { blank, value: item(node, text), ..Entry::default() });
                last = node.place.end;
            }
        }
        Value::Map(entries) => {
            group.keyed = true;
            for entry in entries {
                let blank = blank(text, last, entry.place);
                let key = text.get(entry.place.start..entry.place.end).map(str::to_owned);
                let value = item(&entry.value, text);
                group.entries.push(Entry { blank, key, colon: true, value, ..Entry::default() });
                last = entry.value.place.end;
            }
        }
        _ => return Item::word(raw),
    }
    Item { props: String::new(), shape: Shape::Group(group) }
}

/// Whether a blank line stands before what begins at `place`.
fn blank(text: &str, last: usize, place: Place) -> bool {
    text.get(last..place.start).is_some_and(|between| between.matches('\n').count() > 1)
}

/// Writes a document.
pub(super) fn write(document: &Document) -> String {
    let mut out = String::new();
    value(&document.root, (0, 0), &mut out);
    out.push('\n');
    out
}

/// Writes a value at `indent` whose line has `used` characters before it and one after it.
fn value(item: &Item, (indent, used): (usize, usize), to: &mut String) {
    let group = match &item.shape {
        Shape::Group(group) => group,
        _ => return to.push_str(&flow::item(item).unwrap_or_default()),
    };
    if group.entries.is_empty() {
        return to.push_str(if group.keyed { "{}" } else { "[]" });
    }
    if let Some(line) = flow::item(item).filter(|text| used + text.chars().count() < MAX_LINE) {
        return to.push_str(&line);
    }
    let (open, close) = if group.keyed { ('{', '}') } else { ('[', ']') };
    to.push(open);
    let inner = indent + 2;
    for (i, entry) in group.entries.iter().enumerate() {
        to.push_str(if i > 0 { ",\n" } else { "\n" });
        if entry.blank && i > 0 {
            to.push('\n');
        }
        let head = entry.key.as_ref().map(|key| format!("{key}: ")).unwrap_or_default();
        to.push_str(&format!("{:inner$}{head}", ""));
        value(&entry.value, (inner, inner + head.chars().count()), to);
    }
    to.push_str(&format!("\n{:indent$}{close}", ""));
}
