//! A workflow's pattern as EventBridge takes it: it matches at least the same events.

use anyhow::Context;
use fanin_event::Pattern;
use serde_json::{Map, Value, json};

use crate::limits::{MAX_BUS_NUMBER, MAX_BUS_PATTERN};

/// The pattern for the bus, and why it is wider than the workflow's.
///
/// # Errors
/// A text that is no pattern: the compiler makes none.
pub(super) fn for_bus(text: &str, observe: bool) -> anyhow::Result<(Value, Option<String>)> {
    let parsed = Pattern::parse(text).map_err(|e| anyhow::anyhow!("a pattern of the plan: {e}"))?;
    let Value::Object(pattern) = serde_json::from_str(text).context("a pattern of the plan")? else {
        anyhow::bail!("a pattern of the plan is no object");
    };
    if observe {
        let narrow = pattern.keys().any(|key| key != "source");
        let why = narrow.then(|| "observed: every event of the source is let through".to_owned());
        return Ok((source_of(&pattern, &mut Vec::new()), why));
    }
    let mut reasons = Vec::new();
    let whole = Value::Object(fields(&pattern, !parsed.or_is_a_field(), &mut reasons));
    let size = whole.to_string().chars().count();
    if size <= MAX_BUS_PATTERN {
        return Ok((whole, (!reasons.is_empty()).then(|| reasons.join("; "))));
    }
    let why = format!("the pattern has {size} characters and EventBridge takes {MAX_BUS_PATTERN}");
    let mut wider = Map::new();
    for key in ["source", "detail-type"] {
        if let Some(value) = whole.get(key) {
            wider.insert(key.to_owned(), value.clone());
        }
    }
    let wider = Value::Object(wider);
    let fits = wider != json!({}) && wider.to_string().chars().count() <= MAX_BUS_PATTERN;
    let source = || source_of(&pattern, &mut Vec::new());
    Ok((if fits { wider } else { source() }, Some(why)))
}

/// The source alone; where the pattern asks for none, or for too much, every source.
fn source_of(pattern: &Map<String, Value>, reasons: &mut Vec<String>) -> Value {
    let any = json!({ "source": [{ "prefix": "" }] });
    let Some(Value::Array(list)) = pattern.get("source") else { return any };
    let source = json!({ "source": matchers(list, "source", reasons) });
    if source.to_string().chars().count() <= MAX_BUS_PATTERN { source } else { any }
}

fn fields(pattern: &Map<String, Value>, or: bool, reasons: &mut Vec<String>) -> Map<String, Value> {
    let mut out = Map::new();
    for (key, value) in pattern {
        let value = match value {
            Value::Object(inner) => Value::Object(fields(inner, or, reasons)),
            Value::Array(list) if or && key == "$or" => list
                .iter()
                .map(|one| match one {
                    Value::Object(inner) => Value::Object(fields(inner, or, reasons)),
                    other => other.clone(),
                })
                .collect(),
            Value::Array(list) => matchers(list, key, reasons),
            other => other.clone(),
        };
        out.insert(key.clone(), value);
    }
    out
}

/// What one field may be.
fn matchers(list: &[Value], key: &str, reasons: &mut Vec<String>) -> Value {
    if list.iter().any(has_large_number) {
        reasons.push(format!(
            "`{key}` has a number past {MAX_BUS_NUMBER:e}, which EventBridge does not compare"
        ));
        return json!([{ "exists": true }]);
    }
    list.iter().map(matcher).collect()
}

fn matcher(one: &Value) -> Value {
    match one {
        // EventBridge compares plain numbers by their spelling, the workflow by their value.
        Value::Number(n) => json!({ "numeric": ["=", n] }),
        Value::Object(operator) => match operator.iter().next() {
            // Known to the open implementation, not to the service; a plain text matches at least the same.
            Some((name, text)) if name == "exactly" => text.clone(),
            Some((name, Value::String(text))) if name == "wildcard" => {
                json!({ "wildcard": single_stars(text) })
            }
            Some((name, Value::Object(inner))) if name == "anything-but" => {
                json!({ "anything-but": anything_but(inner) })
            }
            _ => one.clone(),
        },
        other => other.clone(),
    }
}

