//! How a case is played: which event arrives when, and when the process is disturbed. A seed draws a script; a script can
//! be played again, and made smaller.

use std::collections::VecDeque;

use fanin_event::Timestamp;

use crate::random::Random;

/// One arrival of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When it arrives.
    pub at: Timestamp,
    /// Its place in `given`, from 0.
    pub given: usize,
    /// It has arrived before: a duplicate that the case does not have.
    pub again: bool,
}

/// What happens to the process after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disturbance {
    /// It begins a snapshot that is swept at this pace.
    Snapshot(usize),
    /// It dies and starts again.
    Crash,
}

/// Something that was done to the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// An event was let in.
    Arrived(Arrival),
    /// The process was disturbed.
    Disturbed(Disturbance),
}

/// The order of one play.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// What arrives when; of two at one moment the first in the list comes first.
    pub arrivals: Vec<Arrival>,
    /// After which step, from 0, the process is disturbed.
    pub disturbances: Vec<(usize, Disturbance)>,
}

impl Script {
    /// As it is written: `moments` are those of the `given` entries.
    #[must_use]
    pub fn written(moments: Vec<Timestamp>) -> Script {
        let mut arrivals: Vec<Arrival> =
            moments.iter().enumerate().map(|(given, at)| Arrival { at: *at, given, again: false }).collect();
        arrivals.sort_by_key(|arrival| arrival.at);
        Script { arrivals, disturbances: Vec::new() }
    }

    /// Another order over the same moments, with some events twice, and what draws the disturbances from there on.
    pub(crate) fn shuffled(moments: Vec<Timestamp>, seed: u64) -> (Vec<Arrival>, Chance) {
        let mut arrivals = Script::written(moments).arrivals;
        let moments: Vec<Timestamp> = arrivals.iter().map(|arrival| arrival.at).collect();
        let mut order: Vec<usize> = arrivals.iter().map(|arrival| arrival.given).collect();
        let mut random = Random::new(seed);
        random.shuffle(&mut order);
        let mut again = Vec::new();
        for (place, given) in order.iter().enumerate() {
            if random.one_in(4) {
                let later = place + random.below(moments.len() - place);
                again.extend(moments.get(later).map(|at| Arrival { at: *at, given: *given, again: true }));
            }
        }
        for (arrival, given) in arrivals.iter_mut().zip(order) {
            arrival.given = given;
        }
        arrivals.extend(again);
        arrivals.sort_by_key(|arrival| arrival.at);
        (arrivals, Chance::Drawn(random))
    }

    /// As it is written, and what draws the disturbances.
    pub(crate) fn crashing(moments: Vec<Timestamp>, seed: u64) -> (Vec<Arrival>, Chance) {
        (Script::written(moments).arrivals, Chance::Drawn(Random::new(seed)))
    }
}

/// Where disturbances come from.
#[derive(Clone, Debug)]
pub(crate) enum Chance {
    /// There are none.
    None,
    /// They are drawn as the play goes on.
    Drawn(Random),
    /// They are written down.
    Written(VecDeque<(usize, Disturbance)>),
}

impl Chance {
    /// What happens after step `number`.
    pub(crate) fn at(&mut self, number: usize) -> Vec<Disturbance> {
        let mut found = Vec::new();
        match self {
            Chance::None => {}
            Chance::Drawn(random) => {
                if random.one_in(6) {
                    found.push(Disturbance::Snapshot(1 + random.below(3)));
                }
                if random.one_in(8) {
                    found.push(Disturbance::Crash);
                }
            }
            Chance::Written(list) => {
                while let Some((_, disturbance)) = list.pop_front_if(|(step, _)| *step <= number) {
                    found.push(disturbance);
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(n: i64) -> Vec<Timestamp> {
        (0..n).map(Timestamp).collect()
    }

    #[test]
    fn a_written_order_is_that_of_the_moments() {
        let script = Script::written(vec![Timestamp(5), Timestamp(1), Timestamp(5)]);
        assert_eq!(script.arrivals.iter().map(|a| a.given).collect::<Vec<_>>(), [1, 0, 2]);
    }

    #[test]
    fn a_shuffled_order_has_every_event_once_and_repetitions_after_it() {
        for seed in 0..200 {
            let (arrivals, _) = Script::shuffled(moments(9), seed);
            let mut first: Vec<usize> = arrivals.iter().filter(|a| !a.again).map(|a| a.given).collect();
            first.sort_unstable();
            assert_eq!(first, (0..9).collect::<Vec<_>>());
            for (place, arrival) in arrivals.iter().enumerate().filter(|(_, a)| a.again) {
                let before = arrivals.iter().take(place);
                assert!(before.clone().any(|a| a.given == arrival.given && !a.again), "seed {seed}");
            }
        }
    }

    #[test]
    fn written_disturbances_come_at_their_step() {
        let mut chance = Chance::Written([(1, Disturbance::Crash), (1, Disturbance::Snapshot(2))].into());
        assert_eq!(chance.at(0), []);
        assert_eq!(chance.at(1), [Disturbance::Crash, Disturbance::Snapshot(2)]);
        assert_eq!(chance.at(2), []);
    }
}
