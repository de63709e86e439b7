//! Virtual time: plays test files, in any arrival order, with duplicates and crashes.
//!
//! A [`Player`] plays one test case on a [`Stage`]: the engine itself in memory ([`Bench`], what `fanin test` uses),
//! or a whole host. It sees only what leaves the stage, as a user would: derived events and calls.

pub mod bench;
pub mod build;
pub mod check;
pub mod diagnose;
pub mod fit;
pub mod fuzz;
pub mod limits;
pub mod play;
pub mod random;
pub mod report;
pub mod script;
pub mod settle;
pub mod stage;
pub mod why;

mod shrink;

pub use bench::{Bench, Prepared};
pub use check::{Failure, Seen, Subject, Unlike, Unmet, What, check};
pub use diagnose::{Diagnosis, diagnose};
pub use fit::Difference;
pub use fuzz::{Fuzzed, fuzz};
pub use play::{Call, PlayError, Played, Player, START, Variation};
pub use report::{CaseReport, run_case};
pub use script::{Arrival, Disturbance, Happened, Script};
pub use settle::{Undecided, is_unfinished, settle};
pub use stage::Stage;
pub use why::Why;
