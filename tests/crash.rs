//! A short run of the crash harness: the same code as `make crash`, with few rounds.

use fanin_tests::crash::{Options, fresh_seed, run};
use fanin_tests::process;

/// Two directories would be 26 and more; one is enough to be killed in every kind of moment.
const ROUNDS: u32 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_done_twice() {
    let seed = std::env::var("FANIN_SEED").ok().map_or_else(fresh_seed, |seed| seed.parse().unwrap());
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let options =
        Options { fanin: process::build().unwrap(), rounds: ROUNDS, seed, dir: dir.path().to_path_buf() };
    let ran = run(&options, &mut |line| println!("{line}")).await;
    if !ran.as_ref().is_ok_and(fanin_tests::crash::Report::is_good) {
        let kept = dir.keep();
        let said = ran.map(|report| format!("{report}\n{}", report.problems().join("\n")));
        panic!("again with FANIN_SEED={seed}, state in {}\n{said:?}", kept.display());
    }
    let report = ran.unwrap();
    println!("{report}");
    assert_eq!(report.rounds, ROUNDS);
    assert!(report.events > 500 && report.calls > 200, "too little happened to prove anything: {report}");
    assert!(report.answers > report.events, "no event was ever sent again: {report}");
}
