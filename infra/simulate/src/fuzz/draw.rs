//! Draws a variation from a seed: what arrives when, and what happens to the process.

use fanin_event::{Span, Timestamp};

use crate::limits::LONGEST_DELAY;
use crate::random::Random;
use crate::script::{Arrival, Chance, Script};

/// What a variation does to the events. The seed alone says which, so that one seed is always the same variation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// Another order over the same moments.
    Order,
    /// Events come again: at once, later in the list, minutes later.
    Duplicates,
    /// Events come later than they happened.
    Delays,
    /// The process dies and starts again, with snapshots in between.
    Crashes,
    /// All of it.
    Everything,
}

impl Way {
    /// That of a seed: five seeds in a row are five ways.
    pub(super) fn of(seed: u64) -> Way {
        match seed % 5 {
            0 => Way::Order,
            1 => Way::Duplicates,
            2 => Way::Delays,
            3 => Way::Crashes,
            _ => Way::Everything,
        }
    }

    fn has(self, other: Way) -> bool {
        self == other || self == Way::Everything
    }
}

/// What arrives when, and what draws the disturbances. `moments` are those of the given events.
pub(super) fn draw(moments: &[Timestamp], seed: u64) -> (Vec<Arrival>, Chance) {
    let way = Way::of(seed);
    let mut random = Random::new(seed);
    let mut arrivals = Script::written(moments.to_vec()).arrivals;
    if way.has(Way::Order) {
        let mut order: Vec<usize> = arrivals.iter().map(|arrival| arrival.given).collect();
        random.shuffle(&mut order);
        arrivals.iter_mut().zip(order).for_each(|(arrival, given)| arrival.given = given);
    }
    if way.has(Way::Delays) {
        for arrival in &mut arrivals {
            if random.one_in(2) {
                arrival.at = arrival.at.plus(delay(&mut random));
            }
        }
    }
    if way.has(Way::Duplicates) {
        let mut again = Vec::new();
        for arrival in &arrivals {
            for _ in 0..random.below(3) {
                let at = redelivered(arrival.at, &arrivals, &mut random);
                again.push(Arrival { at, again: true, ..*arrival });
            }
        }
        arrivals.extend(again);
    }
    // Of two at one moment the first in the list comes first: a duplicate after what it repeats.
    arrivals.sort_by_key(|arrival| arrival.at);
    let chance = if way.has(Way::Crashes) { Chance::Drawn(random) } else { Chance::None };
    (arrivals, chance)
}

/// A millisecond, some seconds, some minutes: each as often.
fn delay(random: &mut Random) -> Span {
    let most = match random.below(3) {
        0 => 10,
        1 => 60_000,
        _ => usize::try_from(LONGEST_DELAY.0).unwrap_or(usize::MAX),
    };
    Span(1 + random.below(most) as u64)
}

/// When an event that arrived `at` comes again: at once, together with another, or after a delay.
fn redelivered(at: Timestamp, arrivals: &[Arrival], random: &mut Random) -> Timestamp {
    match random.below(3) {
        0 => at,
        1 => {
            let other = arrivals.get(random.below(arrivals.len())).map_or(at, |arrival| arrival.at);
            other.clamp(at, at.plus(LONGEST_DELAY))
        }
        _ => at.plus(delay(random)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_arrives_once_and_its_repetitions_after_it() {
        let moments: Vec<Timestamp> = (0..9).map(|n| Timestamp(n * 1_000)).collect();
        for seed in 0..500 {
            let (arrivals, chance) = draw(&moments, seed);
            let mut first: Vec<usize> = arrivals.iter().filter(|a| !a.again).map(|a| a.given).collect();
            let order = first.clone();
            first.sort_unstable();
            assert_eq!(first, (0..9).collect::<Vec<_>>(), "seed {seed}");
            for (place, arrival) in arrivals.iter().enumerate().filter(|(_, a)| a.again) {
                let before = arrivals.iter().take(place).find(|a| a.given == arrival.given && !a.again);
                let since = arrival.at.since(before.expect("arrived before").at);
                assert!(since <= LONGEST_DELAY, "seed {seed}: {since:?}");
            }
            let repeated = arrivals.len() > 9;
            let crashes = matches!(chance, Chance::Drawn(_));
            let delayed = arrivals.iter().any(|a| !moments.contains(&a.at));
            match Way::of(seed) {
                Way::Order => assert!(!repeated && !crashes && !delayed, "seed {seed}"),
                Way::Duplicates => assert!(!crashes && order == first, "seed {seed}"),
                Way::Delays => assert!(!repeated && !crashes, "seed {seed}"),
                Way::Crashes => assert!(!repeated && crashes && !delayed && order == first, "seed {seed}"),
                Way::Everything => assert!(crashes, "seed {seed}"),
            }
        }
    }
}
