//! What DynamoDB bills: sizes of items as they stand on the wire, write units by the KB, read units by four.
//!
//! Written from the documentation, apart from the arithmetic of the store, so that the two check each other.

use serde_json::{Map, Value};

/// An item as the wire has it: names and typed values.
pub type Item = Map<String, Value>;

/// Bytes of an item.
#[must_use]
pub fn item_bytes(item: &Item) -> u64 {
    item.iter().map(|(name, value)| length(name) + value_bytes(value)).sum()
}

fn length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}

fn value_bytes(value: &Value) -> u64 {
    let Some((kind, value)) = value.as_object().and_then(|object| object.iter().next()) else { return 0 };
    let text = || value.as_str().unwrap_or_default();
    let list = || value.as_array().map_or(&[][..], Vec::as_slice);
    let texts = |of: fn(&str) -> u64| list().iter().filter_map(Value::as_str).map(of).sum();
    match kind.as_str() {
        "S" => length(text()),
        "N" => number_bytes(text()),
        "B" => base64_bytes(text()),
        "SS" => texts(length),
        "NS" => texts(number_bytes),
        "BS" => texts(base64_bytes),
        "L" => 3 + list().iter().map(|v| 1 + value_bytes(v)).sum::<u64>(),
        "M" => {
            let each = value.as_object().into_iter().flatten();
            3 + each.map(|(name, v)| 1 + length(name) + value_bytes(v)).sum::<u64>()
        }
        _ => 1,
    }
}

/// About one byte for two significant digits, and one more; one more for a minus.
fn number_bytes(text: &str) -> u64 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let significant = length(digits.trim_start_matches('0').trim_end_matches('0'));
    significant.div_ceil(2) + 1 + u64::from(text.starts_with('-'))
}

fn base64_bytes(text: &str) -> u64 {
    let padding = length(text) - length(text.trim_end_matches('='));
    (length(text) / 4 * 3).saturating_sub(padding)
}

/// Write units of a write, by the larger size of before and after.
#[must_use]
pub fn write_units(bytes: u64) -> u64 {
    bytes.div_ceil(1024).max(1)
}

/// Halves of read units of a read of so many bytes.
#[must_use]
pub fn read_halves(bytes: u64, consistent: bool) -> u64 {
    bytes.div_ceil(4096).max(1) * if consistent { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(item: Value) -> u64 {
        item_bytes(item.as_object().unwrap())
    }

    #[test]
    fn sizes_as_the_documentation_has_them() {
        assert_eq!(bytes(serde_json::json!({ "pk": { "S": "abc" } })), 5);
        assert_eq!(bytes(serde_json::json!({ "n": { "N": "12345" } })), 1 + 4);
        assert_eq!(bytes(serde_json::json!({ "n": { "N": "1000" } })), 1 + 2);
        assert_eq!(bytes(serde_json::json!({ "b": { "B": "AAECAw==" } })), 1 + 4);
        assert_eq!(bytes(serde_json::json!({ "t": { "BOOL": true } })), 2);
        assert_eq!(bytes(serde_json::json!({ "l": { "L": [{ "S": "ab" }] } })), 1 + 3 + 1 + 2);
        assert_eq!(bytes(serde_json::json!({ "m": { "M": { "k": { "S": "ab" } } } })), 1 + 3 + 1 + 1 + 2);
    }

    #[test]
    fn units_begin_at_one_and_go_by_steps() {
        assert_eq!([0, 1, 1024, 1025].map(write_units), [1, 1, 1, 2]);
        assert_eq!([0, 4096, 4097].map(|b| read_halves(b, true)), [2, 2, 4]);
        assert_eq!([0, 4096, 4097].map(|b| read_halves(b, false)), [1, 1, 2]);
    }
}
