//! Named limits of the store. Going past one has the outcome its comment states.

/// Keys of one read of many; more are read by several requests. The service takes no more.
pub const KEYS_A_BATCH: usize = 100;

/// Removals of one request; more are several requests. The service takes no more.
pub const REMOVALS_A_BATCH: usize = 25;

/// Writes, batches or queries of one call on the way at once, and chunks of one write; further ones wait.
pub const MAX_CONCURRENT: usize = 16;

/// Attempts of a request that is throttled, pauses between them; then `Throttled`.
pub const MAX_ATTEMPTS_BUSY: u32 = 6;

/// Attempts of a request of which it is not known whether it happened; then `Unknown`.
pub const MAX_ATTEMPTS_UNSURE: u32 = 3;

/// Attempts to reach the service at all; then `Unusable`.
pub const MAX_ATTEMPTS_UNREACHABLE: u32 = 3;

/// The longest first pause between attempts, in milliseconds; each further one may be twice as long.
pub const FIRST_PAUSE_MS: u64 = 25;

/// The longest pause between attempts, in milliseconds.
pub const LONGEST_PAUSE_MS: u64 = 400;

/// How long an attempt may take, in milliseconds, where the client has no limit of its own; then its outcome is unknown.
pub const ATTEMPT_TIMEOUT_MS: u64 = 3_000;

/// Rounds of a read of many until everything was given; what is then still missing is `Throttled`.
pub const MAX_BATCH_ROUNDS: u32 = 8;

/// Rounds in which a cell and its chunks are read until they fit together; then `Unreadable`.
pub const MAX_LOAD_ROUNDS: u32 = 4;

/// Names drawn for one chunk until one is free; then `Unknown`.
pub const MAX_CHUNK_NAMES: u32 = 4;

/// Pages of one query; then what was found counts as the page of a shelf, and as `Unreadable` for chunks.
pub const MAX_QUERY_PAGES: u32 = 500;

/// Items one page of a scan looks at.
pub const SCAN_ITEMS: i32 = 500;

/// Polls until a table that was created is there, in [`create`](crate::table::create).
pub const MAX_TABLE_POLLS: u32 = 100;
