//! The endpoint, driven by a real client over a real socket.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod copies;
mod deletes;
mod intakes;
mod lists;
mod multipart;
mod objects;
mod refusals;
mod support;
