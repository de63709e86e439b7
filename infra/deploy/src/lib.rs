//! Puts a workflow on AWS: the template, the steps, what it costs, and a look at a running stack.
//!
//! The central type is the [`Project`]: a compiled workflow, the [`Names`] of everything its stack has, and the
//! [`Settings`] a person may choose. [`template::template`] makes of it the CloudFormation template: what holds the state,
//! the three functions, and the wiring that brings events to them. The roles in it allow what the workflow names and
//! nothing else.
//!
//! The template comes in three [`template::Part`]s, which `fanin deploy` keeps in three stacks, because they live
//! differently: the state must survive everything, functions are replaced by every deployment, and the wiring must not
//! stand before the code it leads to. `fanin template` prints the whole as one.

pub mod aws;
pub mod bucket;
pub mod bus;
pub mod cost;
pub mod destroy;
pub mod limits;
pub mod names;
mod region;
pub mod settings;
pub mod stack;
pub mod steps;
pub mod template;
pub mod yaml;

pub use fanin_state_first::{AlmostNamed, Happening, Occurrence, Telling};
pub use names::{BadName, FunctionName, Names};
pub use settings::{Arch, BusChoice, Project, Settings};
