//! Named limits of the dashboard. Each says what happens past it.

use std::time::Duration;

/// Events kept in the stream. Past it the oldest leave; the log has them all.
pub const MAX_EVENTS: u64 = 10_000;
/// Bytes of their texts. Past it the oldest leave, but for the newest batch.
pub const MAX_EVENT_BYTES: usize = 32 * 1024 * 1024;
/// Calls that ended kept. Past it the oldest leave.
pub const MAX_CALLS: usize = 10_000;
/// Bytes of their inputs and results. Past it the oldest leave.
pub const MAX_CALL_BYTES: usize = 32 * 1024 * 1024;
/// Runs whose event is remembered. Past it those go whose calls are not kept; what is in progress the engine knows.
pub const MAX_ORIGINS: usize = 2 * MAX_CALLS;
/// Between two looks for the events of runs that have begun, while nobody asks.
pub const ORIGINS_PAUSE: Duration = Duration::from_millis(20);
/// Pages of one list that are watched live at one time. Past it a viewer is refused with 503.
pub const MAX_VIEWERS: usize = 32;
/// How often a viewer hears something at most.
pub const TICK: Duration = Duration::from_millis(100);
/// A silent stream says so often that it is alive.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// New rows of the stream told at once to a viewer who has not been told any for a while. Past it the older ones are counted
/// as left out.
pub const MAX_ROWS_AT_ONCE: usize = 100;
/// New rows of the stream told in one tick while they keep coming: more than anybody reads. Past it likewise.
pub const ROWS_A_TICK: usize = 10;
/// New rows looked at for one tick of a viewer who filters. Past it the older ones are neither told nor counted.
pub const MAX_FILTERED_A_TICK: usize = 2_000;
/// Rows told to a viewer who comes back. Past it the older ones are counted as left out.
pub const MAX_ROWS_RESUMED: usize = 1_000;
/// Ticks that wait for a slow viewer. Past it that viewer gets fewer.
pub const MAX_TICKS_WAITING: usize = 4;
/// Rows of one answer.
pub const MAX_LISTED: usize = 500;
/// Rows of one answer unless it is asked for another number.
pub const LISTED: usize = 100;
/// How far into a sorted list one can look. Past it the offset is taken as this.
pub const MAX_OFFSET: usize = 10_000;
/// Instances that one question for keys looks at. Past it the answer says that it is partial.
pub const MAX_KEYS: usize = 10_000;
/// Stretches of the table that one question for keys looks at, between turns. Past it likewise.
pub const MAX_LOOKS: usize = 16;
/// How long an answer about keys is given again without a look.
pub const KEYS_FRESH: Duration = Duration::from_secs(1);
/// Bytes of a text shown of what is no JSON, and of an input or result of a call. Past it the beginning is shown.
pub const MAX_SHOWN_BYTES: usize = 64 * 1024;
/// Calls shown of one run. Past it the oldest are left out.
pub const MAX_CALLS_SHOWN: usize = 500;
/// Events of a test that is copied. Past it the earliest are left out, and the answer says so.
pub const MAX_COPIED: usize = 100;
/// Bytes of an uploaded file. Past it the upload is refused with 413.
pub const MAX_UPLOAD_BYTES: u64 = 256 * 1024 * 1024;
/// Time for the next piece of an upload. Past it the upload is given up.
pub const UPLOAD_PAUSE: Duration = Duration::from_secs(30);
/// Bytes of any other request's body. Past it the request is refused with 413.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;
