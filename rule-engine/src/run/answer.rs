//! Checks an answer before it becomes part of a run: size, JSON, nesting.

use serde::de::IgnoredAny;

use crate::action::Outcome;
use crate::errors::{BAD_OUTPUT, DATA_LIMIT_EXCEEDED};
use crate::limits::{MAX_RESULT_BYTES, MAX_RESULT_DEPTH, MAX_RUN_RESULT_BYTES};

/// The outcome as the run sees it: a result that cannot be carried is a failure. `room` is what is left of the run's
/// results in bytes.
pub(super) fn accept(outcome: Outcome, room: usize) -> Outcome {
    let Outcome::Done { result } = outcome else { return outcome };
    let failed = |error: &str, cause: String| Outcome::Failed { error: error.to_owned(), cause };
    let bytes = result.len();
    if bytes > MAX_RESULT_BYTES {
        return failed(
            DATA_LIMIT_EXCEEDED,
            format!("a result of {bytes} bytes; at most {MAX_RESULT_BYTES} are allowed"),
        );
    }
    if bytes > room {
        let cause = format!("the results of the run together are larger than {MAX_RUN_RESULT_BYTES} bytes");
        return failed(DATA_LIMIT_EXCEEDED, cause);
    }
    if depth(&result) > MAX_RESULT_DEPTH {
        return failed(BAD_OUTPUT, format!("the result is nested more than {MAX_RESULT_DEPTH} levels deep"));
    }
    match serde_json::from_str::<IgnoredAny>(&result) {
        Ok(_) => Outcome::Done { result },
        Err(error) => failed(BAD_OUTPUT, format!("the result is not JSON: {error}")),
    }
}

/// The deepest nesting of lists and objects in a JSON text.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in text.bytes() {
        if string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => string = true,
            b'[' | b'{' => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(result: String, room: usize) -> Option<String> {
        match accept(Outcome::Done { result }, room) {
            Outcome::Done { .. } => None,
            Outcome::Failed { error, .. } => Some(error),
        }
    }

    #[test]
    fn limits_on_both_sides() {
        let text = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 2));
        assert_eq!(error_of(text(MAX_RESULT_BYTES), usize::MAX), None);
        assert_eq!(error_of(text(MAX_RESULT_BYTES + 1), usize::MAX).unwrap(), DATA_LIMIT_EXCEEDED);
        assert_eq!(error_of(text(100), 100), None);
        assert_eq!(error_of(text(100), 99).unwrap(), DATA_LIMIT_EXCEEDED);
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(error_of(nested(MAX_RESULT_DEPTH), usize::MAX), None);
        assert_eq!(error_of(nested(MAX_RESULT_DEPTH + 1), usize::MAX).unwrap(), BAD_OUTPUT);
    }

    #[test]
    fn only_json() {
        for good in ["null", "1", "\"[[{\"", "{\"a\\\"[\":[]}", " {} "] {
            assert_eq!(error_of(good.to_owned(), usize::MAX), None, "{good}");
        }
        for bad in ["", "{", "a", "1 2", "{'a':1}", "]"] {
            assert_eq!(error_of(bad.to_owned(), usize::MAX).unwrap(), BAD_OUTPUT, "{bad}");
        }
    }

    #[test]
    fn depth_counts_outside_texts() {
        assert_eq!(depth("1"), 0);
        assert_eq!(depth("[[],[{}]]"), 3);
        assert_eq!(depth(r#"["[[[\"[["]"#), 1);
    }
}
