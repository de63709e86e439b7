//! Many seeds, one after the other.

use std::time::Instant;

use crate::settings::Settings;
use crate::shrink::shrink;
use crate::small::{PROTOCOLS, Protocol};
use crate::verdict::Verdict;

/// Seeds within which a broken protocol must be found broken.
pub const CONTROL_SEEDS: u64 = 1_000;

/// What to run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first seed.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// Only those whose name contains this.
    pub only: Option<String>,
    /// Show how a broken protocol fails.
    pub show: bool,
}

/// Runs everything; false: something is wrong. A line for each protocol, and the smallest failing run of what should
/// not fail.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> bool {
    let chosen = |name: &str| options.only.as_deref().is_none_or(|only| name.contains(only));
    let mut good = true;
    for protocol in PROTOCOLS.iter().filter(|protocol| chosen(protocol.name)) {
        good &= one(protocol, options, say);
    }
    good
}

fn one(protocol: &Protocol, options: &Options, say: &mut dyn FnMut(&str)) -> bool {
    let seeds = if protocol.good { options.seeds } else { options.seeds.min(CONTROL_SEEDS) };
    let began = Instant::now();
    let run = |settings: &Settings, traced: bool| protocol.run(settings, traced);
    let failing = first_failing(options.from, seeds, &run);
    let covered = failing.map_or(seeds, |seed| seed - options.from + 1);
    let mean = began.elapsed().as_secs_f64() * 1000.0 / covered.max(1) as f64;
    let range = format!("seeds {}..{}, {mean:.2} ms a seed", options.from, options.from + covered);
    let right = failing.is_some() != protocol.good;
    match failing {
        None if protocol.good => say(&format!("clean   {}: {range}", protocol.name)),
        None => say(&format!("MISSED  {}: not found broken, {range}", protocol.name)),
        Some(seed) if protocol.good => say(&format!("FAILED  {}: FANIN_SEED={seed}, {range}", protocol.name)),
        Some(seed) => say(&format!("broken  {}: found at seed {seed}, {range}", protocol.name)),
    }
    if let Some(seed) = failing
        && (protocol.good || options.show)
    {
        show(seed, &run, say);
    }
    right
}

/// The first seed of a range that fails.
pub fn first_failing(from: u64, seeds: u64, run: &dyn Fn(&Settings, bool) -> Verdict) -> Option<u64> {
    (from..from.saturating_add(seeds)).find(|seed| !run(&Settings::of(*seed), false).is_good())
}

/// Prints the smallest failing run.
fn show(seed: u64, run: &dyn Fn(&Settings, bool) -> Verdict, say: &mut dyn FnMut(&str)) {
    let (settings, verdict) = shrink(Settings::of(seed), run);
    say(&format!("  smallest: {settings:?}"));
    verdict.trace.iter().for_each(|line| say(&format!("  {line}")));
    verdict.problems.iter().for_each(|problem| say(&format!("  => {problem}")));
}
