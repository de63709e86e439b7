//! `sim`: runs seeds of the simulation: `sim [--seeds N] [--from K] [--only TEXT] [--resume FILE] [--show]`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fanin_tests_protocol::campaign::{Options, replay, resume, run};

/// Runs seeds of the simulation and says what is wrong; a broken protocol that is not found broken is wrong too.
#[derive(Debug, Parser)]
struct Args {
    /// So many seeds of each.
    #[arg(long, default_value_t = 2000)]
    seeds: u64,
    /// From this one on.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Only those whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Goes on where the last campaign with this file ended, and notes there how far it is.
    #[arg(long)]
    resume: Option<PathBuf>,
    /// Replays this seed alone.
    #[arg(long, env = "FANIN_SEED")]
    seed: Option<u64>,
    /// The smallest failing run of a broken protocol is shown as well.
    #[arg(long)]
    show: bool,
}

fn say(line: &str) {
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(seed) = args.seed {
        let good = replay(seed, args.only.as_deref(), &mut say);
        return if good { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let options = Options { from: args.from, seeds: args.seeds, only: args.only, show: args.show };
    let good = match &args.resume {
        Some(file) => resume(file, options, &mut say),
        None => run(&options, &mut say),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
