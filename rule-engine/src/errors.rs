//! The error names that retriers and catchers match: those of Amazon States Language, and our own under `Fanin.`.

/// Matches any error except [`DATA_LIMIT_EXCEEDED`] and [`RUNTIME`].
pub const ALL: &str = "States.ALL";
/// The call failed without a name of its own; in a retrier or catcher: any error except [`TIMEOUT`].
pub const TASK_FAILED: &str = "States.TaskFailed";
/// The call took longer than the function's timeout.
pub const TIMEOUT: &str = "States.Timeout";
/// A path of the payload template found nothing.
pub const PARAMETER_PATH_FAILURE: &str = "States.ParameterPathFailure";
/// An intrinsic function could not work with its arguments.
pub const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";
/// A payload or a result is too large. Only a retrier or catcher that names it matches it.
pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
/// The run cannot be carried out. Only a retrier or catcher that names it matches it.
pub const RUNTIME: &str = "States.Runtime";
/// More items of a `map` failed than it tolerates.
pub const TOLERANCE_EXCEEDED: &str = "States.ExceedToleratedFailureThreshold";
/// The target answered something that is not JSON, or JSON nested too deeply.
pub const BAD_OUTPUT: &str = "Fanin.BadOutput";
/// The `items` of a `map` is not a list.
pub const ITEMS_NOT_A_LIST: &str = "Fanin.ItemsNotAList";
/// The `items` of a `map` has more elements than a run may have.
pub const TOO_MANY_ITEMS: &str = "Fanin.TooManyItems";

/// The longest beginning of `text` that fits `max` bytes and ends between characters.
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn cuts_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "abc");
        assert_eq!(cut("aä", 2), "a");
        assert_eq!(cut("ä", 1), "");
    }
}
