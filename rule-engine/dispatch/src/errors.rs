//! Error names of calls beside those of Amazon States Language, and short ways to fail.

use fanin_rule::Outcome;
use fanin_rule::errors::{DATA_LIMIT_EXCEEDED, TIMEOUT};

use crate::limits::{MAX_QUOTED_CHARS, MAX_RESULT_BYTES};

/// The workflow names a function that is not declared.
pub const UNKNOWN_FUNCTION: &str = "Fanin.UnknownFunction";
/// A program could not be started.
pub const CANNOT_START: &str = "Fanin.CannotStart";
/// A URL that cannot be called.
pub const BAD_URL: &str = "Fanin.BadUrl";
/// The call crashed inside fanin.
pub const INTERNAL: &str = "Fanin.Internal";
/// The outbox could not be written.
pub const OUTBOX_FAILED: &str = "Fanin.OutboxFailed";
/// The outbox file has reached its limit.
pub const OUTBOX_FULL: &str = "Fanin.OutboxFull";
/// No connection, or it broke. An answer with an error status is `Http.<code>`.
pub const CONNECT_FAILED: &str = "Http.ConnectFailed";
/// A bootstrap exited in the middle of a call.
pub const EXIT_ERROR: &str = "Runtime.ExitError";
/// A bootstrap did not ask for a call in time.
pub const INIT_TIMEOUT: &str = "Runtime.InitTimeout";
/// A bootstrap asked again and again without answering.
pub const NO_RESPONSE: &str = "Runtime.NoResponse";

/// A failed outcome.
pub(crate) fn failed(error: impl Into<String>, cause: impl Into<String>) -> Outcome {
    Outcome::Failed { error: error.into(), cause: cause.into() }
}

pub(crate) fn timed_out(after: std::time::Duration) -> Outcome {
    failed(TIMEOUT, format!("no answer within {} s", after.as_secs_f64()))
}

pub(crate) fn too_large() -> Outcome {
    failed(DATA_LIMIT_EXCEEDED, format!("the answer is larger than {MAX_RESULT_BYTES} bytes"))
}

/// A text for a message, cut to a readable length.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    match text.char_indices().nth(MAX_QUOTED_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.trim_end().to_owned(),
    }
}
