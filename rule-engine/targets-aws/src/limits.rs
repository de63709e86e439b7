//! Named limits of the targets. Going past one has the outcome its comment states.

/// Bytes of the payload of a function invoked asynchronously, our tag in it; a larger one is invoked synchronously.
pub const MAX_EVENT_PAYLOAD_BYTES: usize = 256 * 1024;
/// Bytes of the payload of a function invoked synchronously; a larger one fails with `States.DataLimitExceeded`.
pub const MAX_WAIT_PAYLOAD_BYTES: usize = 6 * 1024 * 1024;
/// Bytes of a message of a queue or a topic with its attributes; a larger one fails with `States.DataLimitExceeded`.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;
/// Bytes of an event put on a bus, as the bus counts them; a larger one fails with `States.DataLimitExceeded`.
pub const MAX_BUS_EVENT_BYTES: usize = 256 * 1024;
/// Bytes of the input of an execution; a larger one fails with `States.DataLimitExceeded`.
pub const MAX_EXECUTION_INPUT_BYTES: usize = 256 * 1024;
/// Addresses of queues that are remembered; past it all are looked up anew.
pub const MAX_QUEUES_REMEMBERED: usize = 1_000;
