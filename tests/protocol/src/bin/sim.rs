//! `sim`: runs seeds of the simulation: `sim [--seeds N] [--from K] [--only TEXT] [--resume FILE] [--show]`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use fanin_tests_protocol::campaign::{Campaign, Options, STAGE, replay};

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

/// How far the campaigns with a file are: the seeds before this one are clean.
fn clean_before(file: &Path) -> u64 {
    std::fs::read_to_string(file).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
}

fn main() -> ExitCode {
    let args = Args::parse();
    if let Some(seed) = args.seed {
        let good = replay(seed, args.only.as_deref(), &mut say);
        return if good { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let from = args.resume.as_deref().map_or(args.from, clean_before);
    let mut campaign = Campaign::new(&Options { from, seeds: args.seeds, only: args.only, show: args.show });
    while campaign.coming().is_some() {
        campaign.go_on(STAGE);
        // What failed is run again by the next campaign.
        if let (Some(file), false) = (&args.resume, campaign.has_failed())
            && let Err(error) = std::fs::write(file, format!("{}\n", campaign.reached()))
        {
            say(&format!("cannot note in {} how far it is: {error}", file.display()));
        }
    }
    let good = campaign.tell(&mut say);
    if let (Some(file), true) = (&args.resume, good) {
        say(&format!("seeds 0..{} are clean by {}", campaign.reached(), file.display()));
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
