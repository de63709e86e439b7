//! Named limits of the double: those of AWS that it keeps, and its own.

use std::time::Duration;

use fanin_event::Span;

/// Messages a function gets at once.
pub const BATCH: usize = 10;
/// Entries of one `SendMessageBatch`; more are refused, as AWS does.
pub const MAX_BATCH_ENTRIES: usize = 10;
/// Bytes of a message, and of all messages of one `SendMessageBatch`; more are refused.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// The longest delay of a message; a longer one is refused.
pub const MAX_DELAY_SECONDS: u64 = 900;
/// How long a received message is not given to anybody else: six times the functions' timeout, as the stack has it.
pub const VISIBILITY: Span = Span(180_000);
/// Receives after which a message goes to the dead-letter queue.
pub const MAX_RECEIVES: u32 = 5;
/// Messages among which a receive chooses; later ones wait until these are fewer.
pub const WINDOW: usize = 2_000;
/// How long an invocation may take before its process is killed, in real time.
pub const INVOCATION_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a process has from its start to its first question for work, in real time.
pub const INIT_TIMEOUT: Duration = Duration::from_secs(20);
/// Attempts of an asynchronous invocation that fails; then its failure destination gets the record.
pub const MAX_ASYNC_ATTEMPTS: u32 = 3;
/// Between the attempts of an asynchronous invocation: a minute, then two.
pub const ASYNC_BACKOFF: Span = Span(60_000);
/// Steps until everything visible is handled; past it the play does not end.
pub const MAX_DRAIN: usize = 200_000;
/// Bytes of a request's body that the double reads; more are refused.
pub const MAX_BODY_BYTES: usize = 20 * 1024 * 1024;
