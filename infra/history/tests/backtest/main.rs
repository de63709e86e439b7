//! Backtests of recorded stores: what is the same, what differs, and where it comes from.
#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
mod asking;
mod differences;
mod events;
mod random;
mod recorder;
mod stretches;
