//! The function `condition-engine`: batches of the conditions queue.

use std::process::ExitCode;

fn main() -> ExitCode {
    fanin_lambda::serve::batches("condition-engine", fanin_lambda::engines::conditions)
}
