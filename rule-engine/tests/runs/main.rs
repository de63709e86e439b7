//! Runs, driven from outside step by step.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod codec;
mod map;
mod single;
mod support;
