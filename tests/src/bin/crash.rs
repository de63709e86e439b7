//! `crash`: kills and recovers `fanin dev` again and again: `crash [--rounds N] [--seed N] [--dir D]`.

use std::process::ExitCode;

use clap::Parser;
use fanin_tests::crash::{Options, run};
use fanin_tests::long::{Place, block_on, end, say};

/// Kills and recovers `fanin dev` under load and checks that nothing is lost and nothing done twice.
#[derive(Debug, Parser)]
struct Args {
    /// Lives to kill.
    #[arg(long, default_value_t = 100)]
    rounds: u32,
    /// Decides load and moments; one is made up otherwise. It is printed.
    #[arg(long, env = "FANIN_SEED")]
    seed: Option<u64>,
    #[command(flatten)]
    place: Place,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(fanin_tests::crash::fresh_seed);
    let (fanin, dir) = args.place.make("crash")?;
    let options = Options { fanin, rounds: args.rounds, seed, dir: dir.clone() };
    say(&format!("seed {seed}, state in {}", dir.display()));
    let report = block_on(run(&options, &mut say))?;
    say(&report.to_string());
    if !report.is_good() {
        say(&format!("again with FANIN_SEED={seed}"));
    }
    end(&dir, report.problems())
}
