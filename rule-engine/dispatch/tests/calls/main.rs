//! Calls of every kind, made for real: processes, sockets, a bootstrap of the Lambda runtime.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod bootstrap;
mod command;
mod dispatcher;
mod requests;
mod send;
mod support;
