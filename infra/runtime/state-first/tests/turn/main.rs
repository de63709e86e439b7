//! The turn of conditions over the model store, with faults of every kind at every step.
#![expect(clippy::unwrap_used, reason = "tests")]

mod conditions;
mod costs;
mod dead;
mod happenings;
mod plans;
mod support;
mod timers;
