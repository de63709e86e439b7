//! The condition engine from outside: every kind in business words, boundaries on both sides, properties.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on should stop")]

mod absent;
mod collect;
mod count;
mod explain;
mod fixtures;
mod lifetime;
mod limits;
mod names;
mod operate;
mod order;
mod pages;
mod random;
mod sequence;
mod slots;
mod split;
mod stored;
mod total;
mod windows;
mod world;
