//! The past of a store, read-only: what happened, why, and what would have happened under another workflow.
//!
//! [`History`] reads the directory of an embedded host, in use or not, without a lock and without writing. The state at a
//! moment is a snapshot before it and the records of the log up to it, taken through the same engine that a host runs;
//! with [`Engine::gather_steps`](fanin_runtime::Engine::gather_steps) that engine also says what it did. So nothing here has
//! to be written on the way of an event: the log is the truth, and the rest is asked of it later.
//!
//! The road not taken: an index of what became of each event, kept by the host. It would cost every event something, and
//! somebody asks about one in a million.

pub mod backtest;
pub mod chronicle;
mod error;
mod history;
mod ids;
pub mod limits;
mod moment;
pub mod present;
pub mod replay;
pub mod story;

pub use error::HistoryError;
pub use history::{History, KnownFrom, Past, Turned, Visit, Window};
pub use ids::{Fit, IdAsked};
pub use moment::Moment;
