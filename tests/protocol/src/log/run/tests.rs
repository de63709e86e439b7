//! The checks of a log-first run, on runs that are judged before they are over or after they were tampered with.

use super::*;
use crate::real::Shape;

/// Seeds among which a run of each kind is looked for.
const SEEDS: u64 = 60;
/// Any number of dead letters is right.
const ANY: RangeInclusive<usize> = 0..=usize::MAX;

/// Runs without faults, on files.
fn runs() -> impl Iterator<Item = (Settings, Work)> {
    (0..SEEDS).map(|seed| {
        let settings = Settings::calm(seed);
        (settings, Work::of(Shape::of(seed), &settings).unwrap())
    })
}

/// Plays each run until `stop`, and gives what is wrong with the first that gets there; a run that ends before is none.
fn judged_at(stop: impl Fn(&Run<'_>) -> bool) -> Vec<String> {
    for (settings, work) in runs() {
        let mut run = Run::new(Store::Files, &settings, work, false);
        while run.step() {
            if stop(&run) {
                run.at_rest(&ANY);
                return run.problems;
            }
        }
        assert_eq!(run.problems, [""; 0], "seed {}", settings.workload);
    }
    vec![]
}

fn names(problems: &[String], words: &str) -> bool {
    problems.iter().any(|problem| problem.contains(words))
}

#[test]
fn an_instance_that_is_not_cleaned_up_is_named() {
    let found = judged_at(|run| {
        let mut instances = run.process.iter().flat_map(|process| process.engine.instances());
        instances.any(|view| !view.instance.is_open())
    });
    assert!(names(&found, "instances are never cleaned up"), "{found:?}");
    assert!(!names(&found, " 0 instances"), "{found:?}");
}

#[test]
fn a_run_that_does_not_end_is_named() {
    let found = judged_at(|run| {
        run.process.as_ref().is_some_and(|process| {
            process.engine.active_runs() > 0 && !process.has_frame() && !process.has_flight()
        })
    });
    assert!(names(&found, "runs never end") && !names(&found, ", 0 runs"), "{found:?}");
}

#[test]
fn an_event_that_is_never_acknowledged_is_named() {
    let found = judged_at(|run| !run.producers.are_done());
    assert!(names(&found, "never acknowledged"), "{found:?}");
}

#[test]
fn a_state_that_no_recovery_finds_again_is_named() {
    let found = judged_at(|run| {
        run.process.as_ref().is_some_and(|p| p.has_frame() && p.engine.instances().next().is_some())
    });
    assert!(names(&found, "a last recovery finds"), "{found:?}");
}

#[test]
fn an_attempt_that_is_made_twice_in_one_life_is_named() {
    for (settings, work) in runs() {
        let mut run = Run::new(Store::Files, &settings, work, false);
        while run.step() && run.calls.is_empty() {}
        let Some(action) = run.answers.first().map(|answer| answer.action.clone()) else { continue };
        run.call(action);
        assert!(names(&run.problems, "is made twice in one life"), "{:?}", run.problems);
        return;
    }
    panic!("no run makes a call");
}

#[test]
fn dead_letters_that_are_missing_or_too_many_are_named() {
    let (settings, work) = runs().next().unwrap();
    let mut run = Run::new(Store::Files, &settings, work, false);
    while run.step() {}
    let letters = run.process.as_ref().map_or(0, |process| process.engine.dead_letters().len());
    run.at_rest(&(letters + 1..=letters + 1));
    assert!(names(&run.problems, "dead letters, "), "{:?}", run.problems);
}
