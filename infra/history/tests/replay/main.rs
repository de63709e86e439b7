//! Replays of recorded stores: what they tell, whether they check out, and copies of them.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "../backtest/recorder.rs"]
mod recorder;

mod check;
mod copies;
mod telling;