fn anything_but(inner: &Map<String, Value>) -> Value {
    let each = |name: &String, value: &Value| match value {
        Value::String(text) if name == "wildcard" => Value::from(single_stars(text)),
        Value::Array(list) if name == "wildcard" => list
            .iter()
            .map(|v| v.as_str().map_or_else(|| v.clone(), |t| Value::from(single_stars(t))))
            .collect(),
        other => other.clone(),
    };
    Value::Object(inner.iter().map(|(name, value)| (name.clone(), each(name, value))).collect())
}

/// `**` means the same as `*`, and EventBridge refuses it.
fn single_stars(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut escaped, mut star) = (false, false);
    for c in text.chars() {
        let now = c == '*' && !escaped;
        if !(now && star) {
            out.push(c);
        }
        star = now;
        escaped = c == '\\' && !escaped;
    }
    out
}

fn has_large_number(value: &Value) -> bool {
    match value {
        Value::Number(n) => n.as_f64().is_none_or(|n| n.abs() > MAX_BUS_NUMBER),
        Value::Array(list) => list.iter().any(has_large_number),
        Value::Object(map) => map.values().any(has_large_number),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bus(text: &str) -> (String, Option<String>) {
        let (pattern, why) = for_bus(text, false).unwrap();
        (pattern.to_string(), why)
    }

    #[test]
    fn what_the_service_does_not_know_is_said_otherwise() {
        for (ours, theirs) in [
            (
                r#"{"detail":{"n":[3.0,"x",true,null]}}"#,
                r#"{"detail":{"n":[{"numeric":["=",3.0]},"x",true,null]}}"#,
            ),
            (r#"{"a":[{"exactly":"10.0.0.1"}]}"#, r#"{"a":["10.0.0.1"]}"#),
            (r#"{"a":[{"wildcard":"a**b\\**"}]}"#, r#"{"a":[{"wildcard":"a*b\\**"}]}"#),
            (r#"{"$or":[{"a":[1]},{"b":["x"]}]}"#, r#"{"$or":[{"a":[{"numeric":["=",1]}]},{"b":["x"]}]}"#),
            (r#"{"a":[{"anything-but":[1,"x"]}]}"#, r#"{"a":[{"anything-but":[1,"x"]}]}"#),
        ] {
            // What is refused by the workflow's own language is not asked for here.
            if Pattern::parse(ours).is_err() {
                continue;
            }
            assert_eq!(bus(ours), (theirs.to_owned(), None), "{ours}");
        }
    }

    #[test]
    fn numbers_on_both_sides_of_the_limit() {
        let (same, why) = bus(r#"{"a":[{"numeric":["<",5000000000]}]}"#);
        assert_eq!((same.as_str(), why), (r#"{"a":[{"numeric":["<",5000000000]}]}"#, None));
        let (wide, why) = bus(r#"{"a":[{"numeric":["<",5000000001]}]}"#);
        assert_eq!(wide, r#"{"a":[{"exists":true}]}"#);
        assert!(why.unwrap().contains("`a`"));
    }

    #[test]
    fn sizes_on_both_sides_of_the_limit() {
        let pattern = |n: usize| {
            format!(r#"{{"source":["s"],"detail-type":["d"],"detail":{{"a":["{}"]}}}}"#, "x".repeat(n))
        };
        let around = pattern(0).chars().count();
        assert_eq!(bus(&pattern(MAX_BUS_PATTERN - around)).1, None);
        let (wide, why) = bus(&pattern(MAX_BUS_PATTERN - around + 1));
        assert_eq!(wide, r#"{"source":["s"],"detail-type":["d"]}"#);
        assert!(why.unwrap().contains("2049"), "says how large it is");
        let long = format!(r#"{{"source":["{}"]}}"#, "x".repeat(MAX_BUS_PATTERN));
        assert_eq!(bus(&long).0, r#"{"source":[{"prefix":""}]}"#);
        let no_source = format!(r#"{{"detail":{{"a":["{}"]}}}}"#, "x".repeat(MAX_BUS_PATTERN));
        assert_eq!(bus(&no_source).0, r#"{"source":[{"prefix":""}]}"#);
    }

    #[test]
    fn observed_is_the_source_alone() {
        let observed = |text: &str| for_bus(text, true).unwrap().0.to_string();
        assert_eq!(observed(r#"{"source":["a"],"detail":{"x":[1]}}"#), r#"{"source":["a"]}"#);
        assert_eq!(observed(r#"{"detail":{"x":[1]}}"#), r#"{"source":[{"prefix":""}]}"#);
    }
}
