//! Named limits of the turn of runs. Each says what happens past it.

use fanin_event::Span;

/// Runs of one batch in work at once; further ones wait their turn.
pub const MAX_RUNS_AT_ONCE: usize = 10;
/// Calls of one run on their way at once, whatever `max_concurrency` says; further ones wait their turn.
pub const MAX_CALLS_AT_ONCE: usize = 64;
/// Bodies of one batch fetched from the claims at once; further ones wait their turn.
pub const MAX_CLAIMS_AT_ONCE: usize = 10;
/// Commits of one run that somebody else's change undoes, in one batch; then its messages go back to the queue.
pub const MAX_CONFLICTS: u32 = 8;
/// Claims inside claims: the second is a dead letter.
pub const MAX_CLAIM_DEPTH: u32 = 1;
/// A lease lasts at least so long: nobody else makes the calls in it meanwhile. A worker that has more time than this
/// takes a longer one.
pub const LEASE: Span = Span::seconds(60);
/// How long after a delivery a queue may deliver a message again.
pub const REDELIVERED_AFTER: Span = Span::seconds(6 * 60);
/// Deliveries that lengthen a lease; further ones do not.
pub const MAX_DELIVERIES_COUNTED: u32 = 100;
/// What is kept of a worker's time to commit what the calls said. With less than that nothing is begun any more.
pub const COMMIT_RESERVE: Span = Span::seconds(3);
/// With less time than this, or than the target's own limit where that is shorter, a call is not begun.
pub const MIN_CALL_TIME: Span = Span::seconds(5);
/// A target of `send` that has not answered by then has failed with `States.Timeout`.
pub const SEND_TIMEOUT: Span = Span::seconds(60);
/// How long a finished run is remembered, and an open one beyond its next moment: longer than any queue keeps a message
/// and than an instance keeps what it may publish once more. A cause that comes again after that calls again.
pub const RUN_MEMORY: Span = Span::days(90);
/// Bytes of a run that stand in its cell; a larger one goes to the claims, and the cell names it. Past a few KiB an object
/// costs less than the item's write units.
pub const MAX_RUN_IN_CELL_BYTES: usize = 32 * 1024;
/// Bytes of a failing function's answer that are quoted; the rest is left out.
pub const MAX_QUOTED_BYTES: usize = 1024;
