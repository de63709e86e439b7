//! The thread's CPU time.

use std::hint::black_box;

use rustix::time::{ClockId, clock_gettime};

/// Events between two looks at the clock.
const STRETCH: usize = 64;

/// Seconds of CPU time this thread has had.
pub(crate) fn now() -> f64 {
    let at = clock_gettime(ClockId::ThreadCPUTime);
    at.tv_sec as f64 + at.tv_nsec as f64 / 1e9
}

/// Events a second over about `ms` of CPU time; goes on in the list where it stopped before.
pub(crate) fn rate(ms: u64, events: &[String], next: &mut usize, mut each: impl FnMut(&str) -> usize) -> f64 {
    let (start, mut done) = (now(), 0_u64);
    loop {
        for _ in 0..STRETCH {
            let Some(event) = events.get(*next) else {
                *next = 0;
                continue;
            };
            *next += 1;
            black_box(each(black_box(event)));
            done += 1;
        }
        let took = now() - start;
        if took * 1e3 >= ms as f64 {
            return done as f64 / took;
        }
    }
}
