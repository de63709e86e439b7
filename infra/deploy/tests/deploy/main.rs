//! The tests of the package, one binary: the services' libraries are large to link.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod cost;
mod emulator;
mod lint;
mod permissions;
mod support;
mod templates;
