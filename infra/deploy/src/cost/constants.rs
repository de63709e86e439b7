//! The constants of the cost model: what they are and what they come from.

/// The region of the prices.
pub const REGION: &str = "us-east-1";
/// When the prices were looked up.
pub const AS_OF: &str = "2026-11";

/// Dollars for a million write units of a table on demand (price list of DynamoDB).
pub const WRITE_UNIT: f64 = 0.625;
/// Dollars for a million read units of a table on demand (price list of DynamoDB).
pub const READ_UNIT: f64 = 0.125;
/// Dollars for a million requests of a standard queue, after the free million (price list of SQS).
pub const QUEUE_REQUEST: f64 = 0.40;
/// Dollars for a million custom events, or events of S3, on a bus (price list of EventBridge).
pub const BUS_EVENT: f64 = 1.00;
/// Dollars for a million invocations (price list of Lambda).
pub const INVOCATION: f64 = 0.20;
/// Dollars for a million GB-seconds on arm64 (price list of Lambda).
pub const GB_SECOND: f64 = 13.3334;

/// GB of memory of a function, as the template has it.
pub const FUNCTION_GB: f64 = 0.25;
/// Milliseconds a batch takes beside its events: a load, a commit, a publication. An estimate, not measured on AWS.
pub const BATCH_MS: f64 = 25.0;
/// Milliseconds of each event in a batch. An estimate, not measured on AWS.
pub const EVENT_MS: f64 = 0.1;
/// Messages that a request of a queue takes or gives at most.
pub const QUEUE_BATCH: f64 = 10.0;

/// Bytes of an item's head beside its bulk and its outbox: keys, names of attributes, version, and an instance that is
/// empty (the layout of the store; an instance in parts has about 90 bytes).
pub const HEAD_BYTES: usize = 220;
/// Bytes of a chunk's item beside its content (the layout of the store).
pub const CHUNK_BYTES: usize = 110;
/// Bytes a chunk's name takes in the list of its head.
pub const CHUNK_NAME_BYTES: usize = fanin_condition::limits::CHUNK_NAME_BYTES;
/// Bytes of growing parts that stay in the head before they are sealed as a chunk.
pub const SEAL_BYTES: usize = fanin_condition::limits::SEAL_BYTES;
/// Bytes of a seen id: a print of 16 bytes and a time as a difference.
pub const SEEN_BYTES: usize = 19;
/// Bytes of a distinct value: the same.
pub const DISTINCT_BYTES: usize = 19;
/// Bytes of a member that is kept with its captures: id, time, values.
pub const CAPTURED_BYTES: usize = 70;
/// What deflating leaves of the first of several similar texts, in percent: 56 to 74 of envelopes of 240 to 900 bytes. Fitted,
/// with the next, to what joins cost at the wire in `tests/aws`.
pub const PACKED_FIRST: usize = 60;
/// What it leaves of each further one, in percent: 14 where little but ids differs, as in those joins; up to 38 of large
/// envelopes full of values of their own, which this makes too cheap.
pub const PACKED_NEXT: usize = 15;
/// Bytes of an outbox from which on it is deflated.
pub const PACKED_FROM: usize = fanin_state_first::limits::DEFLATE_FROM;
/// Bytes of a named member's place in the state.
pub const SLOT_BYTES: usize = 12;
/// Bytes of a request for a timer in an outbox.
pub const TIMER_REQUEST_BYTES: usize = 40;
/// Bytes of a firing in an outbox, beside its members.
pub const FIRING_BYTES: usize = 420;
/// Bytes of an outbox inside its cell; a larger one is put aside.
pub const OUTBOX_BYTES: usize = fanin_state_first::limits::MAX_OUTBOX_BYTES;
/// Bytes of a firing's members inside its event; more are put aside.
pub const INLINE_BYTES: usize = fanin_condition::limits::MAX_INLINE_BYTES;
/// Milliseconds a wake-up may be away as a delayed message; a later one is a row of its own.
pub const DELAY_MS: u64 = fanin_state_first::limits::MAX_DELAY.0;
/// Events of one life from which a count has pages: one that needs fewer never has.
pub const UNPAGED: u64 = fanin_condition::limits::MAX_UNPAGED_REACH;
/// Own times of the first events that are noted, to learn at which rate they happen.
pub const PAGE_SAMPLES: usize = fanin_condition::limits::PAGE_SAMPLES;
/// Events of a hot key that are played; the second half of them stands for all that follow.
pub const PLAYED: u64 = 60_000;
/// As many batches of it, where that is less: each takes as long, however small it is.
pub const PLAYED_BATCHES: u64 = 600;
/// At least so many events all the same.
pub const PLAYED_LEAST: u64 = 3_000;
/// Bytes of a page's item beside its head, its chunks' names and its report: keys, names of attributes, version.
pub const ITEM_BYTES: usize = 130;
/// Bytes of a page's report in the outbox, and in its parent.
pub const REPORT_BYTES: usize = 60;
