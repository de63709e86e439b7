//! Instructions of matching, counted by valgrind: they do not depend on the machine's load, so that a change of a few percent
//! is seen. `make bench-instructions` counts and compares them with the table beside the sources.
#![expect(missing_docs, reason = "the macros make items without any")]

use std::hint::black_box;

use fanin_event_bench::prepared::{Prepared, trusting, validating};
use fanin_event_bench::rules::KINDS;
use gungraun::prelude::*;

#[library_benchmark]
#[benches::ten(iter = (0..KINDS.len()).map(|kind| (kind, 10)), setup = trusting)]
#[benches::thousand(iter = (0..KINDS.len()).map(|kind| (kind, 1_000)), setup = trusting)]
fn trusted(mut prepared: Prepared) -> (Prepared, usize) {
    let found = black_box(prepared.run());
    (prepared, found)
}

#[library_benchmark]
#[benches::ten(iter = (0..KINDS.len()).map(|kind| (kind, 10)), setup = validating)]
fn validated(mut prepared: Prepared) -> (Prepared, usize) {
    let found = black_box(prepared.run());
    (prepared, found)
}

library_benchmark_group!(name = matching, benchmarks = [trusted, validated]);

main!(library_benchmark_groups = matching);
