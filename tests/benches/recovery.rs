//! Recovery with calls that are open: how long a start takes with one to a hundred thousand of them, from the log and from a snapshot.
//!
//! `cargo bench -p fanin-tests --bench recovery [-- ROUNDS]`. Sizes take turns, so that a busy moment of the machine hits all of
//! them; the CPU time of the recovering thread is told beside the time, which a busy machine lengthens.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints, and ends when something is wrong"
)]

use fanin_tests::measure::{Series, load, millis, ms};
use fanin_tests::recovery::Place;

const SIZES: [usize; 4] = [1_000, 10_000, 50_000, 100_000];

fn main() {
    let rounds: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(5);
    let root = tempfile::tempdir().unwrap();
    let kinds = [false, true].into_iter().flat_map(|snapshot| SIZES.map(|calls| (calls, snapshot)));
    let mut places: Vec<(Place, Series, Series)> = kinds
        .map(|(calls, snapshot)| {
            let dir = root.path().join(format!("{calls}-{snapshot}"));
            (Place::new(&dir, calls, snapshot).unwrap(), Series::default(), Series::default())
        })
        .collect();
    println!("{}", load());
    for _ in 0..rounds {
        for (place, cpu, wall) in &mut places {
            let took = place.recover().unwrap();
            cpu.add(ms(took.cpu));
            wall.add(ms(took.wall));
        }
    }
    for (place, cpu, wall) in &places {
        println!(
            "{:6} open calls from the {} | ready in {} | CPU {} = {:.2} us a call",
            place.calls,
            if place.snapshot { "snapshot" } else { "log     " },
            wall.show(millis),
            cpu.show(millis),
            cpu.median() * 1e3 / place.calls as f64
        );
    }
    println!("{}", load());
}
