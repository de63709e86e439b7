//! `map`: rounds of calls, failures, and a worker whose time is over in the middle.

use std::sync::Mutex;

use fanin_state_first::*;

use crate::support::run;
use crate::world::{Reply, Running, World, workflow};

const MAP: &str = ", map: { items: $.detail.list, max_concurrency: 3, tolerated_failure_percentage: 50 }";

fn start(world: &mut World, items: usize) -> Received {
    let list: Vec<usize> = (0..items).collect();
    let start = world.start_of("work", "a", &format!(r#"{{"k":"1","list":{list:?}}}"#));
    world.inner.message(Message::Start(start).to_text())
}

#[test]
fn rounds_of_max_concurrency_one_commit_each() {
    let mut world = World::new(&workflow(MAP), &[Reply::Done("1")]);
    let message = start(&mut world, 7);
    let told = world.done(&[message]);
    assert_eq!((told.calls, told.done, told.commits), (7, 7, 4), "the start, and three rounds: {told:?}");
    assert_eq!(world.calls().iter().map(|call| call.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
    let completion = world.completion();
    let envelope: serde_json::Value = serde_json::from_str(&completion.envelope).unwrap();
    assert_eq!(envelope["detail"]["results"].as_array().unwrap().len(), 7);
}

#[test]
fn failures_within_the_tolerance_stand_among_the_results() {
    let replies = [Reply::Done("1"), Reply::Fail("Broken"), Reply::Done("3")];
    let mut world = World::new(&workflow(MAP), &replies);
    let message = start(&mut world, 4);
    world.done(&[message]);
    let completion = world.completion();
    let envelope: serde_json::Value = serde_json::from_str(&completion.envelope).unwrap();
    assert_eq!((&*completion.name, envelope["detail"]["failed"].as_u64()), ("work.done", Some(1)));
    assert_eq!(envelope["detail"]["results"][1]["error"], "Broken");
    assert_eq!(world.inner.codes(), ["Broken"]);
}

#[test]
fn too_many_failures_end_it() {
    let mut world = World::new(&workflow(MAP), &[Reply::Fail("Broken")]);
    let message = start(&mut world, 9);
    let told = world.done(&[message]);
    assert_eq!(
        told.calls, 7,
        "after the fifth failure of nine nothing starts any more; one more was on its way"
    );
    assert_eq!(&*world.completion().name, "work.failed");
    assert_eq!(world.inner.dead().len(), 7);
}

#[test]
fn accepted_items_are_marked_together_and_answers_coalesce() {
    let mut world = World::new(&workflow(MAP), &[Reply::Accept]);
    let message = start(&mut world, 5);
    let told = world.done(&[message]);
    assert_eq!((told.accepted, told.commits), (3, 2));
    let answers: Vec<Received> =
        (0..3).map(|index| world.settled("a", (index, 1), WireOutcome::Done(index.to_string()))).collect();
    let told = world.done(&answers);
    assert_eq!((told.accepted, told.commits), (2, 2), "three answers in one commit, two calls in one mark");
    assert_eq!(world.calls(), [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1)]);
    let answers: Vec<Received> =
        (3..5).map(|index| world.settled("a", (index, 1), WireOutcome::Done("9".into()))).collect();
    world.done(&answers);
    assert_eq!(&*world.completion().name, "work.done");
}

#[test]
fn a_worker_whose_time_is_over_hands_on_what_it_has_not_made() {
    let mut world = World::new(&workflow(MAP), &[Reply::Done("1")]);
    let message = start(&mut world, 9);
    // Each look at the deadline takes two seconds: after some calls the time is up.
    let deadline = Running(Mutex::new(30_000), 2_000);
    let told = run(world.rules.batch_told(&[message], &deadline)).unwrap();
    assert_eq!(told.handled, [Handled::Done], "what is left goes on by a message of its own: {told:?}");
    assert!(told.stopped && told.calls > 0 && told.calls < 9, "{told:?}");
    let (wake, delay) = world.wake();
    assert_eq!(delay, 0);
    let told_again = world.done(std::slice::from_ref(&wake));
    assert_eq!(told.calls + told_again.calls, 9, "no call is made twice");
    assert_eq!(&*world.completion().name, "work.done");
    let twice = world.inner.again(&wake);
    assert_eq!(world.done(&[twice]).calls, 0);
}

#[test]
fn no_items_are_done_at_once() {
    let mut world = World::new(&workflow(MAP), &[Reply::Done("1")]);
    let message = start(&mut world, 0);
    let told = world.done(&[message]);
    assert_eq!((told.calls, told.commits), (0, 1));
    assert_eq!(&*world.completion().name, "work.done");
}

#[test]
fn many_results_stand_outside_the_cell() {
    let mut world = World::new(&workflow(MAP), &[Reply::Accept]);
    let message = start(&mut world, 4);
    world.done(&[message]);
    let text = format!("\"{}\"", "y".repeat(30_000));
    for index in 0..3 {
        let answer = world.settled("a", (index, 1), WireOutcome::Done(text.clone()));
        world.done(&[answer]);
        let cells = world.inner.store.model.cells();
        assert!(cells[0].1.head.len() <= 33 * 1024, "{}", cells[0].1.head.len());
    }
    let answer = world.settled("a", (3, 1), WireOutcome::Done(text));
    world.done(&[answer]);
    assert_eq!(&*world.completion().name, "work.done");
}
