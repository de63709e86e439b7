//! The functions: what the platform hands them, what they send, and a whole process on a Runtime API.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod bootstrap;
mod caller;
mod claims;
mod config;
mod double;
mod event;
mod queue;
mod trouble;
