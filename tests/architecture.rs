//! The house rules as tests: which package may know which, what stays pure, how files are cut, what the documents owe.
//!
//! Every rule is a table or a scan over the sources, and every failure says what to do about it. A rule that is in the
//! way is changed here, in the table, with a reason; it is never worked around in the code.
#![cfg(test)]

#[path = "architecture/arrows.rs"]
mod arrows;
#[path = "architecture/documents.rs"]
mod documents;
#[path = "architecture/purity.rs"]
mod purity;
#[path = "architecture/sources.rs"]
mod sources;
#[path = "architecture/style.rs"]
mod style;
#[path = "architecture/vocabulary.rs"]
mod vocabulary;
