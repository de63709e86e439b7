//! `soak`: `fanin dev` with producers faster than it can go: `soak [--seconds N] [--kills N] [--dir D]`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fanin_tests::soak::{Options, run};
use fanin_tests::{measure, process};

/// Sends events faster than they can be worked off, kills the process now and then, and looks at memory, refusals, latencies, and
/// whether anything acknowledged is lost.
#[derive(Debug, Parser)]
struct Args {
    /// How long producers send.
    #[arg(long, default_value_t = 180)]
    seconds: u64,
    /// Kills, spread over the burst and the time after it. Default: one for every 30 seconds.
    #[arg(long)]
    kills: Option<u32>,
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
    let fanin = args.fanin.map_or_else(process::build, Ok)?;
    let dir = args.dir.unwrap_or_else(std::env::temp_dir).join(format!("fanin-soak-{}", std::process::id()));
    std::fs::create_dir_all(&dir)?;
    let kills = args.kills.unwrap_or_else(|| u32::try_from(args.seconds / 30).unwrap_or(1).max(1));
    let options = Options { fanin, lasts: Duration::from_secs(args.seconds), kills, dir: dir.clone() };
    say(&format!("{} s, {kills} kills, state in {}; {}", args.seconds, dir.display(), measure::load()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let report = runtime.block_on(run(&options, &mut say))?;
    say(&format!("{report}; {}", measure::load()));
    let problems = report.problems(true);
    problems.iter().for_each(|problem| say(problem));
    if problems.is_empty() {
        std::fs::remove_dir_all(&dir)?;
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("the state was kept in {}", dir.display()));
    Ok(ExitCode::FAILURE)
}
