//! Each construct of the language, from the tree into a draft with places. What needs the whole file is not checked here.

pub(crate) mod condition;
mod errors;
pub(crate) mod event;
pub(crate) mod function;
mod map;
pub(crate) mod path;
mod pattern;
pub(crate) mod payload;
pub(crate) mod rule;
mod send;
mod window;
pub(crate) mod workflow;
