//! Workflow and test files: text to a plan, or diagnostics with places. Pure.
//!
//! [`compile`] reads a workflow, YAML or JSON, and gives a [`Compiled`]: the [`Plan`](fanin_plan::Plan) a host loads, or
//! every mistake at once, each a [`Diagnostic`] with file, line, column and what to write instead. [`render()`] shows
//! one with the line itself. [`testfile::parse`] does the same for the tests that users write.
//!
//! ```
//! let compiled = fanin_workflow::compile("pairs.yaml", r#"
//! version: 1
//! name: pairs
//! events:
//!   left:  { s3: "gloves/left/{pair}" }
//!   right: { s3: "gloves/right/{pair}" }
//! conditions:
//!   pair: { all: [left, rihgt], by: pair, within: 1h }
//! "#);
//! assert!(compiled.plan.is_none());
//! let [mistake] = compiled.diagnostics.as_slice() else { unreachable!("one mistake") };
//! assert_eq!(mistake.message, "there is no event `rihgt`");
//! assert_eq!(mistake.help.as_deref(), Some("did you mean `right`?"));
//! assert_eq!((mistake.span.line, mistake.span.column), (8, 23));
//! ```
//!
//! The way of a text: [`tree`](mod@tree) makes values with places of it, whichever of the two notations it has;
//! `syntax` reads each construct into a draft, collecting what is wrong; `resolve` links names and captures and checks
//! what needs the whole; `analysis` finds what is well formed and cannot be meant; `lower` makes the plan. Deserialization into types was not taken: it stops at the first
//! mistake, in words that are not ours.

pub mod codes;
pub mod diagnostic;
pub mod duration;
pub mod fmt;
pub mod graph;
pub mod limits;
pub mod render;
pub mod schema;
pub mod testfile;
pub mod tree;

mod allow;
mod analysis;
mod compile;
mod lower;
mod read;
mod report;
mod resolve;
mod suggest;
mod syntax;

pub use compile::{Compiled, compile};
pub use diagnostic::{Diagnostic, Severity, SourceSpan};
pub use render::{Style, render};
