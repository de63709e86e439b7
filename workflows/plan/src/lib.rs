//! The compiled workflow and its wire form: what a host loads. No compiler inside. Pure.
//!
//! A [`Plan`] is a value: everything in it is resolved and checked. [`names::Names`] links it: which members and rules
//! listen to which name.

pub mod names;
pub mod plan;

pub use names::{NameEntry, NameId, NameSource, Names};
pub use plan::{Plan, PlanError, Schedule};
