//! The simulation of the whole engine, on every store: one seed fixes everything.
//!
//! [`World`] is the store, the queues, time, and all that goes wrong between a worker and them: crashes at every step,
//! throttling, replies that are lost, writes that arrive much later or twice, stale reads, messages delivered twice, late, in
//! any order, to several at once, and clocks that differ. [`drive()`](drive::drive) runs a [`Host`](drive::Host) in it until nothing
//! is left to do. What came out is compared with a model that is written in the slowest obvious way.
//!
//! The AWS host's turns run on a model of the store's port, and on the real store, whose every request is answered by a model
//! of the service (`table`).
//!
//! [`log`] does the same for the log-first host: one process at a time on a log, which dies, and whose disk loses what was not
//! synced. Both are held to the same model.
//!
//! A failing seed prints, replays, and is made smaller ([`shrink`]) until a person can read what happened.

pub mod campaign;
pub mod chance;
pub mod db;
pub mod drive;
pub mod exec;
pub mod limits;
pub mod log;
pub mod queue;
pub mod real;
pub mod settings;
pub mod shrink;
pub mod small;
pub mod verdict;
pub mod world;

mod happen;
mod kept;
mod store;
mod table;
mod trace;

pub use settings::Settings;
pub use verdict::Verdict;
pub use world::World;
