//! A [`Document`] as YAML text.

use super::flow::{self, colon, with_props};
use super::lines::Lines;
use super::model::{Comment, Document, Entry, Group, Item, Shape};
use crate::limits::MAX_LINE;

/// Blanks of one level.
const STEP: usize = 2;

const MAPS: [&str; 4] = ["events", "conditions", "rules", "functions"];

/// Writes a document whose root is a list or a mapping.
pub(super) fn write(document: &Document) -> String {
    let mut lines = Lines::default();
    lines.comments(&document.preamble, 0);
    document.directives.iter().for_each(|line| lines.push(line.clone(), None));
    if document.marked {
        lines.push("---".to_owned(), None);
    }
    lines.comments(&document.header, 0);
    if let Some(group) = document.root.group() {
        lines.comments(group.head.as_slice(), 0);
        entries(group, 0, true, &mut lines);
    }
    lines.comments(&document.after, 0);
    lines.finish()
}

/// The entries of a list or mapping, each on lines of its own, and the comments after them.
fn entries(group: &Group, indent: usize, top: bool, lines: &mut Lines) {
    let values: Vec<Option<String>> = group.entries.iter().map(|entry| inline(entry, indent)).collect();
    let apart = |i: usize| {
        let neighbours = group.entries.get(i.saturating_sub(1)..=i).unwrap_or_default();
        top && i > 0 && neighbours.iter().any(is_map)
    };
    let neighbour =
        |i: usize| !apart(i) && group.entries.get(i).is_some_and(|e| !e.blank && e.above.is_empty());
    let pads = if group.keyed { pads(&group.entries, &values, (indent, &neighbour)) } else { Vec::new() };
    for (i, entry) in group.entries.iter().enumerate() {
        above(entry, indent, (i == 0 && !top, apart(i)), lines);
        match values.get(i).and_then(Option::as_ref) {
            Some(value) => {
                let pad = pads.get(i).copied().unwrap_or(0);
                let head = head(entry, indent, pad);
                let text = if value.is_empty() { head.trim_end().to_owned() } else { head + value };
                lines.push(text, entry.beside.clone());
            }
            None => block(entry, indent, lines),
        }
    }
    lines.comments(&group.after, indent);
}

/// One of the maps of a workflow: blank lines set them apart.
fn is_map(entry: &Entry) -> bool {
    entry.name().is_some_and(|name| MAPS.contains(&name))
}

/// Comments and a blank line above an entry. `first`: nothing blank stands at the beginning of a list or mapping.
fn above(entry: &Entry, indent: usize, (first, apart): (bool, bool), lines: &mut Lines) {
    if apart {
        lines.blank();
    }
    let mut comments: Vec<Comment> = entry.above.clone();
    // What was moved here from beside a value has no say in blank lines.
    comments.iter_mut().filter(|c| !c.own).for_each(|c| c.blank = false);
    if first && let Some(comment) = comments.first_mut() {
        comment.blank = false;
    }
    lines.comments(&comments, indent);
    if entry.blank && !(first && comments.is_empty()) {
        lines.blank();
    }
}

/// `key: ` or `- `, with blanks for alignment.
fn head(entry: &Entry, indent: usize, pad: usize) -> String {
    match &entry.key {
        Some(key) => format!("{:indent$}{} {:pad$}", "", colon(key), ""),
        None => format!("{:indent$}- ", ""),
    }
}

/// The value of an entry if it stands on the line of its key.
fn inline(entry: &Entry, indent: usize) -> Option<String> {
    match &entry.value.shape {
        Shape::Nothing => Some(entry.value.props.clone()),
        Shape::Word(word) if word.contains('\n') => None,
        Shape::Word(word) => Some(with_props(&entry.value.props, word)),
        Shape::Text { .. } => None,
        Shape::Group(_) => {
            let text = flow::item(&entry.value)?;
            let width = head(entry, indent, 0).chars().count() + text.chars().count();
            (width <= MAX_LINE || is_empty(&entry.value)).then_some(text)
        }
    }
}

fn is_empty(item: &Item) -> bool {
    item.group().is_some_and(|group| group.entries.is_empty())
}

