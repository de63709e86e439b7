//! Makes the calls that runs decide on: the targets without an SDK, and bounded concurrency around them.
//!
//! [`Runners`] knows the functions of one workflow and calls one target; a failure is an [`Outcome`] with the error name that
//! retriers and catchers match, never a Rust error. [`Dispatcher`] queues the calls, runs so many at once and hands
//! each outcome to the host. Retries are not made here: the run decides them.
//!
//! One file a kind: `command` (a process), `lambda` (an Invoke endpoint), `bootstrap` (a real bootstrap on our Runtime
//! API), `http`, `respond` (a stub). What AWS would take goes to the [`Outbox`], a file.
//!
//! [`Outcome`]: fanin_rule::Outcome

mod client;
pub mod dispatcher;
pub mod errors;
pub mod limits;
pub mod outbox;
mod output;
mod process;
pub mod runners;

pub use dispatcher::{Dispatcher, Full, Limits, Settled};
pub use outbox::{Outbox, OutboxContents, OutboxEntry, OutboxTarget, read_outbox};
pub use runners::{HttpTarget, RunnerOptions, Runners, client_context, function_answer};
