//! Scenarios on the real functions as processes, behind the wire protocols: a part of them always, all of them with
//! `FANIN_AWS_LONG=1`.

use fanin_simulate::Variation;
use fanin_tests_aws::cases::{self, Verdict};
use fanin_tests_aws::lambda::bootstraps;
use fanin_tests_aws::play;

/// What is always played: the uploads, and one file of everything that takes another way through the functions.
const ALWAYS: [&str; 8] = [
    "examples/uploads",
    "uploads.yaml",
    "calls.yaml",
    "catches.yaml",
    "deadline.yaml",
    "duplicates.yaml",
    "map.yaml",
    "retries.yaml",
];

#[test]
fn through_the_functions() {
    let built = bootstraps().unwrap();
    let long = std::env::var_os("FANIN_AWS_LONG").is_some();
    let mut verdict = Verdict::of("functions");
    cases::each(|name, plan, case| {
        if long || ALWAYS.iter().any(|part| name.contains(part)) {
            verdict.add(name, play::functions(&built, plan, case, Variation::Written));
        }
    });
    verdict.end();
}

#[test]
fn through_the_functions_with_crashes() {
    let built = bootstraps().unwrap();
    let long = std::env::var_os("FANIN_AWS_LONG").is_some();
    let mut verdict = Verdict::of("functions, crashing");
    cases::each(|name, plan, case| {
        if long || name.contains("examples/uploads") || name.contains("calls.yaml") {
            let variation = Variation::Crashing(cases::seed());
            verdict.add(name, play::functions(&built, plan, case, variation));
        }
    });
    verdict.end();
}
