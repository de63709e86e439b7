//! Events, captures, the event-pattern language and its index. Pure: no async, clock, randomness or environment.
//!
//! The ground floor of the house: every other package speaks of these types and this package speaks of none of theirs.

pub mod definition;
pub mod identity;
pub mod limits;
pub mod time;

pub use definition::{CaptureRule, EventDefinition};
pub use identity::Identity;
pub use time::{Span, Timestamp};
