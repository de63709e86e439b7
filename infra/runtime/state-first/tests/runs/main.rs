//! The turn of runs, step by step: what is written, called and sent, and what a crash at each step leads to.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod answers;
mod crashes;
mod lines;
mod listing;
mod maps;
mod retries;
mod starts;
#[expect(dead_code, reason = "the turn of conditions uses the rest")]
#[path = "../turn/support.rs"]
mod support;
mod world;
