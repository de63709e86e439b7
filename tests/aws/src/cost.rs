//! What workloads cost, measured at the wire: requests counted, capacity units computed as DynamoDB bills them.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use fanin_deploy::cost::{Workload as Expected, predict};
use fanin_event::{Span, Timestamp};
use fanin_plan::Plan;
use fanin_rule::Outcome;
use fanin_simulate::START;
use fanin_simulate::random::Random;

use crate::lambda::Bootstraps;
use crate::load::{counts, event, event_at, plain};
use crate::meter::Used;
use crate::pump::{Pace, Pump};
use crate::rig::{Rig, Setup};
use crate::world::CONDITIONS;

/// A workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// So many joins of four events with different names.
    Joins {
        /// Joins.
        joins: u64,
        /// Each has a deadline.
        deadline: bool,
        /// Messages a function gets at once.
        batch: usize,
    },
    /// So many joins of so many events each, which come by so many of one key.
    Counts {
        /// Joins.
        joins: u64,
        /// Events of each.
        events: u64,
        /// Messages of one key a batch.
        batch: usize,
    },
    /// One key with so many events, [`HOT_RATE`] of them a second by their own times, one in ten of them twice, in any
    /// order among [`HOT_DISORDER`]. They come as they happen: what a batch leads to is over before the next one.
    Hot {
        /// Events.
        events: u64,
        /// Messages a batch.
        batch: usize,
    },
}

/// Events of the hot key that happen in a second.
pub const HOT_RATE: u64 = 500;
/// Messages of the hot key that come in any order: those of ten seconds.
pub const HOT_DISORDER: usize = 5_000;

impl Workload {
    /// The same in the words of `fanin cost`.
    fn expected(self) -> Expected {
        let (events, members, at_once) = match self {
            Workload::Joins { joins, batch, .. } => (joins * 4, 4, (1, batch)),
            Workload::Counts { joins, events, batch } => (joins * events, events, (batch, batch)),
            // One message in eleven is a repetition.
            Workload::Hot { events, batch } => (events, events, (batch * 10 / 11, batch)),
        };
        let (batch, messages) = at_once;
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let event_bytes = event("0-0", "Part", "order-0", 0).len();
        Expected {
            events,
            members: Some(members),
            batch: count(batch),
            messages: count(messages),
            event_bytes,
            rate: HOT_RATE,
            disorder: HOT_DISORDER as u64,
        }
    }
}

/// What it cost.
#[derive(Clone, Debug)]
pub struct Cost {
    /// The workload.
    pub workload: Workload,
    /// Events, without repetitions.
    pub events: u64,
    /// Firings, and how many there should be.
    pub firings: (u64, u64),
    /// What was used.
    pub used: Used,
    /// Messages that are left or were given up.
    pub left: usize,
    /// Real time.
    pub took: Duration,
    /// What `fanin cost` says of it.
    pub predicted: fanin_deploy::cost::Cost,
}

/// Kinds of items that belong to the rule engine.
const RUNS: &str = "R";
/// Kinds of items that the timers are.
const TIMERS: [&str; 2] = ["T", "N"];

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn each(units: u64, events: u64) -> f64 {
    units as f64 / events.max(1) as f64
}

impl Cost {
    /// Write units and read units an event, of the conditions alone: without runs and timers.
    #[must_use]
    pub fn conditions(&self) -> (f64, f64) {
        self.of(|kind| kind != RUNS && !TIMERS.contains(&kind))
    }

    /// Write units and read units an event, of the runs.
    #[must_use]
    pub fn runs(&self) -> (f64, f64) {
        self.of(|kind| kind == RUNS)
    }

    /// Write units and read units an event, of the timers: rows, and the sweeper's notes and queries.
    #[must_use]
    pub fn timers(&self) -> (f64, f64) {
        self.of(|kind| TIMERS.contains(&kind))
    }

    fn of(&self, wanted: impl Fn(&str) -> bool) -> (f64, f64) {
        let all = self.used.by_kind.iter().filter(|(kind, _)| wanted(kind));
        let (writes, halves) = all.fold((0, 0), |(w, h), (_, (more_w, more_h))| (w + more_w, h + more_h));
        (each(writes, self.events), each(halves, self.events) / 2.0)
    }

    /// By how much `fanin cost` is off, as a share of the measured: the write units, and the read units, of conditions,
    /// timers and runs together.
    #[must_use]
    pub fn off(&self) -> (f64, f64) {
        let (writes, reads) = self.of(|_| true);
        let events = each(1, self.events);
        let (mut said_writes, mut said_reads) =
            (self.predicted.runs.write_units, self.predicted.runs.read_units);
        for condition in &self.predicted.conditions {
            said_writes += condition.write_units;
            said_reads += condition.read_units;
        }
        (said_writes * events / writes - 1.0, said_reads * events / reads - 1.0)
    }

