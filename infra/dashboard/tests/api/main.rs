//! The dashboard over a socket, in front of a real host: every route, its limits and its refusals.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod copying;
mod live;
mod origins;
mod pages;
mod refusals;
mod sending;
mod world;
