//! The numbers that bound a run.

/// Steps after which a run that has not come to rest is called endless: a run takes a few thousand, one with a hot key some
/// hundred thousand.
pub const MAX_STEPS: u64 = 1_000_000;

/// Older images kept for stale reads.
pub const MAX_IMAGES: usize = 4;

/// Bytes of an item.
pub const MAX_ITEM_BYTES: usize = 380 * 1024;

/// How much later a write that lost its way arrives, in milliseconds.
pub const MAX_LATER: i64 = 2_000;

/// How often a worker of the small protocols loads again before it gives its messages back.
pub const MAX_ATTEMPTS: u32 = 6;

/// Schedules tried for each simplification of a failing run.
pub const MAX_SHRINK_TRIES: u64 = 40;

/// How long a process of the log-first host stays down, in milliseconds.
pub const MAX_DOWN: i64 = 3_000;

/// How long after its moment an outcome may be shown to a target where nothing goes wrong, in milliseconds: one worker may have
/// a queue before it.
pub const MAX_LATE: i64 = 60_000;
