//! Virtual time: plays test files, in any arrival order, with duplicates and crashes.
//!
//! A [`Player`] plays one test case on a [`Stage`]: the engine itself in memory ([`Bench`], what `fanin test` uses),
//! or a whole host. It sees only what leaves the stage, as a user would: derived events and calls.

pub mod bench;
pub mod build;
pub mod check;
pub mod limits;
pub mod play;
pub mod random;
pub mod report;
pub mod stage;

pub use bench::Bench;
pub use check::{Failure, check};
pub use play::{Call, PlayError, Played, Player, START, Variation};
pub use report::{CaseReport, run_case};
pub use stage::Stage;
