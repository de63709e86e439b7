//! The fault run: joins through the real functions while requests fail, replies are lost and processes are killed; then
//! every join must have fired exactly once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use fanin_event::{Identity, Span};
use fanin_rule::Outcome;
use fanin_simulate::START;

use crate::faults::Rates;
use crate::lambda::Bootstraps;
use crate::load::{joins, load};
use crate::pump::{Heard, Pace, Pump};
use crate::rig::{Rig, Setup};
use crate::world::{CONDITIONS, RULES};

/// How a fault run is made.
#[derive(Clone, Copy, Debug)]
pub struct FaultRun {
    /// Joins.
    pub joins: usize,
    /// Fixes events, faults, order.
    pub seed: u64,
    /// Faults and kills: one in so many requests.
    pub rates: Rates,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct FaultReport {
    /// The seed.
    pub seed: u64,
    /// Joins, and how many of them are incomplete on purpose.
    pub joins: (usize, usize),
    /// Orders for which what must fire did not.
    pub lost: Vec<String>,
    /// Orders for which something fired that must not have, or with a second id.
    pub second: Vec<String>,
    /// Calls that were repeated with the same id.
    pub repeated: u64,
    /// Messages that ended in a dead-letter queue, and rows of dead letters.
    pub dead: Vec<String>,
    /// What happened on the wire.
    pub faults: String,
    /// Processes started, invocations failed.
    pub processes: (u64, u64),
    /// Duplicates the queues delivered on purpose.
    pub duplicates: u64,
    /// Messages that are left: a fault of the run.
    pub left: usize,
    /// Real time.
    pub took: Duration,
}

impl FaultReport {
    /// Nothing was lost, nothing fired twice, nothing died, nothing is left.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.lost.is_empty() && self.second.is_empty() && self.dead.is_empty() && self.left == 0
    }
}

impl fmt::Display for FaultReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (joins, incomplete) = self.joins;
        writeln!(
            f,
            "FANIN_SEED={}  {joins} joins, {incomplete} of them incomplete, in {:.1?}",
            self.seed, self.took
        )?;
        writeln!(f, "requests: {}", self.faults)?;
        let (started, failed) = self.processes;
        writeln!(
            f,
            "processes started {started}, invocations failed {failed}, messages delivered twice {}",
            self.duplicates
        )?;
        writeln!(f, "calls repeated with the same id: {}", self.repeated)?;
        write!(
            f,
            "lost {}, second firings {}, dead {}, left {}",
            self.lost.len(),
            self.second.len(),
            self.dead.len(),
            self.left
        )?;
        for line in self.lost.iter().chain(&self.second).chain(&self.dead).take(20) {
            write!(f, "\n  {line}")?;
        }
        Ok(())
    }
}

/// Makes the run. What the functions say goes to files in `logs`.
///
/// # Errors
/// The double does not start.
pub async fn run(built: &Bootstraps, run: FaultRun, logs: &Path) -> anyhow::Result<FaultReport> {
    let begun = Instant::now();
    let setup = Setup { at_once: 3, metered: false };
    let rig = Rig::start(built, &joins(), START, setup, logs).await?;
    let load = load(run.joins, run.seed);
    {
        let mut world = rig.shared.lock();
        let mut moody = fanin_simulate::random::Random::new(run.seed.wrapping_add(7));
        let moody = std::sync::Mutex::new(move || moody.one_in(10));
        world.stub = Some(Box::new(move |_, _| {
            let fails = (moody.lock().unwrap())();
            Some(match fails {
                true => Outcome::Failed { error: "Moody".to_owned(), cause: "not now".to_owned() },
                false => Outcome::Done { result: "{}".to_owned() },
            })
        }));
        for (queue, salt) in [(CONDITIONS, 11), (RULES, 12)] {
            world.queue(queue).disturb(run.seed.wrapping_add(salt), 10);
            // Kills come far more often than on AWS, and each brings a whole batch back.
            world.queue(queue).redrive_after(50);
        }
        for event in load.events {
            world.queue(CONDITIONS).send(START, event, Span(0));
        }
    }
    rig.double.disturb(run.seed, run.rates);
    let until = START.plus(Span(30 * 24 * 3_600_000));
    let pace = Pace { batch: 10, at_once: 3, attempts: 3, fail_one_in: 5, seed: run.seed, until };
    let mut pump = Pump::new(&rig, pace);
    pump.run().await;
    let heard = std::mem::take(&mut pump.heard);
    Ok(judge(&rig, run, &load.expected, heard, begun.elapsed()).await)
}

async fn judge(
    rig: &Rig,
    run: FaultRun,
    expected: &BTreeMap<String, &'static str>,
    heard: Heard,
    took: Duration,
) -> FaultReport {
    let mut fired: BTreeMap<String, Vec<(String, Identity)>> = BTreeMap::new();
    let mut repeated = 0;
    for (id, (rule, payload, times)) in heard.actions {
        let payload: serde_json::Value = serde_json::from_str(&payload).unwrap_or_default();
        let order = payload.get("order").and_then(|o| o.as_str()).unwrap_or_default().to_owned();
        fired.entry(order).or_default().push((rule, id));
        repeated += times - 1;
    }
    let (mut lost, mut second) = (Vec::new(), Vec::new());
    for (order, rule) in expected {
        let fired = fired.remove(order).unwrap_or_default();
        if !fired.iter().any(|(of, _)| of == rule) {
            lost.push(format!("{order}: {rule} did not fire, but {fired:?}"));
        }
        if fired.len() > 1 {
            second.push(format!("{order}: {rule} expected, fired {fired:?}"));
        }
    }
    second.extend(fired.keys().map(|order| format!("{order}: nobody knows it")));
    let mut dead = dead_rows(rig).await;
    let world = rig.shared.lock();
    let mut duplicates = 0;
    let mut left = 0;
    for (name, queue) in &world.queues {
        dead.extend(queue.dead().iter().map(|body| format!("{name}: {body}")));
        duplicates += queue.sends().1;
        left += queue.len();
    }
    drop(world);
    let lived = [&rig.conditions, &rig.rules, &rig.timers].map(|function| function.lived());
    let incomplete = expected.values().filter(|rule| **rule == "late").count();
    FaultReport {
        seed: run.seed,
        joins: (run.joins, incomplete),
        lost,
        second,
        repeated,
        dead,
        faults: rig.double.faults.lock().unwrap().told(),
        processes: (lived.iter().map(|l| l.started).sum(), lived.iter().map(|l| l.failed).sum()),
        duplicates,
        left,
        took,
    }
}

async fn dead_rows(rig: &Rig) -> Vec<String> {
    let listed = fanin_state_first::list_dead((&rig.store, &rig.bucket), &rig.workflow, None, 1_000).await;
    match listed {
        Ok(found) => found.into_iter().map(|found| format!("dead letter {found:?}")).collect(),
        Err(error) => vec![error.to_string()],
    }
}
