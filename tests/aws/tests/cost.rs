//! What joins cost, measured at the wire and compared with the goals; the database's own report agrees.
#![expect(clippy::unwrap_used, reason = "tests")]

use fanin_tests_aws::cost::{Cost, Workload, measure};
use fanin_tests_aws::lambda::bootstraps;

async fn cost(workload: Workload) -> Cost {
    let built = bootstraps().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let cost = measure(&built, workload, 1, dir.path()).await.unwrap();
    assert!(cost.sound(), "{cost}");
    let (writes, reads) = cost.off();
    assert!(writes.abs() <= 0.15 && reads.abs() <= 0.15, "`fanin cost` says something else: {cost}");
    cost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_of_four() {
    let cost = cost(Workload::Joins { joins: 100, deadline: false, batch: 10 }).await;
    let (writes, reads) = cost.conditions();
    // One write an event: also the last, whose outbox holds the firing, stays within one KB.
    assert!(writes <= 1.02 && reads <= 0.6, "{cost}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_of_four_with_a_deadline_cost_one_write_more_each() {
    let cost = cost(Workload::Joins { joins: 100, deadline: true, batch: 10 }).await;
    let (writes, reads) = cost.conditions();
    let (timer_writes, _) = cost.timers();
    assert!(reads <= 1.0, "{cost}");
    assert!(
        writes + timer_writes <= 1.02 + 0.25 + 0.02,
        "1 an event and 1 a deadline, four events each: {cost}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_of_a_thousand_by_a_hundred_of_one_key_a_batch() {
    let cost = cost(Workload::Counts { joins: 4, events: 1_000, batch: 100 }).await;
    let (writes, reads) = cost.conditions();
    assert!(writes <= 0.08 && reads <= 0.04, "{cost}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hot_key_under_duplicates_and_disorder() {
    let cost = cost(Workload::Hot { events: 20_000, batch: 1_000 }).await;
    let (writes, reads) = cost.conditions();
    assert!(writes <= 0.05 && reads <= 0.05, "{cost}");
    assert!(cost.used.largest <= 64 * 1024, "{cost}");
}
