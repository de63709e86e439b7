//! Named limits of the receivers. Going past one has the outcome its comment states.

use std::time::Duration;

/// Open connections of one listener; further ones wait in the system's backlog until one closes.
pub const MAX_CONNECTIONS: usize = 1_024;
/// Time for a client to send a request's head (a kept-open connection that says nothing included); then it is closed.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// Time for a client to send a request's body; then 408.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Headers of one request; more are answered with 431.
pub const MAX_HEADERS: usize = 100;
/// Bytes of a request's head; more are answered with 431.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Bytes of one request's body; more are answered with 413.
pub const MAX_BODY_BYTES: usize = fanin_triggers::limits::MAX_REQUEST_BYTES;
/// Bytes of all bodies being read at one time; a request that does not fit is answered with 503.
pub const MAX_BODY_BYTES_IN_FLIGHT: usize = 16 * MAX_BODY_BYTES;
/// Time for requests in progress to end after a shutdown; then they are cut off.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of an `Idempotency-Key`; a longer one is answered with 400.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 256;
/// Bytes of one line of standard input; a longer one is rejected and skipped.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;
/// Events handed over at once by a receiver that gathers them; then it hands over what it has.
pub const BATCH_EVENTS: usize = 256;
/// The shortest and longest wait before a busy intake is asked again.
pub const BUSY_WAIT: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(5));
/// How long a file's size and time must stay the same to be complete, where nobody says that it was closed.
pub const FILE_STABLE: Duration = Duration::from_millis(300);
/// Files that are waiting to become complete; past it the folder is scanned again instead.
pub const MAX_PENDING_FILES: usize = 10_000;
/// Notices from the file system that are not read yet; past it the folder is scanned again instead.
pub const MAX_PENDING_NOTICES: usize = 4_096;
/// Folders inside each other; deeper ones are not looked into, with a warning.
pub const MAX_FOLDER_DEPTH: usize = 64;
/// Bytes of a key, as S3 has it; a file whose path is longer is rejected.
pub const MAX_KEY_BYTES: usize = 1_024;
/// The longest sleep between two looks at the clock: a clock that was set, or a machine that slept, is noticed by then.
pub const MAX_SLEEP: Duration = Duration::from_secs(30);
