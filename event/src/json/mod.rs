//! Reading JSON: a strict scanner over the text of an event, driven by the paths in use, and a small tree for the rest.

pub(crate) mod blocks;
pub(crate) mod cursor;
mod error;
pub(crate) mod fields;
mod figures;
mod grammar;
mod habit;
pub(crate) mod hash;
mod heading;
pub(crate) mod lanes;
mod members;
pub(crate) mod reader;
mod rest;
pub(crate) mod scan;
mod sure;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
pub(crate) mod trie;
mod trusting;
pub(crate) mod unescape;

pub use error::{JsonError, JsonErrorKind};
