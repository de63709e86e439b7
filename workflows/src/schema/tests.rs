//! The schemas against the readers: what one accepts and the other does not.

mod files;
mod keys;
mod shapes;
mod values;

use jsonschema::Validator;
use serde_json::Value;

use crate::report::Report;
use crate::tree;

/// The validator of a schema; its text is a valid schema itself.
fn validator(schema: &str) -> Validator {
    let schema: Value = serde_json::from_str(schema).unwrap();
    jsonschema::meta::validate(&schema).map_err(|e| e.to_string()).unwrap();
    jsonschema::draft202012::options().should_validate_formats(true).build(&schema).unwrap()
}

/// A text as a JSON value, if it can be read at all.
fn value(name: &str, text: &str) -> Option<Value> {
    let mut report = Report::new(name, text);
    let root = tree::read(name, text, &mut report);
    root.filter(|_| !report.failed()).map(|root| root.to_json())
}

/// What a schema finds wrong, one line each.
fn faults(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

fn is_test(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("tests:") || line.starts_with("workflow:"))
}
