//! The function `timers`: once a minute, turns rows that come due into delayed messages.

use std::process::ExitCode;

fn main() -> ExitCode {
    fanin_lambda::serve::ticks("timers", fanin_lambda::engines::timers)
}
