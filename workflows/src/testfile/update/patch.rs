//! Makes a value in a text another one: only what differs is written again.

use serde_json::{Map, Value as Json};

use super::UpdateError;
use super::render::{Notation, flow, is_word};
use super::splice::Text;
use crate::tree::{Entry, Node, Value};

/// Makes `node` the value `new`.
pub(super) fn patch(
    node: &Node,
    new: &Json,
    notation: Notation,
    text: &mut Text<'_>,
) -> Result<(), UpdateError> {
    if node.to_json() == *new {
        return Ok(());
    }
    match (&node.value, new) {
        (Value::Map(entries), Json::Object(fields)) if kept(entries, fields) => {
            let gone: Vec<usize> = entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| !fields.contains_key(&entry.key))
                .map(|(place, _)| place)
                .collect();
            for entry in entries {
                if let Some(value) = fields.get(&entry.key) {
                    patch(&entry.value, value, notation, text)?;
                }
            }
            if gone.len() == entries.len() {
                return text.replace(node.place, "{}".to_owned());
            }
            text.remove_fields(node, entries, &gone)
        }
        (Value::List(nodes), Json::Array(items)) if nodes.len() == items.len() => {
            nodes.iter().zip(items).try_for_each(|(node, item)| patch(node, item, notation, text))
        }
        _ => {
            let written = text.slice(node.place);
            if written.is_empty() {
                return Err(UpdateError::Form("a value without text"));
            }
            let new = scalar(written, node, new, notation);
            text.replace(node.place, new)
        }
    }
}

/// Whether every field of `fields` is in the text already.
fn kept(entries: &[Entry], fields: &Map<String, Json>) -> bool {
    fields.keys().all(|key| entries.iter().any(|entry| entry.key == *key))
}

/// A new value in the spelling of the old one: a text that stood without quotes has none if it can be.
fn scalar(written: &str, node: &Node, new: &Json, notation: Notation) -> String {
    let plain = !written.starts_with(['"', '\'']);
    match (&node.value, new) {
        (Value::Text(_), Json::String(text)) if plain && notation == Notation::Yaml && is_word(text) => {
            text.clone()
        }
        _ => flow(new, notation),
    }
}
