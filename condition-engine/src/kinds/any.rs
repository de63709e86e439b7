//! `any`: one name is enough.

use super::names::fill;
use crate::input::Verdict;
use crate::instance::Instance;
use crate::round::{Arrival, Turn};

pub(super) fn on_event(turn: &mut Turn<'_>, instance: &mut Instance, arrival: &Arrival<'_>) -> Verdict {
    fill(turn, instance, arrival, 1)
}
