//! How things are shown in a trace.

use std::fmt::Debug;

/// Characters of an answer that are shown.
const MAX_SHOWN: usize = 160;

/// An answer for people: not a whole cell.
pub(crate) fn brief(answer: &impl Debug) -> String {
    let text = format!("{answer:?}");
    match text.char_indices().nth(MAX_SHOWN) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
