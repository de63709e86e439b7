//! `count` in a window over acceptance time: the switch over the two windows.

pub(super) mod sliding;
pub(super) mod tumbling;

pub(super) use sliding::choose;
pub(crate) use tumbling::end_window;
pub(super) use tumbling::{spent_until, window_end};
