//! Named limits of rules and runs. Going past one has the outcome its comment states.

/// Bytes of one payload (256 KB, as on AWS); a larger one fails its action with `States.DataLimitExceeded`.
pub const MAX_PAYLOAD_BYTES: usize = 256 * 1024;
/// Bytes of one result (256 KB, as on AWS); a larger one fails its action with `States.DataLimitExceeded`.
pub const MAX_RESULT_BYTES: usize = 256 * 1024;
/// Nesting of one result. The completion envelope around it must stay readable for every JSON parser with the usual
/// limit of 128 levels; a deeper one fails its action with `Fanin.BadOutput`.
pub const MAX_RESULT_DEPTH: usize = 100;
/// Items of one `map`; a longer list fails the run with `Fanin.TooManyItems`, before anything starts.
pub const MAX_MAP_ITEMS: usize = 10_000;
/// Bytes of the successful results of one run together; the result that goes past it fails its action with
/// `States.DataLimitExceeded`.
pub const MAX_RUN_RESULT_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of the payloads of one run's open actions together; past it the next item waits although
/// `max_concurrency` would allow it. One action is always allowed.
pub const MAX_OPEN_PAYLOAD_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a completion's envelope; past it the result moves into a claim.
pub const MAX_COMPLETION_BYTES: usize = fanin_event::limits::MAX_EVENT_BYTES;
/// Bytes of an error name; a longer one is cut.
pub const MAX_ERROR_BYTES: usize = 256;
/// Bytes of an error's cause; a longer one is cut.
pub const MAX_CAUSE_BYTES: usize = 32 * 1024;
/// Bytes of an error's cause among the results of a `map`; a longer one is cut.
pub const MAX_ITEM_CAUSE_BYTES: usize = 1024;
/// Longest wait before a retry in seconds (366 days, the bound of ASL's `MaxDelaySeconds`); a longer one is cut.
pub const MAX_RETRY_DELAY_SECONDS: u64 = 31_622_400;
/// Nesting of intrinsic functions in one expression, as in ASL; a deeper one does not compile.
pub const MAX_INTRINSIC_DEPTH: usize = 10;
/// Bytes of one path or intrinsic expression; a longer one does not compile.
pub const MAX_EXPRESSION_BYTES: usize = 10_000;
/// Paths and intrinsic functions in one template; more do not compile.
pub const MAX_TEMPLATE_EXPRESSIONS: usize = 1_000;
/// `..` in one path: each multiplies the work by the size of the event. More do not compile.
pub const MAX_PATH_DESCENTS: usize = 2;
/// Elements that `States.ArrayRange` makes at most, as in ASL; more are `States.IntrinsicFailure`.
pub const MAX_RANGE_ELEMENTS: usize = 1_000;
