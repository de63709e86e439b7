//! A tree as JSON text (order and number spelling kept) and as a JSON value.

use super::{Node, Place, Value};

/// JSON text that knows where in the file each of its parts stands.
#[derive(Debug, Default)]
pub(crate) struct Printed {
    pub(crate) text: String,
    /// Where each value and key begins in the text, in order, and its place in the file.
    parts: Vec<(usize, Place)>,
}

impl Printed {
    /// The place in the file of the part at a byte of the text.
    pub(crate) fn place(&self, offset: usize) -> Option<Place> {
        let next = self.parts.partition_point(|(at, _)| *at <= offset);
        self.parts.get(next.checked_sub(1)?).map(|(_, place)| *place)
    }
}

/// The JSON text of a tree.
pub(crate) fn print(node: &Node) -> Printed {
    let mut printed = Printed::default();
    write(node, &mut printed);
    printed
}

fn write(node: &Node, to: &mut Printed) {
    to.parts.push((to.text.len(), node.place));
    match &node.value {
        Value::Null => to.text.push_str("null"),
        Value::Bool(value) => to.text.push_str(if *value { "true" } else { "false" }),
        Value::Number(text) => to.text.push_str(text),
        Value::Text(text) => quote(text, &mut to.text),
        Value::List(nodes) => {
            to.text.push('[');
            for (i, node) in nodes.iter().enumerate() {
                if i > 0 {
                    to.text.push(',');
                }
                write(node, to);
            }
            to.text.push(']');
        }
        Value::Map(entries) => {
            to.text.push('{');
            for (i, entry) in entries.iter().enumerate() {
                if i > 0 {
                    to.text.push(',');
                }
                to.parts.push((to.text.len(), entry.place));
                quote(&entry.key, &mut to.text);
                to.text.push(':');
                write(&entry.value, to);
            }
            to.text.push('}');
        }
    }
}

fn quote(text: &str, to: &mut String) {
    to.push_str(&serde_json::Value::from(text).to_string());
}

/// A number's JSON text as a JSON value.
fn json_number(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text))
}

impl Node {
    /// The tree as a JSON value. Of a repeated key, which is reported, the last one counts.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => serde_json::Value::Bool(*value),
            Value::Number(text) => json_number(text),
            Value::Text(text) => serde_json::Value::String(text.clone()),
            Value::List(nodes) => nodes.iter().map(Node::to_json).collect(),
            Value::Map(entries) => entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect(),
        }
    }
}
