//! Makes a variation with another outcome smaller: fewer events, nearer to the written order and moments. What is left is
//! what it takes for the outcome to differ from that of the same events as written.

use fanin_event::Timestamp;

use crate::script::{Arrival, Disturbance, Script};
use crate::shrink::{Shrinker, mark_repeated};

/// What it takes for the outcome to be another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The order in which events arrive.
    Order,
    /// That an event arrives again.
    Duplicates,
    /// That an event arrives later than it happened.
    Delays,
    /// That the process dies.
    Crashes,
}

/// The events of a script, in the order in which they are written, and their own moments in that order.
pub(super) fn written(script: &Script, moments: &[Timestamp]) -> Script {
    let mut whole = Script::written(moments.to_vec());
    whole.arrivals.retain(|arrival| script.arrivals.iter().any(|kept| kept.given == arrival.given));
    whole
}

/// The causes that are left in a script.
pub(super) fn causes(script: &Script, moments: &[Timestamp]) -> Vec<Cause> {
    let first: Vec<&Arrival> = script.arrivals.iter().filter(|arrival| !arrival.again).collect();
    let written = written(script, moments).arrivals;
    let reordered = first.iter().zip(&written).any(|(arrival, written)| arrival.given != written.given);
    let delayed = first.iter().zip(&written).any(|(arrival, written)| arrival.at != written.at);
    let mut causes = Vec::new();
    causes.extend(reordered.then_some(Cause::Order));
    causes.extend(script.arrivals.iter().any(|arrival| arrival.again).then_some(Cause::Duplicates));
    causes.extend(delayed.then_some(Cause::Delays));
    causes.extend((!script.disturbances.is_empty()).then_some(Cause::Crashes));
    causes
}

/// The smallest script found for which `fails` holds, which it does for `script`. `moments` are those of the given events.
pub(super) fn smallest(
    script: Script,
    moments: &[Timestamp],
    fails: &mut dyn FnMut(&Script) -> bool,
) -> (Script, usize) {
    let mut shrinker = Shrinker { fails, plays: 0 };
    let mut best = script;
    shrinker.fewer(&mut best, moments);
    best = shrinker.shrink(best);
    shrinker.on_time(&mut best, moments);
    shrinker.fewer(&mut best, moments);
    best = shrinker.shrink(best);
    (best, shrinker.plays)
}

impl Shrinker<'_> {
    /// Without halves of the events, then quarters, and so on down to one.
    fn fewer(&mut self, best: &mut Script, moments: &[Timestamp]) {
        let mut length = written(best, moments).arrivals.len();
        while length > 0 {
            length /= 2;
            let step = length.max(1);
            let mut start = 0;
            loop {
                let kept = written(best, moments).arrivals;
                let gone: Vec<usize> = kept.iter().skip(start).take(step).map(|a| a.given).collect();
                if gone.is_empty() || gone.len() == kept.len() {
                    break;
                }
                let mut less = best.clone();
                less.arrivals.retain(|arrival| !gone.contains(&arrival.given));
                let timely = timely(&less, moments);
                if !self.accept(best, timely) && !self.accept(best, less) {
                    start += step;
                }
            }
        }
    }

    /// At the moments that are written: all in the order of the variation, or each one.
    fn on_time(&mut self, best: &mut Script, moments: &[Timestamp]) {
        let timely = timely(best, moments);
        self.accept(best, timely.clone());
        for place in 0..best.arrivals.len() {
            // In time already: to move one event alone would only make it late.
            if best.arrivals == timely.arrivals
                && best.arrivals.get(place).is_none_or(|arrival| !arrival.again)
            {
                continue;
            }
            let mut candidate = best.clone();
            let first = first_of(&candidate, place);
            let Some(arrival) = candidate.arrivals.get_mut(place) else { continue };
            let own = if arrival.again { first } else { moments.get(arrival.given).copied() };
            let Some(own) = own else { continue };
            arrival.at = own;
            candidate.arrivals.sort_by_key(|arrival| arrival.at);
            mark_repeated(&mut candidate.arrivals);
            self.accept(best, candidate);
        }
        let crashes = |(_, disturbance): &(usize, Disturbance)| *disturbance == Disturbance::Crash;
        let only = best.disturbances.iter().copied().filter(crashes).collect();
        let only = Script { disturbances: only, ..best.clone() };
        self.accept(best, only);
    }
}

