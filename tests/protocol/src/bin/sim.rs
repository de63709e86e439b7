//! `sim`: runs seeds of the simulation: `sim [--seeds N] [--from K] [--only TEXT] [--replay]`.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use fanin_tests_protocol::campaign::{Options, run};

/// Runs seeds of the simulation and says what is wrong; a broken protocol that is not found broken is wrong too.
#[derive(Debug, Parser)]
struct Args {
    /// So many seeds of each.
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// From this one on: a campaign goes on where the last one ended.
    #[arg(long, env = "FANIN_SEED", default_value_t = 0)]
    from: u64,
    /// Only those whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// The smallest failing run of a broken protocol is shown as well.
    #[arg(long)]
    show: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let options = Options { from: args.from, seeds: args.seeds, only: args.only, show: args.show };
    let good = run(&options, &mut |line| drop(writeln!(std::io::stdout().lock(), "{line}")));
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
