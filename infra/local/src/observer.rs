//! For whoever watches a host: what came in, what followed and which calls were made, once it is durable.
//!
//! An observer is told in the order in which things became durable. It is called on the threads that do the work, so it must
//! be quick: put aside what it is given, and look at it elsewhere.

use fanin_dispatch::Settled;
use fanin_event::Timestamp;
use fanin_rule::Action;
use fanin_runtime::{Notice, Reception};

use crate::handle::Refusal;
use crate::inbox::Arrival;

/// Events that were submitted together.
#[derive(Clone, Debug)]
pub struct Taken {
    /// When the last of them was taken in.
    pub at: Timestamp,
    /// The events.
    pub events: Vec<Arrival>,
    /// What became of each, in the same order.
    pub receptions: Vec<Reception>,
}

/// Something that was no event.
#[derive(Clone, Debug)]
pub struct Refused {
    /// When.
    pub at: Timestamp,
    /// What, and why.
    pub refusal: Refusal,
}

/// What came in.
#[derive(Clone, Debug)]
pub enum Spent {
    /// Events.
    Taken(Taken),
    /// Something that was put into the dead letters.
    Refused(Refused),
}

/// Hears what a service does.
pub trait Observer: Send + Sync + std::fmt::Debug + 'static {
    /// Something came in and is durable. On the writer's thread.
    fn taken(&self, spent: Spent);
    /// Something was refused to its sender's face and is kept nowhere. Where it came in.
    fn refused(&self, refused: Refused);
    /// Derived events happened. On the writer's thread.
    fn derived(&self, notices: Vec<Notice>);
    /// Calls wait to be made; after a start also those that were not settled before. On the writer's thread.
    fn calling(&self, actions: &[Action]);
    /// A call ended.
    fn called(&self, settled: &Settled);
}
