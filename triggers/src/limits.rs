//! Named limits of decoding. Going past one has the outcome its comment states.

/// Bytes of one event's envelope text; a larger event is rejected (`too-large`).
pub const MAX_EVENT_BYTES: usize = fanin_event::limits::MAX_EVENT_BYTES;
/// Events in one request; a request with more is rejected whole (`too-many-events`).
pub const MAX_EVENTS_PER_REQUEST: usize = 1_000;
/// Entries in one `PutEvents` request, as AWS has it; a request with more is rejected whole (`too-many-events`).
pub const MAX_PUT_EVENTS_ENTRIES: usize = 10;
/// Bytes of a request's body: what 1,000 full events take would be 256 MB, so the body has its own bound; a larger
/// one is rejected whole (`too-large`).
pub const MAX_REQUEST_BYTES: usize = 16 * 1024 * 1024;
/// Carriers inside carriers (a notification in a topic's message in a queue's message); deeper is rejected (`too-deep`).
pub const MAX_NESTING: u8 = 3;
/// Objects and arrays inside each other in one event; deeper is rejected (`too-deep`). Below serde_json's own 128.
pub const MAX_DEPTH: usize = 100;
/// Bytes of an event's id; a longer one is rejected (`bad-field`).
pub const MAX_ID_BYTES: usize = 1_024;
/// Bytes of the refused payload that a rejection keeps; the rest is cut off.
pub const MAX_REJECTED_PAYLOAD_BYTES: usize = 256 * 1024;
/// The last year a schedule can name, as EventBridge has it; past it a schedule is never due again.
pub const LAST_SCHEDULE_YEAR: i16 = 2199;
/// Bytes of a schedule expression; a longer one is refused.
pub const MAX_SCHEDULE_BYTES: usize = 256;
