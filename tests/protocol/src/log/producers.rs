//! Those who send events: each until it is acknowledged, and now and then once more.

use crate::chance::Chance;
use crate::limits::MAX_LATER;

/// One delivery of an event.
#[derive(Clone, Debug)]
struct Delivery {
    body: String,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It will be sent at this moment.
    Due(i64),
    /// It is with the host, which has not answered.
    Sent,
    /// The producer knows that it is safe.
    Safe,
}

/// All deliveries.
pub(super) struct Producers {
    deliveries: Vec<Delivery>,
}

impl Producers {
    /// Those that bring these bodies at these moments.
    pub(super) fn new(arrivals: Vec<(i64, usize, String)>) -> Producers {
        let due = |(at, _, body)| Delivery { body, stage: Stage::Due(at) };
        Producers { deliveries: arrivals.into_iter().map(due).collect() }
    }

    /// When the next delivery is due.
    pub(super) fn next(&self) -> Option<i64> {
        let due = |delivery: &Delivery| match delivery.stage {
            Stage::Due(at) => Some(at),
            _ => None,
        };
        self.deliveries.iter().filter_map(due).min()
    }

    /// Sends something that is due by now.
    pub(super) fn send(&mut self, now: i64, chance: &mut Chance) -> Option<(usize, String)> {
        let due = |delivery: &Delivery| matches!(delivery.stage, Stage::Due(at) if at <= now);
        let places: Vec<usize> = (0..)
            .zip(&self.deliveries)
            .filter(|(_, delivery)| due(delivery))
            .map(|(place, _)| place)
            .collect();
        let place = *chance.pick(&places)?;
        let delivery = self.deliveries.get_mut(place)?;
        delivery.stage = Stage::Sent;
        Some((place, delivery.body.clone()))
    }

    /// The host has answered; `heard`: the producer has heard it. Else it sends once more.
    pub(super) fn answered(&mut self, delivery: usize, heard: bool, again: i64) {
        if let Some(delivery) = self.deliveries.get_mut(delivery) {
            delivery.stage = if heard { Stage::Safe } else { Stage::Due(again) };
        }
    }

    /// The host is gone: what was not answered is sent again.
    pub(super) fn cut_off(&mut self, now: i64, chance: &mut Chance) {
        for delivery in self.deliveries.iter_mut().filter(|delivery| delivery.stage == Stage::Sent) {
            delivery.stage = Stage::Due(now + chance.millis(0, MAX_LATER));
        }
    }

    /// Everything is acknowledged.
    pub(super) fn are_done(&self) -> bool {
        self.deliveries.iter().all(|delivery| delivery.stage == Stage::Safe)
    }
}
