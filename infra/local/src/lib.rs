//! The embedded host: log, engine, receivers and function runners in one process.
//!
//! [`Host`] is the log-first host of the design: an engine thread takes commands from a bounded inbox, moves the pure
//! [`Engine`](fanin_runtime::Engine) and gathers records into frames; a writer thread makes every waiting frame durable with
//! one sync and only then lets acknowledgements and calls out; a snapshot thread writes what the engine sweeps between turns.
//! A restart loads the newest snapshot, replays the log after it, wakes whoever was due meanwhile, and makes the calls
//! that were not settled again, with the same ids.

pub mod api;
mod apply;
mod checkpoint;
mod claims;
mod clock;
mod error;
mod handle;
mod host;
mod inbox;
mod intake;
pub mod limits;
mod observer;
mod recent;
mod service;
mod shared;
mod writer;

pub use clock::Clock;
pub use error::HostError;
pub use handle::{Handle, Refusal};
pub use host::{Host, HostOptions, Opened};
pub use inbox::{Arrival, Reply};
pub use observer::{Observer, Refused, Spent, Taken};
pub use recent::{Called, Happened, Recent};
pub use service::{Service, ServiceOptions};
pub use shared::{Nobody, Outlet};
