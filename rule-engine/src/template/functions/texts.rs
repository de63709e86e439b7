//! Intrinsic functions that make or read texts.

use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{shown, text};
use crate::base64;

/// One piece of a format: a text or a placeholder.
enum Piece {
    Char(char),
    Placeholder,
}

fn pieces(format: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::with_capacity(format.len());
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped @ ('{' | '}' | '\\' | '\'')) => pieces.push(Piece::Char(escaped)),
                Some(other) => pieces.extend([Piece::Char('\\'), Piece::Char(other)]),
                None => pieces.push(Piece::Char('\\')),
            },
            '{' if chars.peek() == Some(&'}') => {
                chars.next();
                pieces.push(Piece::Placeholder);
            }
            '{' | '}' => {
                return Err(format!("a single `{c}` in `{format}`: write `{{}}` for a value or `\\{c}`"));
            }
            other => pieces.push(Piece::Char(other)),
        }
    }
    Ok(pieces)
}

/// Checks a literal format against the number of its values.
pub(super) fn check_format(format: &str, values: usize) -> Result<(), String> {
    let places = pieces(format)?.iter().filter(|piece| matches!(piece, Piece::Placeholder)).count();
    if places == values {
        return Ok(());
    }
    Err(format!("`{format}` has {places} `{{}}` and {values} values: both must be the same number"))
}

pub(super) fn format(arguments: &[Value]) -> Result<Value, String> {
    let Some((format, values)) = arguments.split_first() else {
        return Err("an argument is missing".to_owned());
    };
    let format = text(Some(format))?;
    check_format(format, values.len())?;
    let mut values = values.iter();
    let mut made = String::with_capacity(format.len());
    for piece in pieces(format)? {
        match piece {
            Piece::Char(c) => made.push(c),
            Piece::Placeholder => match values.next() {
                Some(Value::String(text)) => made.push_str(text),
                Some(other) => made.push_str(&other.to_string()),
                None => {}
            },
        }
    }
    Ok(Value::String(made))
}

pub(super) fn string_to_json(arguments: &[Value]) -> Result<Value, String> {
    let text = text(arguments.first())?;
    serde_json::from_str(text).map_err(|error| format!("the text is not JSON: {error}"))
}

pub(super) fn json_to_string(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::String(arguments.first().map_or_else(String::new, Value::to_string)))
}

/// As in ASL every character of the second text separates, and empty parts are left out.
pub(super) fn split(arguments: &[Value]) -> Result<Value, String> {
    let separators: Vec<char> = text(arguments.get(1))?.chars().collect();
    let parts = text(arguments.first())?.split(separators.as_slice()).filter(|part| !part.is_empty());
    Ok(parts.map(Value::from).collect())
}

pub(super) fn base64_encode(arguments: &[Value]) -> Result<Value, String> {
    Ok(Value::String(base64::encode(text(arguments.first())?.as_bytes())))
}

pub(super) fn base64_decode(arguments: &[Value]) -> Result<Value, String> {
    let coded = text(arguments.first())?;
    let bytes = base64::decode(coded).ok_or("the text is not Base64")?;
    String::from_utf8(bytes).map(Value::String).map_err(|_| "the decoded bytes are not UTF-8 text".to_owned())
}

const HASHES: [&str; 3] = ["SHA-256", "SHA-384", "SHA-512"];

/// Checks the name of a hash.
pub(super) fn check_hash(algorithm: &Value) -> Result<(), String> {
    match algorithm.as_str() {
        Some(name) if HASHES.contains(&name) => Ok(()),
        _ => Err(format!("{} is no hash of `States.Hash`: write {}", shown(algorithm), HASHES.join(", "))),
    }
}

pub(super) fn hash(arguments: &[Value]) -> Result<Value, String> {
    let data = match arguments.first() {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let algorithm = text(arguments.get(1))?;
    check_hash(&Value::from(algorithm))?;
    let hex = match algorithm {
        "SHA-384" => hex(&Sha384::digest(&data)),
        "SHA-512" => hex(&Sha512::digest(&data)),
        _ => hex(&Sha256::digest(&data)),
    };
    Ok(Value::String(hex))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from_digit(u32::from(nibble), 16).unwrap_or('0'))
        .collect()
}
