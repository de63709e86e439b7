//! Matching measured: events a second on one thread, this index beside the crate `quamina`, parsers, and memory scans.
//!
//! All competitors get the same events in the same run, in turns, and the time that counts is the thread's CPU time. A cell is
//! the median of its rounds, with the lowest and the highest. Where both sides can answer, the numbers of matches must agree.

mod args;
mod clock;
mod measure;
mod table;

use clap::Parser;

use args::Args;
use fanin_event_bench::data::Data;
use fanin_event_bench::rules;

/// Numbers of patterns full of stars, whatever is asked for: the set other matchers have published.
const STARS: [usize; 5] = [1, 5, 10, 20, 40];

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // The rival panics on some rule sets; that is a dash in the table, not a page of text.
    std::panic::set_hook(Box::new(|_| {}));
    for data in [Data::Parcels, Data::Envelopes, Data::Lines] {
        let kinds: Vec<_> =
            rules::KINDS.iter().filter(|k| k.data == data && k.name.contains(&args.kind)).collect();
        if kinds.is_empty() {
            continue;
        }
        let events = data.events(args.events);
        let bytes: usize = events.iter().map(String::len).sum();
        table::title(data.name(), events.len(), bytes / events.len().max(1));
        if args.only.is_none() {
            measure::bounds(&args, &events);
        }
        table::header();
        for kind in kinds {
            let counts = if data == Data::Lines { STARS.as_slice() } else { args.patterns.as_slice() };
            for count in counts {
                measure::line(&args, kind, *count, &events)?;
            }
        }
    }
    if "recognize".contains(&args.kind) {
        measure::recognize(&args)?;
    }
    Ok(())
}
