//! Named limits of events. Going past one has the outcome its comment states.

/// Bytes of one event's envelope text; a larger one is rejected (EventBridge's own limit, 256 KB).
pub const MAX_EVENT_BYTES: usize = 256 * 1024;
/// Derived events in one chain; the next one goes to the dead letters with its chain.
pub const MAX_HOPS: u8 = 32;
