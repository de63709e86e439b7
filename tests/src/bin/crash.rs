//! `crash`: kills and recovers `fanin dev` again and again: `crash [--rounds N] [--seed N] [--dir D]`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fanin_tests::crash::{Options, run};
use fanin_tests::process;

/// Kills and recovers `fanin dev` under load and checks that nothing is lost and nothing done twice.
#[derive(Debug, Parser)]
struct Args {
    /// Lives to kill.
    #[arg(long, default_value_t = 100)]
    rounds: u32,
    /// Decides load and moments; one is made up otherwise. It is printed.
    #[arg(long, env = "FANIN_SEED")]
    seed: Option<u64>,
    /// Where the state lies, and stays if something is wrong. Default: the system's temporary directory.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// The binary. Default: built by cargo, with the profile of this program.
    #[arg(long)]
    fanin: Option<PathBuf>,
}

fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let seed = args.seed.unwrap_or_else(fanin_tests::crash::fresh_seed);
    let fanin = args.fanin.map_or_else(process::build, Ok)?;
    let dir = args.dir.unwrap_or_else(std::env::temp_dir).join(format!("fanin-crash-{}", std::process::id()));
    let options = Options { fanin, rounds: args.rounds, seed, dir: dir.clone() };
    say(&format!("seed {seed}, state in {}", dir.display()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(run(&options, &mut say))?;
    report.problems().iter().for_each(|problem| say(problem));
    if let Some(kept) = &report.kept {
        say(&format!("seed {seed}; the state was kept in {}", kept.display()));
    } else {
        std::fs::remove_dir_all(&dir)?;
    }
    say(&report.to_string());
    Ok(if report.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