/// How many blanks more each value gets so that values of neighbours stand below each other, where the author had them so.
/// `neighbour` says whether an entry stands directly below the one before.
fn pads(
    all: &[Entry],
    values: &[Option<String>],
    (indent, neighbour): (usize, &dyn Fn(usize) -> bool),
) -> Vec<usize> {
    let value = |i: usize| values.get(i).and_then(Option::as_ref).filter(|v| !v.is_empty());
    let mut pads = vec![0; values.len()];
    let mut start = 0;
    while start < values.len() {
        let run = (start..values.len())
            .take_while(|i| value(*i).is_some() && (*i == start || neighbour(*i)))
            .count();
        let entries = all.get(start..start + run).unwrap_or_default();
        let widest = entries.iter().map(key_width).max().unwrap_or(0);
        let longest = (start..start + run).filter_map(value).map(|v| v.chars().count()).max().unwrap_or(0);
        if aligned(entries) && indent + widest + 1 + longest <= MAX_LINE {
            for (pad, entry) in pads.iter_mut().skip(start).zip(entries) {
                *pad = widest - key_width(entry);
            }
        }
        start += run.max(1);
    }
    pads
}

fn key_width(entry: &Entry) -> usize {
    entry.key.as_ref().map_or(0, |key| colon(key).chars().count())
}

/// Whether values of neighbours stood below each other behind keys of different length: that is no accident.
fn aligned(entries: &[Entry]) -> bool {
    let mut widths = std::collections::BTreeMap::new();
    entries
        .iter()
        .filter(|e| e.column > 0)
        .any(|e| *widths.entry(e.column).or_insert(key_width(e)) != key_width(e))
}

/// An entry whose value takes several lines.
fn block(entry: &Entry, indent: usize, lines: &mut Lines) {
    let head = head(entry, indent, 0);
    let props = &entry.value.props;
    match &entry.value.shape {
        Shape::Nothing => lines.push(head.trim_end().to_owned(), entry.beside.clone()),
        Shape::Word(word) => folded(&with_props(props, word), &head, (indent, entry), lines),
        Shape::Text { head: sign, lines: text } => {
            let sign: String = sign.chars().map(|c| if c.is_ascii_digit() { '2' } else { c }).collect();
            let keep = sign.contains('+');
            lines.push(head + &with_props(props, &sign), entry.beside.clone());
            for line in text {
                let indent = if line.is_empty() { 0 } else { indent + STEP };
                let line = format!("{:indent$}{line}", "");
                if keep { lines.kept(line) } else { lines.push(line, None) }
            }
        }
        Shape::Group(group) => nested(entry, group, (indent, &head), lines),
    }
}

/// A scalar over several lines: each but the first is indented.
fn folded(word: &str, head: &str, (indent, entry): (usize, &Entry), lines: &mut Lines) {
    let parts: Vec<&str> = word.split('\n').collect();
    let deeper = indent + STEP;
    for (i, part) in parts.iter().enumerate() {
        let part = part.trim_start();
        let part = if part.trim_end().ends_with('\\') { part } else { part.trim_end() };
        let beside = if i + 1 == parts.len() { entry.beside.clone() } else { None };
        let text = match (i, part.is_empty()) {
            (0, _) => format!("{head}{part}"),
            (_, true) => String::new(),
            (_, false) => format!("{:deeper$}{part}", ""),
        };
        lines.push(text, beside);
    }
}

/// A list or mapping below its key, or behind its dash.
fn nested(entry: &Entry, group: &Group, (indent, head): (usize, &str), lines: &mut Lines) {
    let props = &entry.value.props;
    // The comment behind brackets that are no more has no column to keep.
    let beside = entry.beside.clone().map(|c| Comment { column: 0, ..c });
    let (opening, inner) = match (group.head.clone(), beside) {
        (Some(head), beside) => (Some(head), beside),
        (None, beside) => (beside, None),
    };
    let plain = group.entries.first().is_none_or(|first| first.above.is_empty());
    let dash = entry.key.is_none() && props.is_empty() && opening.is_none() && plain;
    if !dash {
        lines.push(format!("{head}{props}").trim_end().to_owned(), opening);
        lines.comments(
            &inner.map(|c| Comment { blank: false, ..c }).into_iter().collect::<Vec<_>>(),
            indent + STEP,
        );
    }
    let first = lines.count();
    entries(group, indent + STEP, false, lines);
    if dash {
        lines.mark(first, indent, "- ");
    }
}
