//! The targets against a double that speaks the services' wire: what is asked, and what each answer comes to.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod double;
mod functions;
mod messages;
mod others;