    /// Every expected firing came, nothing is left, and the database agrees about the units.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.firings.0 == self.firings.1 && self.left == 0 && self.used.disputed.is_empty()
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:?}: {} events, {} of {} firings, {:.1?}",
            self.workload, self.events, self.firings.0, self.firings.1, self.took
        )?;
        for (name, (writes, reads)) in
            [("conditions", self.conditions()), ("timers", self.timers()), ("runs", self.runs())]
        {
            writeln!(f, "  {name:<10} {writes:.3} W + {reads:.3} R an event")?;
        }
        for (kind, (writes, halves)) in &self.used.by_kind {
            writeln!(f, "    {kind:<4} {writes} W, {} R", *halves as f64 / 2.0)?;
        }
        for ((service, operation), count) in &self.used.requests {
            writeln!(f, "  {service:?} {operation}: {count} ({:.3} an event)", each(*count, self.events))?;
        }
        let (writes, reads) = self.off();
        writeln!(f, "  `fanin cost` is off by {:+.1} % W, {:+.1} % R", writes * 100.0, reads * 100.0)?;
        let (writes, halves) = self.used.units();
        let (told_writes, told_halves) = self.used.reported;
        writeln!(
            f,
            "  messages sent by the functions {}, largest item {} bytes, left {}",
            self.used.messages, self.used.largest, self.left
        )?;
        write!(
            f,
            "  computed {writes} W, {halves} half R; the database reports {told_writes} W, {told_halves} half R"
        )?;
        for dispute in &self.used.disputed {
            write!(f, "\n  {dispute}")?;
        }
        Ok(())
    }
}

struct Prepared {
    plan: Plan,
    /// What comes at once, and when.
    messages: Vec<(Timestamp, Vec<String>)>,
    events: u64,
    firings: u64,
    batch: usize,
}

fn prepare(workload: Workload, seed: u64) -> Prepared {
    let mut random = Random::new(seed);
    match workload {
        Workload::Joins { joins, deadline, batch } => {
            let mut messages = Vec::new();
            for order in 0..joins {
                for (part, kind) in (0u64..).zip(["A", "B", "C", "D"]) {
                    messages.push(event(&format!("{order}-{part}"), kind, &format!("order-{order}"), part));
                }
            }
            // Four events of one order hardly ever come in one batch: the dear case, in which nothing is coalesced.
            random.shuffle(&mut messages);
            let messages = vec![(START, messages)];
            Prepared { plan: plain(deadline), messages, events: joins * 4, firings: joins, batch }
        }
        Workload::Counts { joins, events, batch } => {
            let chunk = u64::try_from(batch).unwrap_or(u64::MAX);
            let mut messages = Vec::new();
            for begin in (0..events).step_by(batch) {
                for order in 0..joins {
                    for part in begin..(begin + chunk).min(events) {
                        messages.push(event(
                            &format!("{order}-{part}"),
                            "Part",
                            &format!("order-{order}"),
                            part,
                        ));
                    }
                }
            }
            let messages = vec![(START, messages)];
            Prepared { plan: counts(events), messages, events: joins * events, firings: joins, batch }
        }
        Workload::Hot { events, batch } => {
            let mut messages = Vec::new();
            for part in 0..events {
                let own = START.plus(Span(part * 1_000 / HOT_RATE));
                let text = event_at(own, &format!("hot-{part}"), "Part", "hot", part);
                if random.one_in(10) {
                    messages.push(text.clone());
                }
                messages.push(text);
            }
            for window in messages.chunks_mut(HOT_DISORDER) {
                random.shuffle(window);
            }
            let come = |first: usize| {
                let first = u64::try_from(first).unwrap_or(u64::MAX);
                // One in ten comes twice: eleven messages are ten events.
                START.plus(Span(first * 10 / 11 * 1_000 / HOT_RATE))
            };
            let messages = messages
                .chunks(batch)
                .enumerate()
                .map(|(n, some)| (come(n * batch), some.to_vec()))
                .collect();
            Prepared { plan: counts(events), messages, events, firings: 1, batch }
        }
    }
}

/// Measures a workload on the real functions. What they say goes to files in `logs`.
///
/// # Errors
/// The double does not start.
pub async fn measure(built: &Bootstraps, workload: Workload, seed: u64, logs: &Path) -> anyhow::Result<Cost> {
    let begun = Instant::now();
    let expected = workload.expected();
    let Prepared { plan, messages, events, firings, batch } = prepare(workload, seed);
    let predicted = predict(&plan, &expected);
    let setup = Setup { at_once: 1, metered: true };
    let rig = Rig::start(built, &plan, START, setup, logs).await?;
    {
        let mut world = rig.shared.lock();
        world.stub = Some(Box::new(|_, _| Some(Outcome::Done { result: "{}".to_owned() })));
    }
    let until = START.plus(Span(24 * 3_600_000));
    let pace = Pace { batch, at_once: 1, attempts: 1, fail_one_in: 0, seed, until };
    let mut pump = Pump::new(&rig, pace);
    for (come, together) in messages {
        {
            let mut world = rig.shared.lock();
            world.now = world.now.max(come);
            for message in together {
                world.queue(CONDITIONS).send(come, message, Span(0));
            }
        }
        pump.run().await;
    }
    let fired = pump.heard.actions.len();
    let world = rig.shared.lock();
    let left = world.queues.values().map(|queue| queue.len() + queue.dead().len()).sum();
    drop(world);
    let used = rig.double.used.as_ref().map(|used| used.lock().unwrap().clone()).unwrap_or_default();
    let firings = (u64::try_from(fired).unwrap_or(u64::MAX), firings);
    Ok(Cost { workload, events, firings, used, left, took: begun.elapsed(), predicted })
}
