//! `soak`: `fanin dev` with producers faster than it can go: `soak [--seconds N] [--kills N] [--dir D]`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fanin_tests::long::{Place, block_on, end, say};
use fanin_tests::measure;
use fanin_tests::soak::{Options, run};

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
    #[command(flatten)]
    place: Place,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let (fanin, dir) = args.place.make("soak")?;
    let kills = args.kills.unwrap_or_else(|| u32::try_from(args.seconds / 30).unwrap_or(1).max(1));
    let options = Options { fanin, lasts: Duration::from_secs(args.seconds), kills, dir: dir.clone() };
    say(&format!("{} s, {kills} kills, state in {}; {}", args.seconds, dir.display(), measure::load()));
    let report = block_on(run(&options, &mut say))?;
    say(&format!("{report}; {}", measure::load()));
    end(&dir, &report.problems())
}
