//! Joins through the real functions while requests fail, replies are lost and processes are killed: none lost, none twice.

use fanin_tests_aws::cases::seed;
use fanin_tests_aws::fault_run::{FaultRun, run};
use fanin_tests_aws::faults::Rates;
use fanin_tests_aws::lambda::bootstraps;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_hundred_joins_under_faults() {
    let built = bootstraps().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let rates = Rates { fault: 50, kill: 400 };
    let report = run(&built, FaultRun { joins: 300, seed: seed(), rates }, dir.path()).await.unwrap();
    assert!(report.clean(), "{report}");
}
