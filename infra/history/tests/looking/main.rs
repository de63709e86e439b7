//! Looking back at stores that were written with known moments.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod chronicle;
mod core;
mod golden;
mod million;
mod story;
mod workflows;
mod world;
