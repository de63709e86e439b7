//! Values and entries of `expect` as the text of a test file.

use serde_json::Value;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// YAML: keys without quotes where they need none.
    Yaml,
    /// JSON.
    Json,
}

impl Notation {
    /// The notation of a text: one that begins with a bracket is read as JSON is, too.
    pub(super) fn of(text: &str) -> Notation {
        if text.trim_start().starts_with('{') { Notation::Json } else { Notation::Yaml }
    }
}

/// A value in one line.
#[must_use]
pub fn flow(value: &Value, notation: Notation) -> String {
    match value {
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let each = fields
                .iter()
                .map(|(name, value)| format!("{}: {}", key(name, notation), flow(value, notation)));
            let each = each.collect::<Vec<_>>().join(", ");
            if notation == Notation::Json { format!("{{{each}}}") } else { format!("{{ {each} }}") }
        }
        Value::Array(items) => {
            let each = items.iter().map(|item| flow(item, notation));
            format!("[{}]", each.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn key(name: &str, notation: Notation) -> String {
    if notation == Notation::Yaml && is_word(name) { name.to_owned() } else { Value::from(name).to_string() }
}

/// Whether a text needs no quotes as a key, and as a value neither.
pub(super) fn is_word(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    first
        && chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))
        && !reserved.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_notations() {
        let value = json!({ "a": [1, "x", null], "b c": {}, "true": { "d": false } });
        assert_eq!(flow(&value, Notation::Yaml), r#"{ a: [1, "x", null], "b c": {}, "true": { d: false } }"#);
        assert_eq!(flow(&value, Notation::Json), r#"{"a": [1, "x", null], "b c": {}, "true": {"d": false}}"#);
    }
}
