//! Named limits of the embedded host. Each says what happens past it.

use std::time::Duration;

/// Events waiting for the engine. Past it a submission is told to come again (HTTP 503, S3 `SlowDown`).
pub const MAX_QUEUED_EVENTS: usize = 65_536;
/// Bytes of events waiting for the engine. Past it likewise.
pub const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;
/// When to come again.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Events of one frame of the log; more wait for the next frame.
pub const MAX_FRAME_EVENTS: usize = 4_096;
/// Bytes of one frame of the log after which it is closed; a single record may be larger.
pub const FRAME_BYTES: usize = 1024 * 1024;
/// Frames between the engine and the writer. Past it the engine waits for the disk.
pub const MAX_FRAMES_IN_FLIGHT: usize = 16;
/// Calls waiting or running. Past it new submissions are told to come again; what is in flight goes on.
pub const MAX_OPEN_CALLS: usize = 100_000;
/// Places swept by a running snapshot between two turns.
pub const SWEEP_PLACES: usize = 2_048;
/// Bytes of log after which the next snapshot begins.
pub const SNAPSHOT_EVERY_BYTES: u64 = 256 * 1024 * 1024;
/// Snapshot blocks on their way to the file. Past it the sweep pauses, not the engine.
pub const MAX_BLOCKS_IN_FLIGHT: usize = 64;
/// The engine looks at the clock at least this often, so that a changed wall clock cannot make it sleep through a timer.
pub const LONGEST_NAP: Duration = Duration::from_secs(1);
/// Bytes of one block of a snapshot; a longer stretch is cut into several.
pub const SNAPSHOT_BLOCK_BYTES: usize = 4 * 1024 * 1024;
/// Derived events and calls kept in memory for status pages; the oldest leaves.
pub const MAX_RECENT: usize = 10_000;
/// Entries of one answer of the dev API; the next page is asked for by number.
pub const MAX_LISTED: usize = 1_000;
/// Stretches of the table that one request for instances looks at, between turns. Past it the page ends early, with where to
/// go on.
pub const MAX_LOOKS_A_PAGE: usize = 64;
/// Near misses of one answer. Past it the farther ones are left out.
pub const MAX_NEAR_MISSES: usize = 100;
/// Dead letters that one request tries again. Past it the answer says where to go on.
pub const MAX_REDRIVEN: usize = 1_000;
/// Bytes of a request's body. Past it the request is refused.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// Questions about the past that wait for the one before. Past it a question is refused with 503.
pub const MAX_LOOKS_WAITING: usize = 16;
/// What a follower of the log needs is kept so long after the last question.
pub const FOLLOWER_IDLE: std::time::Duration = std::time::Duration::from_secs(60);
