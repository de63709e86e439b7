//! Every scenario and every example's tests on the AWS host: the same firings, calls and dead letters as the embedded one.
//!
//! `FANIN_SEED=n` replays the variations of one run. What AWS cannot express stands in `docs/aws-differences.md`, and a case
//! that stands there and passes fails.

use fanin_simulate::Variation;
use fanin_tests_aws::cases::{self, Verdict};
use fanin_tests_aws::play;

#[test]
fn through_the_library() {
    let mut verdict = Verdict::of("library");
    cases::each(|name, plan, case| {
        verdict.add(name, play::library(plan, case, Variation::Written, play::Mode::Later))
    });
    verdict.end();
}

#[test]
fn through_the_library_with_answers_at_once_and_stale_reads() {
    let mut verdict = Verdict::of("library");
    cases::each(|name, plan, case| {
        verdict.add(name, play::library(plan, case, Variation::Written, play::Mode::AtOnce))
    });
    verdict.end();
}

#[test]
fn through_the_library_with_crashes_disorder_and_duplicates() {
    let mut verdict = Verdict::of("library, disturbed");
    cases::each(|name, plan, case| {
        for n in 0..5 {
            let seed = cases::seed().wrapping_mul(1000).wrapping_add(n);
            let played = play::library(plan, case, Variation::Crashing(seed), play::Mode::Disturbed(seed));
            verdict.add(&format!("{name} (FANIN_SEED {seed})"), played);
        }
    });
    verdict.end();
}

#[test]
fn in_any_order_a_case_allows() {
    let mut verdict = Verdict::of("library, shuffled");
    cases::each(|name, plan, case| {
        for n in 0..case.shuffle.unwrap_or(0).min(10) {
            let seed = cases::seed().wrapping_mul(1000).wrapping_add(u64::from(n));
            let played = play::library(plan, case, Variation::Shuffled(seed), play::Mode::Disturbed(seed));
            verdict.add(&format!("{name} (shuffle seed {seed})"), played);
        }
    });
    verdict.end();
}
