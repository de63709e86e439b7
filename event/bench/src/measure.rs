//! Rounds of competitors over the same events, in turns.

use anyhow::bail;

use crate::args::Args;
use fanin_event_bench::rivals::{Competitor, Ours, Rival};
use fanin_event_bench::{random, recognize, rivals, rules};

use crate::table::Cell;
use crate::{clock, table};

pub(crate) fn bounds(args: &Args, events: &[String]) {
    for mut competitor in rivals::bounds() {
        let cell = Cell::of(rounds(args, events, &mut [&mut *competitor.1]).pop().unwrap_or_default());
        table::bound(competitor.0, &cell);
    }
}

/// What a host does with every event: header and captures.
pub(crate) fn recognize(args: &Args) -> anyhow::Result<()> {
    let events = recognize::events(args.events);
    let bytes: usize = events.iter().map(String::len).sum();
    table::title("uploads", events.len(), bytes / events.len().max(1));
    let mut uploads = recognize::Uploads::new(events.first().map_or("", String::as_str))?;
    let cell = Cell::of(rounds(args, &events, &mut [&mut uploads]).pop().unwrap_or_default());
    table::bound("recognize, with header and captures", &cell);
    Ok(())
}

/// One line of the table.
pub(crate) fn line(args: &Args, kind: &rules::Kind, count: usize, events: &[String]) -> anyhow::Result<()> {
    let mut random = random::Random(count as u64);
    let patterns: Vec<String> =
        (0..count as u64).map(|n| (kind.pattern)(n, &mut random).to_string()).collect();
    let began = clock::now();
    let mut ours = Ours::new(&patterns)?;
    let built = clock::now() - began;
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
    if let Some(only) = args.only {
        all = all.into_iter().skip(only).take(1).collect();
    }
    let mut cells: Vec<Cell> = rounds(args, events, &mut all).into_iter().map(Cell::of).collect();
    let rival = (cells.len() > 2).then(|| cells.pop()).flatten();
    table::line((kind.name, count), &cells, rival.as_ref(), (built, found as f64 / sample.len() as f64));
    Ok(())
}

/// Events a second of each competitor, round by round, in turns.
fn rounds(args: &Args, events: &[String], competitors: &mut [&mut dyn Competitor]) -> Vec<Vec<f64>> {
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
