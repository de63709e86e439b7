//! The function `rule-engine`: batches of the rules queue.

use std::process::ExitCode;

fn main() -> ExitCode {
    fanin_lambda::serve::batches("rule-engine", fanin_lambda::engines::rules)
}
