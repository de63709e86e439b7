//! A backtest: the recorded events under another version of the workflow, in virtual time and without side effects.
//!
//! Both versions begin empty and get the same events, each at the moment at which it was accepted; timers run in between.
//! The state from before is used by neither, so what they give out can be compared. The old version is the workflow that was
//! in force at each moment, or another one. Calls are not made: their answers come from the log, as late after the call
//! as they were, else from the stubs of the workflow, else the call stays open and is counted.
//!
//! What the versions give out meets in one pass: of a key the n-th ending of a condition is compared with the n-th, a call
//! with the call of the same run, item and attempt. A run is the same if the rule and its cause are. Ids of derived events are
//! not compared, they contain the version of a condition.
//!
//! Ticks of the log are left out: they only say when a host woke up. Nor are redrives and operations on single instances
//! taken over, since they are about a state that neither version has.

mod book;
mod compare;
mod happening;
mod names;
mod pairing;
mod payload;
mod play;
mod recognized;
pub mod report;
mod side;
pub(crate) mod state;
pub(crate) mod stretch;
mod tally;
mod worker;

use fanin_event::Timestamp;
use fanin_plan::Plan;
use fanin_runtime::ActivateError;

pub use book::{Answers, ListedAnswer};

use crate::error::HistoryError;
use crate::history::History;
use play::Play;
use report::{BacktestReport, Difference};
use stretch::Stretch;

/// What is to be compared.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Events accepted from here on; none: all that are kept.
    pub since: Option<Timestamp>,
    /// Virtual time ends here; none: with the last record of the log.
    pub until: Option<Timestamp>,
    /// The old version; none: the recorded ones.
    pub against: Option<Plan>,
    /// Where answers to calls come from.
    pub answers: Answers,
}

/// Who wants to hear of it while it runs.
pub struct Watch<'a> {
    /// Events done, and how many there are.
    pub progress: &'a mut dyn FnMut(u64, u64),
    /// Each difference in what the versions gave out, as soon as it is certain; none: the examples of the report are enough,
    /// and no more than these are made.
    pub each: Option<&'a mut dyn FnMut(&Difference)>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The past cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A version cannot be loaded.
    #[error(transparent)]
    Activate(#[from] ActivateError),
    /// It does not fit into memory.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
    /// Nothing to compare with.
    #[error("no workflow was in force in this stretch of the log: name one with `--against OLD.yaml`")]
    NoOldVersion,
    /// A thread of it ended before its time: a fault of fanin.
    #[error("the play of a version stopped before its end: this is a fault of fanin, please report it")]
    Stopped,
}

/// A limit was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} {what} have to be remembered: ask about less with --since or --until")]
pub struct TooMuch {
    /// Of what.
    pub what: &'static str,
    /// How many are possible.
    pub limit: u64,
}

/// Plays the recorded events under both versions and compares what comes out.
///
/// # Errors
/// [`BacktestError`]: the log cannot be read, a version cannot be loaded, a limit was passed.
pub fn backtest(
    history: &History,
    new: &Plan,
    question: &Question,
    watch: &mut Watch<'_>,
) -> Result<BacktestReport, BacktestError> {
    let stretch = Stretch::begin(history, question.since, question.until)?;
    let survey = stretch.survey(history)?;
    Play::new((&survey, new), question)?.run(history, &stretch, watch)
}
