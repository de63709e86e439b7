//! What a batch of runs tells of itself: the answers, numbers for measurements, and troubles in words.

use fanin_rule::Outcome;

use super::calls::Made;
use super::input::What;
use crate::happenings::Happenings;
use crate::ports::Handled;

/// The outcome of a batch of runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunsTold {
    /// One answer a message, in their order.
    pub handled: Vec<Handled>,
    /// Runs that began.
    pub started: usize,
    /// Calls made.
    pub calls: usize,
    /// Those answered with a result while this worker waited.
    pub done: usize,
    /// Those answered with a failure while this worker waited.
    pub failed: usize,
    /// Those taken, whose answer comes later.
    pub accepted: usize,
    /// Dead letters written.
    pub dead: usize,
    /// Writes of cells, those included that came to nothing.
    pub commits: usize,
    /// Writes that had to be made again: somebody else was faster, or the reply was lost.
    pub conflicts: usize,
    /// What happened, as far as it is to be told.
    pub happened: Happenings,
    /// The time was up before all was done.
    pub stopped: bool,
    /// What went wrong, in words that name the thing and what mends it. Its messages come again.
    pub troubles: Vec<String>,
}

impl RunsTold {
    /// Counts the calls of one round.
    pub(super) fn count(&mut self, made: &Made) {
        self.calls += made.begun;
        for input in &made.inputs {
            match &input.what {
                What::Answer(_, Outcome::Done { .. }) => self.done += 1,
                What::Answer(_, Outcome::Failed { .. }) => self.failed += 1,
                _ => self.accepted += 1,
            }
        }
    }

    /// Notes a trouble, once.
    pub(super) fn trouble(&mut self, trouble: String) {
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    /// Adds the numbers and troubles of a part.
    pub(super) fn add(&mut self, part: RunsTold) {
        self.started += part.started;
        self.calls += part.calls;
        self.done += part.done;
        self.failed += part.failed;
        self.accepted += part.accepted;
        self.dead += part.dead;
        self.commits += part.commits;
        self.conflicts += part.conflicts;
        self.happened.take(part.happened);
        self.stopped |= part.stopped;
        part.troubles.into_iter().for_each(|trouble| self.trouble(trouble));
    }
}
