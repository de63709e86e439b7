//! Makes a failing variation smaller: fewer disturbances, fewer duplicates, an order nearer to the written one. What is
//! left is what it takes to fail in the same way.

use fanin_event::Timestamp;

use crate::limits::MAX_SHRINK_PLAYS;
use crate::script::{Arrival, Disturbance, Script};

/// Shrinks one failing play.
pub(crate) struct Shrinker<'a> {
    /// Plays a script: whether it fails still, in the same way.
    pub(crate) fails: &'a mut dyn FnMut(&Script) -> bool,
    pub(crate) plays: usize,
}

impl Shrinker<'_> {
    /// The smallest script found that fails in the same way, within [`MAX_SHRINK_PLAYS`] plays.
    pub(crate) fn shrink(&mut self, script: Script) -> Script {
        let mut best = script;
        self.calm(&mut best);
        self.once_each(&mut best);
        self.sort_stretches(&mut best);
        self.sort_neighbours(&mut best);
        self.calm(&mut best);
        best
    }

    /// Takes `candidate` for `best` if it fails in the same way.
    pub(crate) fn accept(&mut self, best: &mut Script, candidate: Script) -> bool {
        if self.plays >= MAX_SHRINK_PLAYS || candidate == *best {
            return false;
        }
        self.plays += 1;
        if !(self.fails)(&candidate) {
            return false;
        }
        *best = candidate;
        true
    }

    /// Without crashes and snapshots, or without as many as can be.
    fn calm(&mut self, best: &mut Script) {
        if best.disturbances.is_empty() {
            return;
        }
        let calm = Script { disturbances: Vec::new(), ..best.clone() };
        if self.accept(best, calm) {
            return;
        }
        let crashes = |(_, disturbance): &(usize, Disturbance)| *disturbance == Disturbance::Crash;
        let only = best.disturbances.iter().copied().filter(crashes).collect();
        let only = Script { disturbances: only, ..best.clone() };
        self.accept(best, only);
        for place in (0..best.disturbances.len()).rev() {
            let mut candidate = best.clone();
            candidate.disturbances.remove(place);
            self.accept(best, candidate);
        }
    }

    /// Without duplicates, or without as many as can be.
    fn once_each(&mut self, best: &mut Script) {
        let mut once = best.clone();
        once.arrivals.retain(|arrival| !arrival.again);
        if self.accept(best, once) {
            return;
        }
        for place in (0..best.arrivals.len()).rev() {
            if best.arrivals.get(place).is_some_and(|arrival| arrival.again) {
                let mut candidate = best.clone();
                candidate.arrivals.remove(place);
                self.accept(best, candidate);
            }
        }
    }

    /// Puts whole stretches in order: halves, then quarters, and so on.
    fn sort_stretches(&mut self, best: &mut Script) {
        let mut length = best.arrivals.len();
        while length > 2 {
            length = length.div_ceil(2);
            let mut start = 0;
            while start < best.arrivals.len() {
                let mut candidate = best.clone();
                let end = (start + length).min(candidate.arrivals.len());
                sort(&mut candidate.arrivals, start, end);
                self.accept(best, candidate);
                start += length;
            }
        }
    }

    /// Swaps neighbours that are in the wrong order, until none can be swapped.
    fn sort_neighbours(&mut self, best: &mut Script) {
        let mut swapped = true;
        while swapped && self.plays < MAX_SHRINK_PLAYS {
            swapped = false;
            for place in 1..best.arrivals.len() {
                let pair = (best.arrivals.get(place - 1), best.arrivals.get(place));
                let (Some(first), Some(second)) = pair else { continue };
                if first.given > second.given {
                    let mut candidate = best.clone();
                    sort(&mut candidate.arrivals, place - 1, place + 1);
                    swapped |= self.accept(best, candidate);
                }
            }
        }
    }
}

/// Puts the events of a stretch in their written order; the moments stay where they are. An event's first arrival is the
/// one that is no duplicate, whatever it was before.
fn sort(arrivals: &mut [Arrival], start: usize, end: usize) {
    let Some(stretch) = arrivals.get_mut(start..end) else { return };
    let moments: Vec<Timestamp> = stretch.iter().map(|arrival| arrival.at).collect();
    stretch.sort_by_key(|arrival| (arrival.given, arrival.again));
    stretch.iter_mut().zip(moments).for_each(|(arrival, at)| arrival.at = at);
    mark_repeated(arrivals);
}

/// Of each event the first arrival is none of a duplicate, the others are.
pub(crate) fn mark_repeated(arrivals: &mut [Arrival]) {
    let mut seen = std::collections::BTreeSet::new();
    for arrival in arrivals {
        arrival.again = !seen.insert(arrival.given);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorting_keeps_moments_and_every_event() {
        let arrival = |at, given, again| Arrival { at: Timestamp(at), given, again };
        let mut list =
            vec![arrival(0, 2, false), arrival(1, 0, false), arrival(2, 2, true), arrival(3, 1, false)];
        sort(&mut list, 0, 2);
        assert_eq!(
            list,
            [arrival(0, 0, false), arrival(1, 2, false), arrival(2, 2, true), arrival(3, 1, false)]
        );
        sort(&mut list, 1, 4);
        assert_eq!(
            list,
            [arrival(0, 0, false), arrival(1, 1, false), arrival(2, 2, false), arrival(3, 2, true)]
        );
    }
}
