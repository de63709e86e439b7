//! What a batch tells of itself: the answers, numbers for measurements, and troubles in words.

use fanin_event::Span;

use crate::happenings::Happenings;
use crate::ports::Handled;
use crate::relay::{Left, Owner};

/// The outcome of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// One answer a message, in their order.
    pub handled: Vec<Handled>,
    /// Events from outside.
    pub accepted: usize,
    /// Those of them that are a named event.
    pub matched: usize,
    /// Conditions that fired or timed out, and repetitions of their events that were sent again.
    pub derived: usize,
    /// Firings.
    pub fired: usize,
    /// Events that an instance had before.
    pub duplicates: usize,
    /// Events that came after their instance had closed.
    pub late: usize,
    /// Dead letters written.
    pub dead: usize,
    /// Cells written.
    pub commits: usize,
    /// Cells that somebody else changed meanwhile, each time.
    pub conflicts: usize,
    /// How long the wake-up of this batch that is the most overdue was due when it came: so long an instance stayed open
    /// past its deadline.
    pub overdue: Span,
    /// What happened, as far as it is to be told.
    pub happened: Happenings,
    /// The time was up before all was done.
    pub stopped: bool,
    /// What went wrong, in words that name the thing and what mends it. Its messages come again.
    pub troubles: Vec<String>,
}

impl Told {
    pub(super) fn new(messages: usize) -> Told {
        Told { handled: vec![Handled::Again; messages], ..Told::default() }
    }

    /// Nothing could be done.
    pub(super) fn all_again(mut self, trouble: String) -> Told {
        self.handled.iter_mut().for_each(|handled| *handled = Handled::Again);
        self.trouble(trouble);
        self
    }

    /// Notes a trouble, once.
    pub(super) fn trouble(&mut self, trouble: String) {
        if !self.troubles.contains(&trouble) {
            self.troubles.push(trouble);
        }
    }

    /// Takes over what became of what was to leave; gives those whose part is still here.
    pub(super) fn left(&mut self, left: Left) -> impl Iterator<Item = Owner> {
        self.dead += left.dead;
        self.derived += left.derived;
        self.happened.take(left.happened);
        left.troubles.into_iter().for_each(|trouble| self.trouble(trouble.to_string()));
        left.failed.into_iter()
    }
}