/// When the event at `place` arrived first.
fn first_of(script: &Script, place: usize) -> Option<Timestamp> {
    let given = script.arrivals.get(place)?.given;
    script.arrivals.iter().find(|arrival| arrival.given == given).map(|arrival| arrival.at)
}

/// The same order at the moments that its events are written for; a repetition follows what it repeats as it did.
fn timely(script: &Script, moments: &[Timestamp]) -> Script {
    let mut own = written(script, moments).arrivals.into_iter().map(|arrival| arrival.at);
    let mut timely = script.clone();
    let mut lags = Vec::new();
    for arrival in &mut timely.arrivals {
        if !arrival.again
            && let Some(at) = own.next()
        {
            lags.push((arrival.given, arrival.at, at));
            arrival.at = at;
        }
    }
    for arrival in timely.arrivals.iter_mut().filter(|arrival| arrival.again) {
        if let Some((_, was, is)) = lags.iter().find(|(given, ..)| *given == arrival.given) {
            arrival.at = is.plus(arrival.at.since(*was));
        }
    }
    timely.arrivals.sort_by_key(|arrival| arrival.at);
    mark_repeated(&mut timely.arrivals);
    timely
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(arrivals: &[(i64, usize)]) -> Script {
        let mut arrivals: Vec<Arrival> = arrivals
            .iter()
            .map(|(at, given)| Arrival { at: Timestamp(*at), given: *given, again: false })
            .collect();
        mark_repeated(&mut arrivals);
        Script { arrivals, disturbances: Vec::new() }
    }

    const MOMENTS: [Timestamp; 5] = [Timestamp(0), Timestamp(1), Timestamp(2), Timestamp(3), Timestamp(4)];

    #[test]
    fn two_events_in_the_wrong_order_are_left() {
        let mut wrong = |script: &Script| {
            let place = |given| script.arrivals.iter().position(|arrival| arrival.given == given);
            matches!((place(1), place(3)), (Some(first), Some(second)) if second < first)
        };
        let drawn = script(&[(0, 4), (1, 3), (2, 0), (2, 4), (3, 2), (900, 1)]);
        let (small, _) = smallest(drawn, &MOMENTS, &mut wrong);
        assert_eq!(small, script(&[(1, 3), (3, 1)]));
        assert_eq!(causes(&small, &MOMENTS), [Cause::Order]);
    }

    #[test]
    fn a_duplicate_a_delay_and_a_crash_stay_where_they_are_needed() {
        let drawn = Script {
            disturbances: vec![(0, Disturbance::Snapshot(1)), (1, Disturbance::Crash)],
            ..script(&[(0, 0), (1, 1), (50, 1), (51, 2), (700, 3)])
        };
        let twice =
            |script: &Script| script.arrivals.iter().filter(|arrival| arrival.given == 1).count() == 2;
        let (small, _) = smallest(drawn.clone(), &MOMENTS, &mut { twice });
        assert_eq!(
            (small.clone(), causes(&small, &MOMENTS)),
            (script(&[(1, 1), (1, 1)]), vec![Cause::Duplicates])
        );
        let late = |script: &Script| script.arrivals.iter().any(|arrival| arrival.at > Timestamp(600));
        let (small, _) = smallest(drawn.clone(), &MOMENTS, &mut { late });
        assert_eq!((small.clone(), causes(&small, &MOMENTS)), (script(&[(700, 3)]), vec![Cause::Delays]));
        let dies = |script: &Script| script.disturbances.iter().any(|(_, what)| *what == Disturbance::Crash);
        let (small, _) = smallest(drawn, &MOMENTS, &mut { dies });
        assert_eq!(causes(&small, &MOMENTS), [Cause::Crashes]);
        assert_eq!((small.disturbances, small.arrivals.len()), (vec![(1, Disturbance::Crash)], 1));
    }
}
