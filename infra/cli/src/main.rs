//! `fanin`: wiring only. The verbs stand in `verbs/`, one file each.

mod args;
mod console;
mod show;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    console::start_logging(&args.global);
    match verbs::run(args) {
        Ok(exit) => exit.into(),
        Err(error) => {
            console::complain(&format!("{error:#}"));
            console::Exit::Usage.into()
        }
    }
}
