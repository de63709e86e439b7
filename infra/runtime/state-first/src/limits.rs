//! Named limits of the state-first turn. Each says what happens past it.

use fanin_event::Span;

/// Cells worked on at once. The rest of a batch follows when they are done.
pub const MAX_CELLS_AT_ONCE: usize = 100;
/// Times a batch loads and decides a cell again because somebody else changed it. Past it the messages go back to the queue.
pub const MAX_ROUNDS: usize = 6;
/// What must be left of an invocation to begin with more cells. With less, the rest of the messages goes back to the queue.
pub const STOP_BEFORE: Span = Span::seconds(3);
/// Bytes of an outbox inside its cell. A larger one is put aside and the cell has the reference.
pub const MAX_OUTBOX_BYTES: usize = 16 * 1024;
/// Bytes of an outbox's entries, or of a run, from which on they are deflated: shorter ones cost one write as they are.
pub const DEFLATE_FROM: usize = 512;
/// Bytes that are deflated, and that are inflated; longer ones stay as they are and are put aside.
pub const MAX_INFLATED: usize = 4 * 1024 * 1024;
/// How far ahead a wake-up is sent as a delayed message; a later one becomes a row for the sweeper.
pub const MAX_DELAY: Span = Span::seconds(14 * 60);
/// How far ahead of the clock the sweeper sends.
pub const SWEEP_AHEAD: Span = Span::seconds(2 * 60);
/// Parts of one minute of timers: so many partitions share the load of a popular moment.
pub const TIMER_PARTS: u16 = 16;
/// Rows of timers read at once.
pub const TIMERS_A_PAGE: usize = 100;
/// Minutes one sweep looks through; the next sweep goes on.
pub const MAX_MINUTES_A_SWEEP: i64 = 24 * 60;
/// Times a compare-and-set on a shelf is tried. Past it the caller is told that somebody else is at it.
pub const MAX_SHELF_ATTEMPTS: usize = 8;
/// How long a store keeps what nobody needs any more: longer than a queue keeps a message.
pub const KEPT_AFTER: Span = Span::days(15);
/// How long dead letters are kept. Older ones are garbage to the store.
pub const DEAD_KEPT: Span = Span::days(90);
/// Bytes of a dead letter in its row. The content of a larger one is put aside and the row has the reference.
pub const MAX_DEAD_ROW_BYTES: usize = 200 * 1024;
/// Dead letters listed at once; the caller goes on after the last one.
pub const MAX_DEAD_LISTED: usize = 1_000;
/// Bytes of a plan in its row. A larger one is put aside and the row has the reference.
pub const MAX_PLAN_ROW_BYTES: usize = 300 * 1024;
/// How old the knowledge of which plan is current may be, in message time.
pub const PLAN_FRESH: Span = Span::seconds(5);
/// Plans kept in memory. Past it the one loaded longest ago is loaded again when it is needed.
pub const MAX_PLANS_IN_MEMORY: usize = 32;
/// How long an older plan stays in use after its last instance must be over, for messages that are on their way.
pub const PLAN_SLACK: Span = Span::days(1);
/// Claims put or got at once.
pub const MAX_CLAIMS_AT_ONCE: usize = 16;
/// Rows put at once.
pub const MAX_ROWS_AT_ONCE: usize = 16;
/// Claims inside claims. A deeper one goes to the dead letters.
pub const MAX_CLAIM_DEPTH: usize = 2;
/// Passes over the pages of a hot key in one batch: one for each page on the way down and one for each time somebody
/// else was faster. Past it the messages go back to the queue.
pub const MAX_PAGE_ROUNDS: usize = 64;
/// Hot keys whose pages are worked on at once.
pub const MAX_HOT_AT_ONCE: usize = 8;
/// Times an operation on a cell is tried while others change it. Past it the person is asked to try again.
pub const MAX_OPERATION_ATTEMPTS: usize = 8;
/// Lines about what happened that one batch gives; what is more is counted.
pub const MAX_TOLD_A_BATCH: usize = 1_000;
/// Events of one batch of which is looked for why they are no named event; further ones are counted.
pub const MAX_MISSES_A_BATCH: usize = 20;
/// Characters of a text in such a line that is not ours; a longer one is cut.
pub const MAX_TOLD_TEXT: usize = 200;
/// How long after an operation its cell is looked at again, should the one who asked have died in the middle.
pub const LOOK_AGAIN: Span = Span::seconds(30);
