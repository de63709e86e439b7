//! Matching measured: events a second on one thread, this index beside the crate `quamina`, parsers, and memory scans.
//!
//! All competitors get the same events in the same run, in turns, and the time that counts is the thread's CPU time. A cell is
//! the median of its rounds, with the lowest and the highest. Where both sides can answer, the numbers of matches must agree.

mod clock;
mod data;
mod random;
mod rivals;
mod rules;
mod table;

use anyhow::bail;
use clap::Parser;

use data::Data;
use rivals::{Competitor, Ours, Rival};
use table::Cell;

#[derive(Debug, Parser)]
struct Args {
    /// Events of each kind.
    #[arg(long, default_value_t = 200_000)]
    events: usize,
    /// Rounds of each cell.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// CPU time of a round, milliseconds.
    #[arg(long, default_value_t = 150)]
    round_ms: u64,
    /// Numbers of patterns.
    #[arg(long, value_delimiter = ',', default_value = "1,10,100,1000,10000,100000")]
    patterns: Vec<usize>,
    /// Only kinds whose name contains this.
    #[arg(long, default_value = "")]
    kind: String,
    /// Passed by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // The rival panics on some rule sets; that is a dash in the table, not a page of text.
    std::panic::set_hook(Box::new(|_| {}));
    for data in [Data::Parcels, Data::Envelopes] {
        let kinds: Vec<_> =
            rules::KINDS.iter().filter(|k| k.data == data && k.name.contains(&args.kind)).collect();
        if kinds.is_empty() {
            continue;
        }
        let events = data.events(args.events);
        let bytes: usize = events.iter().map(Vec::len).sum();
        table::title(data.name(), events.len(), bytes / events.len().max(1));
        bounds(&args, &events);
        table::header();
        for kind in kinds {
            for count in &args.patterns {
                measure(&args, kind, *count, &events)?;
            }
        }
    }
    Ok(())
}

fn bounds(args: &Args, events: &[Vec<u8>]) {
    for mut competitor in rivals::bounds() {
        let cell = Cell::of(rounds(args, events, &mut [&mut *competitor.1]).pop().unwrap_or_default());
        table::bound(competitor.0, &cell);
    }
}

/// One line of the table.
fn measure(args: &Args, kind: &rules::Kind, count: usize, events: &[Vec<u8>]) -> anyhow::Result<()> {
    let mut random = random::Random(count as u64);
    let patterns: Vec<String> =
        (0..count as u64).map(|n| (kind.pattern)(n, &mut random).to_string()).collect();
    let began = std::time::Instant::now();
    let mut ours = Ours::new(&patterns)?;
    let built = began.elapsed();
    let mut rival = if kind.rival { Rival::new(&patterns) } else { None };
    let sample = events.get(..2_000.min(events.len())).unwrap_or_default();
    let found = sample.iter().map(|event| ours.event(event)).sum::<usize>();
    let theirs = rival.as_mut().and_then(|rival| rival.try_all(sample));
    if let Some(theirs) = theirs
        && theirs != found
    {
        bail!("{} at {count}: {found} matches here, {theirs} there", kind.name);
    }
    if theirs.is_none() {
        rival = None;
    }
    let mut trusted = ours.trusted();
    let mut all: Vec<&mut dyn Competitor> = vec![&mut trusted, &mut ours];
    if let Some(rival) = &mut rival {
        all.push(rival);
    }
    let mut cells: Vec<Cell> = rounds(args, events, &mut all).into_iter().map(Cell::of).collect();
    let rival = (cells.len() > 2).then(|| cells.pop()).flatten();
    table::line((kind.name, count), &cells, rival.as_ref(), (built, found as f64 / sample.len() as f64));
    Ok(())
}

/// Events a second of each competitor, round by round, in turns.
fn rounds(args: &Args, events: &[Vec<u8>], competitors: &mut [&mut dyn Competitor]) -> Vec<Vec<f64>> {
    let mut rates = vec![Vec::new(); competitors.len()];
    let mut next = vec![0; competitors.len()];
    for round in 0..=args.rounds {
        for ((competitor, rates), next) in competitors.iter_mut().zip(&mut rates).zip(&mut next) {
            let rate = clock::rate(args.round_ms, events, next, |event| competitor.event(event));
            // The first round warms up.
            if round > 0 {
                rates.push(rate);
            }
        }
    }
    rates
}
