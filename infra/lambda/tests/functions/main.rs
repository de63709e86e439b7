//! The functions: what the platform hands them, what they send, and a whole process on a Runtime API.

mod bootstrap;
mod caller;
mod claims;
mod config;
mod double;
mod event;
mod queue;
mod trouble;
