//! Turns the bytes of an answer into an outcome.

use fanin_rule::Outcome;
use fanin_rule::errors::BAD_OUTPUT;
use serde::de::IgnoredAny;

use crate::errors::{failed, quoted};

/// The answer must be JSON; nothing at all means null.
pub(crate) fn json(bytes: Vec<u8>, source: &str) -> Outcome {
    match text_or_null(bytes) {
        Ok(text) => match serde_json::from_str::<IgnoredAny>(&text) {
            Ok(_) => Outcome::Done { result: text },
            Err(error) => {
                failed(BAD_OUTPUT, format!("{source} is not JSON ({error}): {}", quoted(text.as_bytes())))
            }
        },
        Err(bytes) => failed(BAD_OUTPUT, format!("{source} is not UTF-8 text: {}", quoted(&bytes))),
    }
}

/// JSON is taken as it is, anything else as one text; nothing at all means null.
pub(crate) fn json_or_text(bytes: Vec<u8>) -> Outcome {
    let text = text_or_null(bytes).unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let result = match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => text,
        Err(_) => serde_json::Value::String(text).to_string(),
    };
    Outcome::Done { result }
}

fn text_or_null(bytes: Vec<u8>) -> Result<String, Vec<u8>> {
    let text = String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes)?;
    let trimmed = text.trim();
    Ok(match trimmed.len() {
        0 => "null".to_owned(),
        whole if whole == text.len() => text,
        _ => trimmed.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(result: &str) -> Outcome {
        Outcome::Done { result: result.to_owned() }
    }

    #[test]
    fn json_only() {
        assert_eq!(json(b"".to_vec(), "it"), done("null"));
        assert_eq!(json(b" {\"a\":1}\n".to_vec(), "it"), done("{\"a\":1}"));
        for bad in [b"hello".to_vec(), b"{".to_vec(), vec![0xff]] {
            assert!(matches!(json(bad, "it"), Outcome::Failed { error, .. } if error == BAD_OUTPUT));
        }
    }

    #[test]
    fn or_text() {
        assert_eq!(json_or_text(b"\n".to_vec()), done("null"));
        assert_eq!(json_or_text(b"[1]".to_vec()), done("[1]"));
        assert_eq!(json_or_text(b"say \"hi\"".to_vec()), done(r#""say \"hi\"""#));
        assert_eq!(json_or_text(vec![b'a', 0xff]), done("\"a\u{fffd}\""));
    }
}
