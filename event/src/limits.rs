//! Named limits of events. Going past one has the outcome its comment states.

/// Bytes of one event's envelope text; a larger one is rejected (EventBridge's own limit, 256 KB).
pub const MAX_EVENT_BYTES: usize = 256 * 1024;
/// Derived events in one chain; the next one goes to the dead letters with its chain.
pub const MAX_HOPS: u8 = 32;
/// Objects and arrays inside each other in one JSON text; a deeper text is refused as not readable.
pub const MAX_JSON_DEPTH: usize = 100;
/// Bytes of one pattern's text; a longer one is refused by `Pattern::parse`.
pub const MAX_PATTERN_BYTES: usize = 64 * 1024;
/// Alternatives a pattern's `$or`s multiply out to; a pattern with more is refused.
pub const MAX_SUB_RULES: usize = 1000;
/// Different paths one alternative of a pattern tests; a pattern with more is refused.
pub const MAX_PATHS: usize = 256;
/// Comparisons spent on one event to find array elements that agree; an event that needs more is refused as too
/// intricate (it is a combinatorial search, which only a text made for it can blow up).
pub const MAX_MATCH_STEPS: u32 = 2_000_000;
/// Sets of paths for which a scratch remembers how events were written, so that one written as those before is read sooner; where
/// it is used with more, only now and then one takes the place of another. It decides how an event is read, never what is said of
/// it, as do the next four.
pub const MAX_HABITS: usize = 4;
/// Pieces between the values of events that are remembered for one of them; when another comes, all are forgotten.
pub const MAX_HABIT_GAPS: usize = 256;
/// Objects and arrays inside each other in such an event; one that is deeper is remembered up to there only.
pub const MAX_HABIT_DEPTH: usize = 32;
/// Bytes of one such piece; an event with a longer one is remembered up to it only.
pub const MAX_HABIT_GAP_BYTES: usize = 64;
/// Pieces remembered as followers of one; a further one takes the place of the oldest.
pub const MAX_HABIT_NEXT: usize = 4;
/// Bytes of one capture template; a longer one is refused.
pub const MAX_TEMPLATE_BYTES: usize = 4096;
/// Names in one capture template; a template with more is refused.
pub const MAX_TEMPLATE_NAMES: usize = 32;
/// Bytes of one capture path; a longer one is refused.
pub const MAX_CAPTURE_PATH_BYTES: usize = 1024;
/// Capture rules of one event definition; a definition with more is refused.
pub const MAX_CAPTURE_RULES: usize = 64;
