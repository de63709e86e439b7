//! Named limits of the functions. Going past one has the outcome its comment states.

use std::time::Duration;

/// Entries of one `SendMessageBatch`; further messages go with the next request. The queue service's own limit.
pub const MAX_BATCH_ENTRIES: usize = 10;
/// Bytes of the bodies of one `SendMessageBatch`; further messages go with the next request.
pub const MAX_BATCH_BYTES: usize = 256 * 1024;
/// Bytes of one message; a larger one is put into the claims bucket, and its key is sent. Every queue takes this much,
/// whatever its `MaximumMessageSize` was set to when it was made.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Seconds a message may be delayed; a longer delay is cut to it, whoever is woken early looks and waits again. The
/// queue service's own limit.
pub const MAX_DELAY_SECONDS: u64 = 15 * 60;
/// `SendMessageBatch` requests at once; further ones wait.
pub const MAX_SENDS_AT_ONCE: usize = 8;
/// How often the entries that a batch answer refused for a passing reason are sent, the first time included; then they
/// fail, and what depends on them goes back to its queue.
pub const MAX_SEND_ROUNDS: u32 = 4;
/// Wait before the second round, doubled for each further one.
pub const SEND_BACKOFF: Duration = Duration::from_millis(50);
/// Bytes of one claim that is read back; a larger one cannot be used: the message goes back and to its dead letters.
pub const MAX_CLAIM_BYTES: u64 = 16 * 1024 * 1024;

/// A connection that is not there by then is tried again.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// One attempt of a request to a table, a queue or a bucket; it is tried again.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// All attempts of such a request together; then its outcome counts as unknown.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(14);
/// Attempts of such a request.
pub const MAX_ATTEMPTS: u32 = 3;
/// Wait before the second attempt, at most, doubled for each further one.
pub const RETRY_BACKOFF: Duration = Duration::from_millis(50);
/// Longest wait between two attempts.
pub const MAX_RETRY_BACKOFF: Duration = Duration::from_secs(2);
/// How long a call of a function may take: the longest that the platform lets one work, and a little.
pub const INVOKE_TIMEOUT: Duration = Duration::from_secs(15 * 60 + 30);
/// Idle connections kept to one host; further ones are closed.
pub const MAX_IDLE_CONNECTIONS: usize = 64;
/// A connection that was idle for so long is closed, before the services do it from their side.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// Kept back from an invocation's time for the answer: work ends so much before the platform would end it.
pub const ANSWER_RESERVE: Duration = Duration::from_millis(1_000);
/// Time an invocation has when the platform does not say.
pub const DEFAULT_TIME: Duration = Duration::from_secs(30);

/// Records of one batch; a longer one is an error, and comes back. The event source mapping's own limit.
pub const MAX_RECORDS: usize = 10_000;
/// Names in `FANIN_ASYNC`, and entries of `FANIN_FUNCTIONS`; more are a configuration error.
pub const MAX_FUNCTIONS: usize = 1_000;
/// Bytes of one log line; the rest is cut off. The log service takes 256 KB.
pub const MAX_LOG_LINE_BYTES: usize = 64 * 1024;
