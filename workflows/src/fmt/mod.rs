//! `fanin fmt`: one layout for workflow and test files, which keeps what their author said.
//!
//! Kept: comments, quotes and spelling of every value, the order of everything with a name of the author's, and whether a
//! value stands in brackets on one line or on lines of its own, as long as the line fits. Made the same everywhere:
//! indentation, blanks, blank lines, and the order of the language's own keys. Values that the author aligned stay
//! aligned; a comment beside a value keeps its column where it can.
//!
//! The outcome is read again and compared: if a value or a comment were lost, the text stays as it is. Printing the tree
//! anew was not taken: it forgets how things were written.

mod cursor;
mod flow;
mod json;
mod layout;
mod lines;
mod model;
mod order;
mod read;
#[cfg(test)]
mod tests;

use model::{Document, Shape};

use crate::diagnostic::Diagnostic;
use crate::report::Report;
use crate::tree::{self, Node, Value};

/// Formats a workflow or test file. `file_name` says by its ending whether it is YAML or JSON, as in
/// [`compile`](crate::compile()), and names the file in diagnostics.
///
/// # Errors
/// What keeps the file from being read as YAML or JSON, or a key that stands twice. Other mistakes do not matter here.
pub fn format(file_name: &str, text: &str) -> Result<String, Vec<Diagnostic>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut report = Report::new(file_name, text);
    let before = tree::read(file_name, text, &mut report).filter(|_| !report.failed());
    let Some(before) = before else { return Err(report.finish()) };
    let text = text.replace("\r\n", "\n");
    Ok(formatted(file_name, &text, &before).unwrap_or(text))
}

/// The outcome, if nothing is lost in it.
fn formatted(file_name: &str, text: &str, before: &Node) -> Option<String> {
    let json = tree::is_json(file_name, text);
    let root = again(file_name, text)?;
    let parse = |text: &str, root: &Node| if json { Some(json::read(root, text)) } else { read::read(text) };
    let mut document = parse(text, &root)?;
    let comments = document.comments();
    if !matches!(&document.root.shape, Shape::Group(_)) {
        return None;
    }
    order::sort(&mut document);
    let out = write(&document, json);
    let after = again(file_name, &out)?;
    let kept = same(before, &after) && parse(&out, &after)?.comments() == comments;
    kept.then_some(out)
}

fn write(document: &Document, json: bool) -> String {
    if json { json::write(document) } else { layout::write(document) }
}

fn again(file_name: &str, text: &str) -> Option<Node> {
    let mut report = Report::new(file_name, text);
    tree::read(file_name, text, &mut report).filter(|_| !report.failed())
}

/// Whether two trees hold the same values, whatever the order of keys.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) | (Value::Text(a), Value::Text(b)) => a == b,
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            let other: std::collections::BTreeMap<&str, &Node> =
                b.iter().map(|e| (e.key.as_str(), &e.value)).collect();
            let found =
                |e: &tree::Entry| other.get(e.key.as_str()).is_some_and(|value| same(&e.value, value));
            a.len() == b.len() && a.iter().all(found)
        }
        _ => false,
    }
}
