//! What goes wrong on the wire, drawn from a seed: throttling, errors, replies that are lost after the write happened, slow
//! answers, and processes killed in the middle of a request.

use std::collections::BTreeMap;
use std::time::Duration;

use fanin_simulate::random::Random;

use crate::wire::{Answer, Service};

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Nothing: it is passed on.
    None,
    /// It is told to come again later. Nothing happened.
    Throttle,
    /// The service fails. Nothing happened.
    Broken,
    /// The connection is cut before the service hears of it.
    CutBefore,
    /// The service does it, and the reply is lost.
    CutAfter,
    /// The service does it and answers late.
    Slow,
    /// A process that works is killed before the service hears of the request.
    KillBefore,
    /// The service does it, and a process that works is killed before the answer.
    KillAfter,
}

/// How often what goes wrong: one in so many requests, 0 never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Any fault but a kill.
    pub fault: usize,
    /// A kill.
    pub kill: usize,
}

/// Draws faults.
#[derive(Debug)]
pub struct Faults {
    random: Random,
    rates: Rates,
    /// How often each happened.
    pub happened: BTreeMap<Fault, u64>,
}

/// How late a slow answer is.
pub const SLOW: Duration = Duration::from_millis(30);

impl Faults {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64, rates: Rates) -> Faults {
        Faults { random: Random::new(seed), rates, happened: BTreeMap::new() }
    }

    /// What happens to the next request.
    pub fn draw(&mut self) -> Fault {
        let fault = self.pick();
        *self.happened.entry(fault).or_default() += 1;
        fault
    }

    fn pick(&mut self) -> Fault {
        if self.rates.kill > 0 && self.random.one_in(self.rates.kill) {
            return if self.random.one_in(2) { Fault::KillBefore } else { Fault::KillAfter };
        }
        if self.rates.fault == 0 || !self.random.one_in(self.rates.fault) {
            return Fault::None;
        }
        match self.random.below(5) {
            0 => Fault::Throttle,
            1 => Fault::Broken,
            2 => Fault::CutBefore,
            3 => Fault::CutAfter,
            _ => Fault::Slow,
        }
    }

    /// Everything that happened, for people.
    #[must_use]
    pub fn told(&self) -> String {
        let each = self.happened.iter().map(|(fault, count)| format!("{fault:?} {count}"));
        each.collect::<Vec<_>>().join(", ")
    }
}

/// How a service says that it is asked too much.
#[must_use]
pub fn throttled(service: Service) -> Answer {
    match service {
        Service::Dynamo => Answer::error(
            400,
            "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
            "The level of configured provisioned throughput for the table was exceeded.",
        ),
        Service::Sqs => {
            Answer::error(403, "com.amazonaws.sqs#RequestThrottled", "The request was throttled.")
        }
        Service::Lambda => Answer::error(429, "TooManyRequestsException", "Rate Exceeded."),
        Service::S3 => Answer {
            status: 503,
            headers: BTreeMap::new(),
            body: "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
                .into(),
        },
        _ => Answer::error(400, "ThrottlingException", "Rate exceeded"),
    }
}

/// How a service says that it is broken.
#[must_use]
pub fn broken(service: Service) -> Answer {
    match service {
        Service::Dynamo => Answer::error(
            500,
            "com.amazonaws.dynamodb.v20120810#InternalServerError",
            "Internal server error",
        ),
        Service::Lambda => Answer::error(500, "ServiceException", "Service error."),
        _ => Answer::error(500, "InternalFailure", "internal failure"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_faults() {
        let draw = |seed| {
            let mut faults = Faults::new(seed, Rates { fault: 5, kill: 50 });
            (0..200).map(|_| faults.draw()).collect::<Vec<_>>()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
        assert!(draw(1).contains(&Fault::CutAfter));
    }

    #[test]
    fn without_rates_nothing_happens() {
        let mut faults = Faults::new(1, Rates::default());
        assert!((0..100).all(|_| faults.draw() == Fault::None));
    }
}
