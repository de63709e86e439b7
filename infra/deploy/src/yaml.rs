//! JSON as YAML: block style, texts in quotes only where they need them.

use serde_json::Value;

/// The document as YAML, with a line break at its end.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => block(value, 0, &mut text),
        Value::Array(list) if !list.is_empty() => block(value, 0, &mut text),
        other => {
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
    text
}

/// The lines of a mapping or a list that has entries.
fn block(value: &Value, depth: usize, text: &mut String) {
    let pad = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                text.push_str(&format!("{pad}{}:", plain_or_quoted(key)));
                entry(value, depth, text);
            }
        }
        Value::Array(list) => {
            for value in list {
                text.push_str(&pad);
                text.push('-');
                match value {
                    // The first line of a mapping stands behind the hyphen.
                    Value::Object(map) if !map.is_empty() => {
                        let mut inner = String::new();
                        block(value, depth + 1, &mut inner);
                        text.push(' ');
                        text.push_str(inner.trim_start());
                    }
                    other => entry(other, depth, text),
                }
            }
        }
        _ => {}
    }
}

/// What stands behind a key or a hyphen.
fn entry(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push('\n');
            block(value, depth + 1, text);
        }
        Value::Array(list) if !list.is_empty() => {
            text.push('\n');
            block(value, depth + 1, text);
        }
        other => {
            text.push(' ');
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => plain_or_quoted(text),
        other => other.to_string(),
    }
}

/// A text that no reader of YAML takes for something else stands plain.
fn plain_or_quoted(text: &str) -> String {
    let first = |c: char| c.is_ascii_alphabetic() || c == '/';
    let rest = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                '-' | '_' | '.' | '/' | ':' | ' ' | '$' | '{' | '}' | '*' | '(' | ')' | '`' | '\'' | ';'
            )
    };
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        .contains(&text.to_ascii_lowercase().as_str());
    let odd = text.contains(": ") || text.ends_with([':', ' ']);
    if text.starts_with(first) && text.chars().all(rest) && !word && !odd {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_something_else_are_quoted() {
        let value = serde_json::json!({
            "a": "no", "b": "2012-10-17", "c": "x: y", "d": [], "e": {}, "f": [[1], {"g": null, "h": true}],
            "i": "arn:${AWS::Partition}:sqs", "*": "#", "k": "a\nb", "l": "", "m": "ends:",
        });
        let text = to_yaml(&value);
        assert_eq!(
            text,
            "a: \"no\"\nb: \"2012-10-17\"\nc: \"x: y\"\nd: []\ne: {}\nf:\n  -\n    - 1\n  - g: null\n    h: true\n\
             i: arn:${AWS::Partition}:sqs\n\"*\": \"#\"\nk: \"a\\nb\"\nl: \"\"\nm: \"ends:\"\n"
        );
    }
}
