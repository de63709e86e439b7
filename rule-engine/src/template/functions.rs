//! The intrinsic functions: their names, how many arguments they take, and what they give.

mod lists;
mod texts;

use serde_json::Value;

use super::PathFailure;
use super::expression::Expression;
use crate::errors::{DATA_LIMIT_EXCEEDED, INTRINSIC_FAILURE};
use crate::limits::MAX_PAYLOAD_BYTES;

/// An intrinsic function of Amazon States Language. Those that are not deterministic (`UUID`, `MathRandom`) are not
/// among them: a call after a crash must have the same payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Format,
    StringToJson,
    JsonToString,
    StringSplit,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    Array,
    ArrayLength,
    ArrayGetItem,
    ArrayContains,
    ArrayUnique,
    ArrayRange,
    ArrayPartition,
    MathAdd,
}

/// (function, name, usage, fewest arguments, most arguments)
type Entry = (Function, &'static str, &'static str, usize, usize);

/// As many arguments as an expression can hold.
const ANY: usize = usize::MAX;

const TABLE: [Entry; 16] = [
    (Function::Format, "States.Format", "States.Format('{} of {}', $.a, $.b)", 1, ANY),
    (Function::StringToJson, "States.StringToJson", "States.StringToJson($.text)", 1, 1),
    (Function::JsonToString, "States.JsonToString", "States.JsonToString($.value)", 1, 1),
    (Function::StringSplit, "States.StringSplit", "States.StringSplit($.text, ',')", 2, 2),
    (Function::Base64Encode, "States.Base64Encode", "States.Base64Encode($.text)", 1, 1),
    (Function::Base64Decode, "States.Base64Decode", "States.Base64Decode($.text)", 1, 1),
    (Function::Hash, "States.Hash", "States.Hash($.value, 'SHA-256')", 2, 2),
    (Function::JsonMerge, "States.JsonMerge", "States.JsonMerge($.a, $.b, false)", 3, 3),
    (Function::Array, "States.Array", "States.Array($.a, 'b', 3)", 0, ANY),
    (Function::ArrayLength, "States.ArrayLength", "States.ArrayLength($.list)", 1, 1),
    (Function::ArrayGetItem, "States.ArrayGetItem", "States.ArrayGetItem($.list, 0)", 2, 2),
    (Function::ArrayContains, "States.ArrayContains", "States.ArrayContains($.list, $.value)", 2, 2),
    (Function::ArrayUnique, "States.ArrayUnique", "States.ArrayUnique($.list)", 1, 1),
    (Function::ArrayRange, "States.ArrayRange", "States.ArrayRange(1, 9, 2)", 3, 3),
    (Function::ArrayPartition, "States.ArrayPartition", "States.ArrayPartition($.list, 4)", 2, 2),
    (Function::MathAdd, "States.MathAdd", "States.MathAdd($.n, -1)", 2, 2),
];

impl Function {
    /// The function of that name. The error is a sentence for people.
    pub(super) fn named(name: &str) -> Result<Function, String> {
        if let Some((function, ..)) = TABLE.iter().find(|(_, known, ..)| *known == name) {
            return Ok(*function);
        }
        if matches!(name, "States.UUID" | "States.MathRandom") {
            return Err(format!(
                "`{name}` gives another value at every call, and a call repeated after a crash must have the same \
                 payload: use `$$.Action.Id`, which is unique and stays the same"
            ));
        }
        let known: Vec<&str> = TABLE.iter().map(|(_, name, ..)| *name).collect();
        Err(format!("there is no function `{name}`; known are {}", known.join(", ")))
    }

    fn entry(self) -> Option<&'static Entry> {
        TABLE.iter().find(|(function, ..)| *function == self)
    }

    /// How it is written.
    pub(super) fn usage(self) -> &'static str {
        self.entry().map_or("", |(_, _, usage, ..)| usage)
    }

    /// What can be checked before any event: the number of arguments, and that the literal ones make sense.
    pub(super) fn check(self, arguments: &[Expression]) -> Result<(), String> {
        let Some((_, name, usage, fewest, most)) = self.entry() else { return Ok(()) };
        let given = arguments.len();
        if given < *fewest || given > *most {
            return Err(format!("`{name}` does not take {given} arguments: write `{usage}`"));
        }
        match (self, arguments) {
            (Function::Format, [Expression::Literal(Value::String(format)), values @ ..]) => {
                texts::check_format(format, values.len())
            }
            (Function::Format, [Expression::Literal(other), ..]) => {
                Err(format!("the first argument of `{name}` is a text with `{{}}`, not {other}"))
            }
            (Function::Hash, [_, Expression::Literal(algorithm)]) => texts::check_hash(algorithm),
            (Function::JsonMerge, [_, _, Expression::Literal(Value::Bool(true))]) => {
                Err("the deep merge of `States.JsonMerge` is not supported: write `false`".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Calls `function`. Every result is held to the limit of a payload: nested calls cannot grow without bound.
pub(super) fn call(function: Function, arguments: Vec<Value>) -> Result<Value, PathFailure> {
    let value = match function {
        Function::Format => texts::format(&arguments),
        Function::StringToJson => texts::string_to_json(&arguments),
        Function::JsonToString => texts::json_to_string(&arguments),
        Function::StringSplit => texts::split(&arguments),
        Function::Base64Encode => texts::base64_encode(&arguments),
        Function::Base64Decode => texts::base64_decode(&arguments),
        Function::Hash => texts::hash(&arguments),
        Function::JsonMerge => lists::merge(arguments),
        Function::Array => Ok(Value::Array(arguments)),
        Function::ArrayLength => lists::length(&arguments),
        Function::ArrayGetItem => lists::get_item(&arguments),
        Function::ArrayContains => lists::contains(&arguments),
        Function::ArrayUnique => lists::unique(&arguments),
        Function::ArrayRange => lists::range(&arguments),
        Function::ArrayPartition => lists::partition(&arguments),
        Function::MathAdd => lists::add(&arguments),
    };
    let value = value.map_err(|reason| PathFailure { error: INTRINSIC_FAILURE, message: reason })?;
    match value.as_str() {
        Some(text) if text.len() > MAX_PAYLOAD_BYTES => Err(PathFailure {
            error: DATA_LIMIT_EXCEEDED,
            message: format!("a text of {} bytes; at most {MAX_PAYLOAD_BYTES} are allowed", text.len()),
        }),
        _ => Ok(value),
    }
}

/// A value for a message, cut to a readable length.
fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn text(value: Option<&Value>) -> Result<&str, String> {
    match value {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(format!("a text is needed, not {}", shown(other))),
        None => Err("an argument is missing".to_owned()),
    }
}

fn list(value: Option<&Value>) -> Result<&Vec<Value>, String> {
    match value {
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(format!("a list is needed, not {}", shown(other))),
        None => Err("an argument is missing".to_owned()),
    }
}

/// A whole number; decimals are rounded to the nearest, as in ASL.
fn whole(value: Option<&Value>) -> Result<i64, String> {
    let wrong = || format!("a whole number is needed, not {}", value.map_or("nothing".to_owned(), shown));
    let number = value.and_then(Value::as_number).ok_or_else(wrong)?;
    if let Some(whole) = number.as_i64() {
        return Ok(whole);
    }
    // Past 2^53 a decimal number does not say which whole number it means.
    let rounded =
        number.as_f64().map(f64::round).filter(|n| n.abs() <= 9_007_199_254_740_992.0).ok_or_else(wrong)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53, checked above")]
    let whole = rounded as i64;
    Ok(whole)
}
