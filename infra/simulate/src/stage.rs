//! What a test case is played on.

use fanin_event::{Identity, Timestamp};
use fanin_rule::{Action, Outcome};
use fanin_runtime::{DeadLetter, Notice};

/// A host in virtual time. Everything happens when it is told to, and its moments never go back.
pub trait Stage {
    /// Lets an event in at `at`.
    ///
    /// # Errors
    /// Why the host would not take it.
    fn submit(&mut self, at: Timestamp, identity: Identity, text: &str) -> Result<(), String>;

    /// Lets the time be `at`: whoever is due by then is woken.
    fn tick(&mut self, at: Timestamp);

    /// Tells how a call ended.
    fn settle(&mut self, at: Timestamp, action: &Action, outcome: &Outcome);

    /// When somebody wants to be woken next, or `NEVER`.
    fn next_due(&self) -> Timestamp;

    /// The calls and derived events that were let out since the last time.
    fn outbox(&mut self) -> (Vec<Action>, Vec<Notice>);

    /// The process dies and starts again. Calls that were not settled come out of [`Stage::outbox`] again.
    fn crash(&mut self);

    /// Begins a snapshot that is swept at this pace while the host goes on; a stage may have none.
    fn snapshot(&mut self, _pace: usize) {}

    /// What died so far.
    fn dead_letters(&self) -> Vec<DeadLetter>;
}
