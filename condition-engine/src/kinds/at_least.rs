//! `at_least: N` of several names, in any order.

use super::names::fill;
use crate::input::Verdict;
use crate::instance::Instance;
use crate::round::{Arrival, Turn};

pub(super) fn on_event(
    turn: &mut Turn<'_>,
    instance: &mut Instance,
    arrival: &Arrival<'_>,
    n: u32,
) -> Verdict {
    fill(turn, instance, arrival, u64::from(n))
}
