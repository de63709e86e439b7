//! Traces of the embedded host, sent to a collector of OpenTelemetry by OTLP over HTTP, in protobuf.
//!
//! A [`Telemetry`] stands before whoever else watches a service and makes spans of what it hears: a `turn` for each event that
//! somebody wanted, `derived NAME` for what followed from it inside, `action RULE` for each call that ended. A firing is a child
//! of the event that completed it, an action a child of the event that started its run: one trace is the road of one event.
//!
//! What is heard is only put aside where the work is done; spans are made on a thread of their own and sent by another. When
//! either does not keep up, spans are left out and counted: an export never holds the host up.
//!
//! The road not taken: spans of the `tracing` crate around the code. An action begins long after the turn that caused it, in
//! another thread and perhaps in another process; its parent is known by identity and not by where the code is.

mod client;
mod export;
pub mod limits;
mod spans;
mod watch;

pub use export::{Place, Telemetry, TelemetryError};
