//! Rules and the runs they start: payload templates, retry and catch as Amazon States Language has them. Pure.
//!
//! A [`Rule`] maps an event to a call of a target; a run is one such mapping in progress, with one action per call.

pub mod action;
pub mod function;
pub mod rule;

pub use action::{Action, ActionId, Cause, Outcome};
pub use function::{Function, FunctionKind};
pub use rule::{Catcher, Jitter, MapSpec, Retrier, Rule, SendTarget, Target};
