//! Plays the cases on all cores; tells the results in the order of the files.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use fanin_simulate::{diagnose, run_case};

use super::find::{Found, Job};
use super::results::{CaseResult, Outcome};

/// Threads at most; plays are short, and more would not help.
const THREADS: usize = 16;

/// Plays what was found. `tell` hears every result, in order. With `fail_fast` it ends with the first failure; true: and
/// there was more to play.
pub(super) fn play(found: &Found, (seed, fail_fast): (u64, bool), tell: impl FnMut(&CaseResult)) -> bool {
    let last = |result: &CaseResult| fail_fast && !result.passed();
    each(found, &|job| one(found, job, seed), &last, tell)
}

/// Does `work` for every job on all cores. `tell` hears what came of each, in order, up to the first that is the `last`; true:
/// and there was more to do.
pub(super) fn each<R: Send>(
    found: &Found,
    work: &(impl Fn(Job) -> R + Sync),
    last: &(impl Fn(&R) -> bool + Sync),
    mut tell: impl FnMut(&R),
) -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(THREADS).min(found.jobs.len()).max(1);
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (send, results) = mpsc::channel::<(usize, R)>();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (send, next, stop) = (send.clone(), &next, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = found.jobs.get(index) else { break };
                    let result = work(*job);
                    if last(&result) {
                        stop.store(true, Ordering::Relaxed);
                    }
                    if send.send((index, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        in_order(results, found.jobs.len(), last, &mut tell)
    })
}

/// Every case before the last one was begun before it, so it comes, too.
fn in_order<R>(
    results: mpsc::Receiver<(usize, R)>,
    count: usize,
    last: &impl Fn(&R) -> bool,
    tell: &mut impl FnMut(&R),
) -> bool {
    let mut waiting: BTreeMap<usize, R> = BTreeMap::new();
    let mut next = 0;
    for (index, result) in results {
        waiting.insert(index, result);
        while let Some(result) = waiting.remove(&next) {
            next += 1;
            tell(&result);
            if last(&result) {
                return next < count;
            }
        }
    }
    false
}

fn one(found: &Found, job: Job, seed: u64) -> CaseResult {
    let started = Instant::now();
    let Some((_, case, plan)) = found.case(job) else {
        let name = found.files.get(job.file).map_or("", |file| &file.name);
        let outcome = Outcome::Unplayable(mistakes(name));
        return CaseResult { job, outcome, plays: 0, elapsed: started.elapsed() };
    };
    let (outcome, plays) = match run_case(plan, case, seed) {
        Err(error) => (Outcome::Unplayable(error.to_string()), 1),
        Ok(report) => {
            let plays = report.plays(case);
            if report.failures.is_empty() {
                (Outcome::Passed, plays)
            } else {
                match diagnose(plan, case, &report) {
                    Ok(diagnosis) => (Outcome::Failed(Box::new(diagnosis)), plays),
                    Err(error) => (Outcome::Unplayable(error.to_string()), plays),
                }
            }
        }
    };
    CaseResult { job, outcome, plays, elapsed: started.elapsed() }
}

/// Why a file was not played.
pub(super) fn mistakes(name: &str) -> String {
    format!("the file or its workflow has mistakes; `fanin check {name}` shows them, too")
}
