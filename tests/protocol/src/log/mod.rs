//! The log-first host in virtual time: one process at a time, which dies and comes back, on a store that keeps what was synced.
//!
//! Producers repeat what was not acknowledged, and sometimes what was. Answers of calls that are on their way when the process
//! dies are lost. The wall clock of each life is ahead by some time of its own.

mod ground;
mod process;
mod producers;
mod run;

use crate::real::{Shape, Work};
use crate::settings::Settings;
use crate::verdict::Verdict;

pub use ground::Store;

/// One run of the engine on a log.
#[must_use]
pub fn run(store: Store, settings: &Settings, traced: bool) -> Verdict {
    let work = match Work::of(Shape::of(settings.workload), settings) {
        Ok(work) => work,
        Err(problem) => return Verdict { problems: vec![problem], trace: vec![] },
    };
    run::Run::new(store, settings, work, traced).judge()
}
