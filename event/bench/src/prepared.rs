//! An index and the events it will meet, warm: what instructions are counted on.

use crate::random::Random;
use crate::rivals::{Competitor, Ours};
use crate::rules::KINDS;

/// Events that are counted together.
pub const EVENTS: usize = 200;

/// A competitor that has met its events once.
pub struct Prepared {
    competitor: Box<dyn Competitor>,
    events: Vec<String>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} events", self.events.len())
    }
}

impl Prepared {
    /// Meets every event; gives how many patterns matched.
    pub fn run(&mut self) -> usize {
        self.events.iter().map(|event| self.competitor.event(event)).sum()
    }
}

/// The index of so many patterns of a kind, by its place in [`KINDS`]; without patterns when there is no such kind.
fn index((kind, count): (usize, usize)) -> Option<(Ours, Vec<String>)> {
    let kind = KINDS.get(kind)?;
    let mut random = Random(count as u64);
    let patterns: Vec<String> =
        (0..count as u64).map(|n| (kind.pattern)(n, &mut random).to_string()).collect();
    Some((Ours::new(&patterns).ok()?, kind.data.events(EVENTS)))
}

fn warm(competitor: Box<dyn Competitor>, events: Vec<String>) -> Prepared {
    let mut prepared = Prepared { competitor, events };
    prepared.run();
    prepared
}

fn nothing() -> Prepared {
    Prepared { competitor: Box::new(|_: &str| 0), events: Vec::new() }
}

/// The index on texts that are known to be JSON.
#[must_use]
pub fn trusting(case: (usize, usize)) -> Prepared {
    index(case).map_or_else(nothing, |(ours, events)| warm(Box::new(ours.trusted()), events))
}

/// The index that validates.
#[must_use]
pub fn validating(case: (usize, usize)) -> Prepared {
    index(case).map_or_else(nothing, |(ours, events)| warm(Box::new(ours), events))
}
