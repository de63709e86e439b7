//! Recovery with calls that are open: states that have so many of them, and how long a start on one takes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use fanin_local::{Arrival, Host, HostOptions, Nobody};
use fanin_plan::Plan;
use fanin_runtime::Origin;

use crate::measure::cpu_time;

/// Events of one submission.
const BATCH: usize = 500;

/// A state with so many open calls, each of a run of its own.
#[derive(Debug)]
pub struct Place {
    dir: PathBuf,
    plan: Plan,
    /// So many.
    pub calls: usize,
    /// They are in a snapshot; else in the log only.
    pub snapshot: bool,
}

/// What a start took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Took {
    /// CPU time of the thread that recovers: a busy machine does not lengthen it.
    pub cpu: Duration,
    /// Time on the wall.
    pub wall: Duration,
}

impl Place {
    /// Makes the state in a directory that is empty.
    ///
    /// # Errors
    /// The host does not open or does not take the events.
    pub fn new(dir: &Path, calls: usize, snapshot: bool) -> anyhow::Result<Place> {
        let place = Place { dir: dir.to_owned(), plan: plan()?, calls, snapshot };
        let (host, _) = Host::open(&place.options(), &place.plan, Box::new(Nobody))?;
        let numbers: Vec<usize> = (0..calls).collect();
        for batch in numbers.chunks(BATCH) {
            host.handle().submit_wait(batch.iter().map(|n| event(*n)).collect())?;
        }
        if snapshot {
            host.handle().snapshot()?;
        }
        host.halt();
        Ok(place)
    }

    fn options(&self) -> HostOptions {
        HostOptions { snapshot_every: u64::MAX, ..HostOptions::at(&self.dir) }
    }

    /// Starts on it once; the state stays as it is.
    ///
    /// # Errors
    /// It does not open, or does not find the calls where they are.
    pub fn recover(&self) -> anyhow::Result<Took> {
        let before = cpu_time();
        let (host, opened) = Host::open(&self.options(), &self.plan, Box::new(Nobody))?;
        let took = Took { cpu: cpu_time().saturating_sub(before), wall: opened.took };
        host.halt();
        anyhow::ensure!(opened.unsettled == self.calls, "{} calls of {}", opened.unsettled, self.calls);
        anyhow::ensure!((opened.replayed == 0) == self.snapshot, "{} records replayed", opened.replayed);
        Ok(took)
    }
}

fn plan() -> anyhow::Result<Plan> {
    let text = r#"{"version":1,"name":"recovery",
        "events":{"order":{"match":{"source":["bench"]},"capture":{"$.detail.n":"{n}"}}},
        "conditions":{"open":{"count":"order","by":"n","reach":2,"within":"30d"}},
        "rules":{"work":{"when":"order","invoke":"call","input":{"n.$":"$.detail.n"}}},
        "functions":{"call":{"http":"http://127.0.0.1:1/"}}}"#;
    let compiled = fanin_workflow::compile("recovery.json", text);
    compiled.plan.with_context(|| format!("no workflow: {:?}", compiled.diagnostics))
}

fn event(n: usize) -> Arrival {
    let text = format!(
        r#"{{"id":"order-{n}","source":"bench","detail-type":"Order","time":"2026-01-01T00:00:00Z","detail":{{"n":"{n}"}}}}"#
    );
    Arrival { text, identity: None, origin: Origin::Internal }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEW: usize = 1_000;
    /// So many times as many calls are open.
    const TIMES: u32 = 8;
    /// May take so many times as long: less than half of what a square would take, more than any line with its noise.
    const AT_MOST: u32 = 28;
    /// The shortest of so many counts: noise only ever adds.
    const TRIES: usize = 3;

    fn shortest(calls: usize, snapshot: bool) -> Duration {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::new(dir.path(), calls, snapshot).unwrap();
        (0..TRIES).map(|_| place.recover().unwrap().cpu).min().unwrap()
    }

    #[test]
    fn a_start_is_no_square_of_the_open_calls() {
        for snapshot in [false, true] {
            let few = shortest(FEW, snapshot);
            let many = shortest(FEW * TIMES as usize, snapshot);
            println!("snapshot {snapshot}: {few:?} with {FEW}, {many:?} with {TIMES} times as many");
            if few.is_zero() {
                println!("skipped: this system does not tell the CPU time of a thread");
                return;
            }
            assert!(many < few * AT_MOST, "{TIMES} times as many calls: {few:?} became {many:?}");
        }
    }
}
