//! Why an event goes to the dead letters: the stable codes, as in docs/errors.

/// Accepted before what the instance remembers: it may have been counted already, so it is not counted.
pub const LATE_PAST_FLOOR: &str = "late-past-floor";
/// The capture named by `reach` is no whole number from 1 to [`MAX_REACH`](crate::limits::MAX_REACH).
pub const REACH_NOT_A_NUMBER: &str = "reach-not-a-number";
/// The correlation key is longer than [`MAX_KEY_BYTES`](crate::limits::MAX_KEY_BYTES).
pub const KEY_TOO_LONG: &str = "key-too-long";
/// The event was handed over as a member, or without a capture, that the condition does not know.
pub const NOT_A_MEMBER: &str = "not-a-member";
/// The instance is pinned to another version of the condition than the one handed over.
pub const OTHER_VERSION: &str = "other-version";
