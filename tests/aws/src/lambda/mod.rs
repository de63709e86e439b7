//! Lambda: the Runtime API host, functions as pools of processes, and how cargo builds them.

mod build;
mod function;
mod runtime_api;

pub use build::{Bootstraps, bootstraps};
pub use function::{Function, FunctionSpec, Lived};
pub use runtime_api::{Failed, Instance};
