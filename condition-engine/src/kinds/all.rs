//! `all`: every name, in any order.

use super::names::fill;
use crate::input::Verdict;
use crate::instance::Instance;
use crate::round::{Arrival, Turn};

pub(super) fn on_event(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    let needed = turn.condition.members.len() as u64;
    fill(turn, instance, arrival, needed)
}
