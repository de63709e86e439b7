//! Many seeds, one after the other.

use std::time::Instant;

use crate::real;
use crate::settings::{Sabotage, Settings};
use crate::shrink::shrink;
use crate::small::PROTOCOLS;
use crate::verdict::Verdict;

/// Seeds within which a broken protocol must be found broken.
pub const CONTROL_SEEDS: u64 = 1_000;

/// The host's own turns, in a world that keeps its word, and in worlds that do not.
pub const HOSTS: &[(&str, Sabotage)] = &[
    ("host: as it is", Sabotage::None),
    ("host: writes without their condition", Sabotage::Unconditional),
    ("host: fresh reads that are old", Sabotage::OldReads),
    ("host: sends that are lost", Sabotage::LostSends),
    ("host: outboxes that are not stored", Sabotage::NoOutbox),
];

/// The host with a key that is too large for one cell.
pub const HOT: &str = "host: a hot key";
/// A hot key takes so much longer: of so many seeds one is run.
const HOT_SHARE: u64 = 200;

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
        good &= one(
            (protocol.name, protocol.good),
            &|settings, traced| protocol.run(settings, traced),
            options,
            say,
        );
    }
    if chosen(HOT) {
        let seeds = options.seeds.div_ceil(HOT_SHARE);
        good &= one((HOT, true), &real::run_hot, &Options { seeds, ..options.clone() }, say);
    }
    for (name, sabotage) in HOSTS.iter().filter(|(name, _)| chosen(name)) {
        let run = |settings: &Settings, traced: bool| {
            real::run(&Settings { sabotage: *sabotage, ..*settings }, traced)
        };
        good &= one((name, *sabotage == Sabotage::None), &run, options, say);
    }
    good
}

fn one(
    (name, stands): (&str, bool),
    run: &dyn Fn(&Settings, bool) -> Verdict,
    options: &Options,
    say: &mut dyn FnMut(&str),
) -> bool {
    let seeds = if stands { options.seeds } else { options.seeds.min(CONTROL_SEEDS) };
    let began = Instant::now();
    let failing = first_failing(options.from, seeds, run);
    let covered = failing.map_or(seeds, |seed| seed - options.from + 1);
    let mean = began.elapsed().as_secs_f64() * 1000.0 / covered.max(1) as f64;
    let range = format!("seeds {}..{}, {mean:.2} ms a seed", options.from, options.from + covered);
    let right = failing.is_some() != stands;
    match failing {
        None if stands => say(&format!("clean   {}: {range}", name)),
        None => say(&format!("MISSED  {}: not found broken, {range}", name)),
        Some(seed) if stands => say(&format!("FAILED  {}: FANIN_SEED={seed}, {range}", name)),
        Some(seed) => say(&format!("broken  {}: found at seed {seed}, {range}", name)),
    }
    if let Some(seed) = failing
        && (stands || options.show)
    {
        show(seed, run, say);
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
