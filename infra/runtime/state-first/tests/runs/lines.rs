//! What is told of calls: how they ended, every call where all is told, and never what was answered.

use fanin_state_first::*;

use crate::support::{TIME, run};
use crate::world::{Reply, World, workflow};

const RETRY: &str = ", retry: [{ ErrorEquals: [Busy], IntervalSeconds: 60, MaxAttempts: 2 }]";

/// The lines of a run whose first call fails and whose second is answered.
fn lines(telling: Telling) -> Vec<Happening> {
    let replies = [Reply::Fail("Busy"), Reply::Done("\"s3cret\"")];
    let mut world = World::new(&workflow(RETRY), &replies);
    let mut lines = Vec::new();
    let start = world.start("a");
    lines.extend(run(world.other().telling(telling).batch_told(&[start], &TIME)).unwrap().happened.lines);
    let (wake, _) = world.wake();
    lines.extend(run(world.other().telling(telling).batch_told(&[wake], &TIME)).unwrap().happened.lines);
    lines
}

#[test]
fn failures_and_ends_are_told_and_calls_where_all_is() {
    use Occurrence::{Answered, Called, Completed, Failed};
    for (telling, wanted) in [
        (Telling::Off, vec![]),
        (Telling::Outcomes, vec![Failed, Completed]),
        (Telling::All, vec![Called, Failed, Called, Answered, Completed]),
    ] {
        let lines = lines(telling);
        assert_eq!(lines.iter().map(|line| line.what).collect::<Vec<_>>(), wanted);
        for line in lines {
            let text = serde_json::to_string(&line).unwrap();
            assert!(!text.contains("s3cret"), "{text}");
            // As `docs/deploy.md` counts them.
            assert!((100..=185).contains(&(text.len() + 1)), "{}: {text}", text.len() + 1);
        }
    }
}
