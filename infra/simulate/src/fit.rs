//! Whether something seen is what was expected, and if not, field by field where it differs.

use serde_json::{Map, Value};

/// A field that is not as expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Where: member names and indexes, `detail.items[2].id`.
    pub path: String,
    /// What was expected.
    pub expected: Value,
    /// What was found; none: there is no such field.
    pub found: Option<Value>,
}

/// Whether `fields` has everything of `wanted`.
pub(crate) fn has(fields: &Value, wanted: &Map<String, Value>) -> bool {
    wanted.iter().all(|(name, value)| fields.get(name).is_some_and(|found| fits(found, value)))
}

/// Whether `found` has everything of `wanted`. A text and a number with the same spelling are the same: captures are text.
fn fits(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(_), Value::Object(wanted)) => has(found, wanted),
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| fits(f, w))
        }
        (Value::String(text), Value::Number(number)) => *text == number.to_string(),
        (Value::String(text), Value::Bool(flag)) => *text == flag.to_string(),
        (Value::Number(found), Value::Number(wanted)) => found.as_f64() == wanted.as_f64(),
        _ => found == wanted,
    }
}

/// Where `fields` is not what `wanted` asks for, in the order in which it is written.
#[must_use]
pub fn differences(fields: &Value, wanted: &Map<String, Value>) -> Vec<Difference> {
    let mut found = Vec::new();
    members(fields, wanted, "", &mut found);
    found
}

fn members(fields: &Value, wanted: &Map<String, Value>, path: &str, out: &mut Vec<Difference>) {
    for (name, value) in wanted {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(fields.get(name), value, path, out);
    }
}

fn compare(found: Option<&Value>, wanted: &Value, path: String, out: &mut Vec<Difference>) {
    match (found, wanted) {
        (Some(found), _) if fits(found, wanted) => {}
        (Some(found @ Value::Object(_)), Value::Object(wanted)) => members(found, wanted, &path, out),
        (Some(Value::Array(found)), Value::Array(wanted)) if found.len() == wanted.len() => {
            for (index, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                compare(Some(found), wanted, format!("{path}[{index}]"), out);
            }
        }
        (found, wanted) => {
            out.push(Difference { path, expected: wanted.clone(), found: found.cloned() });
        }
    }
}

/// The largest one-to-one assignment: for each thing seen the entry it was taken for.
pub(crate) fn assign(entries: &[&Map<String, Value>], seen: &[&Value]) -> Vec<Option<usize>> {
    let mut taken = vec![None; seen.len()];
    for entry in 0..entries.len() {
        let mut visited = vec![false; seen.len()];
        place(entry, entries, seen, (&mut taken, &mut visited));
    }
    taken
}

/// One augmenting path of a bipartite matching: an entry may push another to a different sighting.
fn place(
    entry: usize,
    entries: &[&Map<String, Value>],
    seen: &[&Value],
    (taken, visited): (&mut Vec<Option<usize>>, &mut Vec<bool>),
) -> bool {
    let Some(wanted) = entries.get(entry) else { return false };
    for (index, fields) in seen.iter().enumerate() {
        if visited.get(index).copied().unwrap_or(true) || !has(fields, wanted) {
            continue;
        }
        if let Some(mark) = visited.get_mut(index) {
            *mark = true;
        }
        let holder = taken.get(index).copied().flatten();
        if holder.is_none_or(|other| place(other, entries, seen, (taken, visited))) {
            if let Some(slot) = taken.get_mut(index) {
                *slot = Some(entry);
            }
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wanted(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn differences_name_their_path() {
        let seen =
            json!({ "count": 2, "job": "42", "items": [{ "id": 1 }, { "id": "x" }], "list": [1], "n": "7" });
        let asked = wanted(json!({
            "count": 3, "job": 42, "items": [{ "id": 1 }, { "id": "y" }], "list": [1, 2], "gone": { "a": 1 }, "n": 7
        }));
        let told: Vec<String> = differences(&seen, &asked)
            .into_iter()
            .map(|d| format!("{}: {} {}", d.path, d.expected, d.found.map_or("-".into(), |v| v.to_string())))
            .collect();
        assert_eq!(told, ["count: 3 2", "items[1].id: \"y\" \"x\"", "list: [1,2] [1]", "gone: {\"a\":1} -"]);
        assert!(!has(&seen, &asked));
        assert_eq!(differences(&seen, &wanted(json!({ "count": 2.0, "job": 42 }))), []);
    }

    #[test]
    fn an_entry_that_fits_both_leaves_one_to_the_other() {
        let (any, one) = (wanted(json!({})), wanted(json!({ "a": 1 })));
        let (first, second) = (json!({ "a": 1 }), json!({ "a": 2 }));
        assert_eq!(assign(&[&any, &one], &[&first, &second]), [Some(1), Some(0)]);
        assert_eq!(assign(&[&one, &one], &[&first, &second]), [Some(0), None]);
    }
}
