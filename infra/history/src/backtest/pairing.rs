//! Puts together what both sides gave out. What waits for its counterpart is bounded in number and in bytes.

use std::collections::{HashMap, VecDeque};

use fanin_event::Identity;

use super::happening::Happening;
use crate::limits::{MAX_UNPAIRED, MAX_UNPAIRED_BYTES};

/// Which of the two versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    Old,
    New,
}

/// What is known of something now.
#[derive(Debug)]
pub(super) enum Met {
    /// Both versions have it.
    Both(Box<(Happening, Happening)>),
    /// Only one has it, as far as anybody could wait.
    Alone(Which, Box<Happening>),
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    waiting: HashMap<Identity, (Which, Happening)>,
    order: VecDeque<Identity>,
    bytes: usize,
    /// How many had to be given up before the end.
    pub(super) given_up: u64,
}

/// Both limits, so that a test can be small.
#[derive(Clone, Copy, Debug)]
struct Room {
    number: usize,
    bytes: usize,
}

const ROOM: Room = Room { number: MAX_UNPAIRED, bytes: MAX_UNPAIRED_BYTES };

impl Pairing {
    /// Takes something in; `met` hears of pairs, and of what could not wait any longer.
    pub(super) fn take(&mut self, which: Which, happening: Happening, met: &mut dyn FnMut(Met)) {
        self.take_within(ROOM, (which, happening), met);
    }

    fn take_within(&mut self, room: Room, (which, happening): (Which, Happening), met: &mut dyn FnMut(Met)) {
        if self.waiting.get(&happening.pair).is_some_and(|(other, _)| *other != which)
            && let Some((_, other)) = self.waiting.remove(&happening.pair)
        {
            self.bytes = self.bytes.saturating_sub(other.weight());
            let both = if which == Which::New { (other, happening) } else { (happening, other) };
            return met(Met::Both(Box::new(both)));
        }
        self.bytes = self.bytes.saturating_add(happening.weight());
        self.order.push_back(happening.pair);
        if let Some((which, twice)) = self.waiting.insert(happening.pair, (which, happening)) {
            self.bytes = self.bytes.saturating_sub(twice.weight());
            met(Met::Alone(which, Box::new(twice)));
        }
        while self.waiting.len() > room.number || self.bytes > room.bytes {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some((which, alone)) = self.waiting.remove(&oldest) {
                self.bytes = self.bytes.saturating_sub(alone.weight());
                self.given_up += 1;
                met(Met::Alone(which, Box::new(alone)));
            }
        }
        if self.order.len() > 2 * self.waiting.len() + 1024 {
            self.order.retain(|pair| self.waiting.contains_key(pair));
        }
    }

    /// What is left at the end, in order of time.
    pub(super) fn rest(&mut self) -> Vec<(Which, Happening)> {
        self.order.clear();
        self.bytes = 0;
        let mut rest: Vec<(Which, Happening)> = self.waiting.drain().map(|(_, one)| one).collect();
        rest.sort_by(|(_, a), (_, b)| {
            let place = |h: &Happening| (h.at, h.what, h.name.clone(), h.key.clone(), h.nth, h.index);
            place(a).cmp(&place(b))
        });
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::report::What;
    use fanin_event::Timestamp;
    use std::borrow::Cow;

    fn one(n: usize) -> Happening {
        Happening {
            pair: Identity::of(&[&n.to_string()]),
            what: What::Ending,
            name: "c".into(),
            key: [].into(),
            nth: 1,
            index: 0,
            at: Timestamp(n as i64),
            identity: Identity::of(&["id"]),
            outcome: Cow::Borrowed("fired"),
            text: "x".repeat(100).into(),
            claim: None,
            call: None,
        }
    }

    fn play(room: Room, steps: &[(Which, usize)]) -> (Pairing, Vec<String>) {
        let (mut pairing, mut heard) = (Pairing::default(), Vec::new());
        for (which, n) in steps {
            pairing.take_within(room, (*which, one(*n)), &mut |met| match met {
                Met::Both(both) => heard.push(format!("both {}", both.0.at.0)),
                Met::Alone(which, h) => heard.push(format!("{which:?} {}", h.at.0)),
            });
        }
        (pairing, heard)
    }

    #[test]
    fn what_fits_together_meets_in_either_order() {
        use Which::{New, Old};
        let room = Room { number: 10, bytes: 100_000 };
        let (mut pairing, heard) = play(room, &[(Old, 1), (New, 1), (New, 2), (Old, 2), (Old, 3)]);
        assert_eq!(heard, ["both 1", "both 2"]);
        assert_eq!(pairing.rest().iter().map(|(w, h)| (*w, h.at.0)).collect::<Vec<_>>(), [(Old, 3)]);
        assert_eq!(pairing.given_up, 0);
    }

    #[test]
    fn the_oldest_is_given_up_past_either_limit() {
        use Which::Old;
        let steps = [(Old, 1), (Old, 2), (Old, 3)];
        assert!(play(Room { number: 3, bytes: 100_000 }, &steps).1.is_empty());
        let (pairing, heard) = play(Room { number: 2, bytes: 100_000 }, &steps);
        assert_eq!((heard, pairing.given_up), (vec!["Old 1".to_owned()], 1));
        let weight = one(1).weight();
        assert!(play(Room { number: 9, bytes: 3 * weight }, &steps).1.is_empty());
        assert_eq!(play(Room { number: 9, bytes: 3 * weight - 1 }, &steps).1, ["Old 1"]);
    }

    #[test]
    fn the_order_does_not_grow_with_what_met() {
        let steps: Vec<(Which, usize)> =
            (0..5_000).flat_map(|n| [(Which::Old, n), (Which::New, n)]).collect();
        let (pairing, heard) = play(Room { number: 10, bytes: 100_000 }, &steps);
        assert_eq!(heard.len(), 5_000);
        assert!(pairing.order.len() <= 1_100, "{}", pairing.order.len());
    }
}
