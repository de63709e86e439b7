//! What happens in a world by itself: arrivals, writes that had lost their way, deliveries, deaths, what was set aside.

use crate::queue::{Delivered, Queue};
use crate::world::{Inner, World};

impl World {
    /// What is due by now happens: arrivals, and writes that had lost their way.
    pub(crate) fn happen(&self) {
        self.with(|inner| {
            while let Some((at, lane, body)) = inner.arrivals.pop() {
                if at > inner.now {
                    inner.arrivals.push((at, lane, body));
                    break;
                }
                inner.send(lane, body, 0);
            }
            let now = inner.now;
            while let Some(place) = inner.ghosts.iter().position(|(at, _)| *at <= now) {
                let (_, ghost) = inner.ghosts.swap_remove(place);
                ghost(inner);
            }
        });
    }

    /// When the next thing happens by itself.
    pub(crate) fn next_happening(&self) -> Option<i64> {
        let now = self.line().now();
        self.with(|inner| {
            let lanes = inner.lanes.iter().filter_map(Queue::earliest).filter(|at| *at > now);
            let ghosts = inner.ghosts.iter().map(|(at, _)| *at);
            lanes.chain(ghosts).chain(inner.arrivals.last().map(|arrival| arrival.0)).min()
        })
    }

    /// A batch for a new worker, from any queue that has something.
    pub(crate) fn receive(&self, most: usize) -> Option<(usize, Vec<Delivered>)> {
        self.with(|inner| {
            let Inner { lanes, chance, clocks, manner, now, .. } = inner;
            let noted = now.saturating_add(clocks.millis(0, manner.ahead));
            let full: Vec<usize> =
                (0_usize..).zip(lanes.iter()).filter(|(_, q)| q.has_visible(*now)).map(|(i, _)| i).collect();
            let lane = *chance.pick(&full)?;
            Some((lane, lanes.get_mut(lane)?.receive(most, (*now, noted), *manner, chance)))
        })
    }

    /// Acknowledges a message; seldom that is lost.
    pub(crate) async fn delete(&self, lane: usize, id: u64) {
        self.pause().await;
        self.with(|inner| {
            let lost = inner.faults.lost_delete;
            if !inner.spend(lost)
                && let Some(queue) = inner.lanes.get_mut(lane)
            {
                queue.delete(id);
            }
        });
    }

    /// Does somebody die now?
    pub(crate) fn strikes(&self) -> bool {
        self.with(|inner| {
            let crash = inner.faults.crash;
            inner.spend(crash)
        })
    }

    /// Was anything set aside?
    pub(crate) fn has_aside(&self) -> bool {
        self.with(|inner| inner.lanes.iter().any(|queue| !queue.is_empty()))
    }

    /// What was set aside is sent again.
    pub(crate) fn redrive(&self) {
        self.with(|inner| {
            let Inner { lanes, names, now, .. } = inner;
            let mut id = || {
                *names += 1;
                *names
            };
            lanes.iter_mut().for_each(|queue| queue.redrive(*now, &mut id));
        });
    }
}
