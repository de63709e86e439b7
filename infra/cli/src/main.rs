//! `fanin`: wiring only. The verbs stand in `verbs/`, one file each.

mod args;
mod complete;
mod console;
mod help;
mod show;
mod source;
mod verbs;

use std::process::ExitCode;

fn main() -> ExitCode {
    if complete::answer() {
        return ExitCode::SUCCESS;
    }
    let args = help::parse();
    console::start_logging(&args.global);
    match verbs::run(args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            console::complain(&format!("{error:#}"));
            console::Exit::Usage.into()
        }
    }
}
