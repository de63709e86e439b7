//! Live receivers: http, folder, schedule, stdin.
//!
//! The central type is the [`Intake`] port: every receiver turns what comes to it into [`Inbound`] events and hands them
//! over, and an event counts as accepted only when the intake's answer is there, for then it is durable. What cannot be
//! decoded is told to the sender, or goes to the dead letters where there is nobody to tell.
//!
//! A full intake answers [`IntakeError::Busy`]: a receiver with a sender passes that on (`503`, `SlowDown`), one without
//! waits ([`patiently`]). Nothing is queued here without bound, and no receiver acknowledges first and delivers later.
//!
//! A receiver runs as a future; dropping it stops it. Only [`serve`] takes a shutdown, to end what has begun.

pub mod clock;
pub mod folder;
pub mod http;
pub mod ingest;
pub mod intake;
pub mod limits;
pub mod schedule;
pub mod serve;
pub mod stdin;

pub use clock::{Clock, SystemClock};
pub use ingest::{Outcome, fresh_id, ingest};
pub use intake::{Busy, Inbound, Intake, IntakeError, Origin, Receipt, patiently};
pub use serve::serve;
