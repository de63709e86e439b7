//! The receivers, each over what it really receives from.
#![expect(clippy::unwrap_used, reason = "a test says what it expects by failing")]

mod folder;
mod http;
mod schedule;
mod stdin;
mod support;
