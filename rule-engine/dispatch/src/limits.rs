//! Named limits of calls. Going past one has the outcome its comment states.

use std::time::Duration;

/// Bytes of one answer (that of a run's result); a larger one fails the call with `States.DataLimitExceeded`.
pub const MAX_RESULT_BYTES: usize = fanin_rule::limits::MAX_RESULT_BYTES;
/// Bytes of a process's error output that a failure quotes; older ones are left out.
pub const MAX_STDERR_BYTES: usize = 4 * 1024;
/// Bytes of one line of a process's output in our log; a longer line is broken.
pub const MAX_LOG_LINE_BYTES: usize = 4 * 1024;
/// Characters of a refusing answer's body that a failure quotes; the rest is left out.
pub const MAX_QUOTED_CHARS: usize = 1024;

/// Calls running at once; further ones queue.
pub const MAX_RUNNING: usize = 1024;
/// Calls of one `command` function running at once; further ones queue.
pub const MAX_RUNNING_COMMANDS: usize = 16;
/// Instances of one `bootstrap` function, each with one call; further calls queue.
pub const MAX_BOOTSTRAP_INSTANCES: usize = 8;
/// Requests to one `lambda` or `http` target at once; further ones queue.
pub const MAX_RUNNING_REQUESTS: usize = 64;
/// Calls queued; the next one is handed back to the host.
pub const MAX_QUEUED: usize = 100_000;
/// Bytes of the payloads queued; the call that goes past it is handed back to the host.
pub const MAX_QUEUED_BYTES: usize = 256 * 1024 * 1024;

/// A connection that is not there by then fails the call with `Http.ConnectFailed`.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A target of `send` that has not answered by then fails the call with `States.Timeout`.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(60);
/// A bootstrap that has not asked for its first call by then is killed, and its call fails with
/// `Runtime.InitTimeout`. Lambda's own limit.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// Wait before a bootstrap that crashed is started again, doubled at each crash in a row.
pub const RESTART_BACKOFF: Duration = Duration::from_millis(100);
/// Longest such wait.
pub const MAX_RESTART_BACKOFF: Duration = Duration::from_secs(10);
/// How long the answer of a bootstrap that has already exited may take to arrive.
pub const LAST_WORDS: Duration = Duration::from_millis(200);
/// Connections of one bootstrap to its runtime API; further ones wait.
pub const MAX_API_CONNECTIONS: usize = 8;
/// How often one call is handed to a bootstrap that asks again without having answered; then it fails with
/// `Runtime.NoResponse`.
pub const MAX_DELIVERIES: u8 = 2;

/// Lines that wait for the outbox's writer; the next caller waits.
pub const MAX_OUTBOX_WAITING: usize = 1024;
/// Bytes written to the outbox with one sync; the rest goes with the next.
pub const MAX_OUTBOX_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Bytes of the outbox file; past it a send fails with `Fanin.OutboxFull` until the file is moved away.
pub const MAX_OUTBOX_BYTES: u64 = 1024 * 1024 * 1024;
/// Bytes of one line of the outbox when it is read; a longer one counts as damaged.
pub const MAX_OUTBOX_LINE_BYTES: usize = 2 * 1024 * 1024;
/// Entries that reading the outbox gives, the newest; older ones are only counted.
pub const MAX_OUTBOX_ENTRIES: usize = 10_000;
