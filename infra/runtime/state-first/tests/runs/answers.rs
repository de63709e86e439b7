//! Answers that come by another way, late, twice or to nobody; and redriving.

use fanin_state_first::*;

use crate::support::run;
use crate::world::{Reply, World, workflow};

fn record(world: &World, cause: &str, attempt: u32, rest: &str) -> String {
    let run = serde_json::to_string(&world.run_of(cause)).unwrap();
    format!(
        r#"{{"version":"1.0","requestContext":{{"functionArn":"arn:aws:lambda:x:1:function:f","condition":"RetriesExhausted"}},
        "requestPayload":{{"_fanin":{{"run":{run},"rule":"work","index":0,"attempt":{attempt},"action":"a","plan":"p"}}}},{rest}}}"#
    )
}

#[test]
fn the_record_of_a_destination_is_an_answer() {
    let catching = ", catch: [{ ErrorEquals: [DiskFull], emit: job_stuck }]";
    let mut world = World::new(&workflow(catching), &[Reply::Accept]);
    let start = world.start("a");
    world.done(&[start]);
    let body = record(
        &world,
        "a",
        1,
        r#""responseContext":{"statusCode":200,"functionError":"Unhandled"},"responsePayload":{"errorType":"DiskFull","errorMessage":"m"}"#,
    );
    let answer = world.inner.message(body);
    world.done(std::slice::from_ref(&answer));
    let cells = world.inner.store.model.cells();
    assert!(!cells[0].1.outbox.is_empty());
    assert!(world.inner.dead().is_empty(), "it was caught");
    let again = world.inner.again(&answer);
    world.done(&[again]);
    assert_eq!(world.inner.outboxes(), 0);
}

#[test]
fn answers_nobody_waits_for_change_nothing() {
    let mut world = World::new(&workflow(", retry: 1"), &[Reply::Fail("Busy"), Reply::Done("1")]);
    let start = world.start("a");
    world.done(&[start]);
    let (wake, _) = world.wake();
    // Of the attempt before, of one that never was, of another index, of a run that is not there.
    for (cause, call) in [("a", (0, 1)), ("a", (0, 2)), ("a", (1, 1)), ("b", (0, 1))] {
        let late = world.settled(cause, call, WireOutcome::Done("2".into()));
        let told = world.done(&[late]);
        assert_eq!((told.commits, told.calls), (0, 0), "{cause} {call:?}");
    }
    assert_eq!(world.sent().len(), 1, "the first of them has published the wake-up once more");
    world.done(&[wake]);
    assert_eq!(world.names(), ["work.done"]);
    let late = world.settled("a", (0, 2), WireOutcome::Done("3".into()));
    world.done(&[late]);
    assert_eq!(world.names(), ["work.done"], "only published again");
}

#[test]
fn a_stale_read_is_not_believed_when_it_says_that_there_is_nothing() {
    let mut world = World::new(&workflow(""), &[Reply::Accept]);
    world.inner.store.model.stale_by(2);
    let start = world.start("a");
    world.done(&[start]);
    let answer = world.settled("a", (0, 1), WireOutcome::Done("1".into()));
    world.done(&[answer]);
    assert_eq!(world.names(), ["work.done"]);
}

#[test]
fn given_up_is_a_dead_letter_and_a_redrive_starts_once_more() {
    let mut world = World::new(&workflow(""), &[Reply::Fail("Broken")]);
    let start = world.start("a");
    world.done(&[start]);
    assert_eq!(world.names(), ["work.failed"]);
    let dead = world.inner.dead();
    assert_eq!((dead.len(), dead[0].letter.code.as_str()), (1, "Broken"));
    let calls = world.script.calls.lock().unwrap().clone();
    world.calls();
    let again = dead[0].again(fanin_event::Timestamp(world.inner.at)).unwrap();
    let redrive = world.inner.message(again.to_text());
    world.script(&[Reply::Done("7")]);
    let told = world.done(std::slice::from_ref(&redrive));
    assert_eq!((told.started, told.calls), (1, 1));
    let second = world.script.calls.lock().unwrap().clone();
    assert_eq!(calls[0].0.id, second[0].0.id, "the same action id");
    assert_eq!(calls[0].0.payload, second[0].0.payload);
    assert!(world.names().contains(&"work.done".to_owned()));
    // The same redrive delivered again does not.
    let twice = world.inner.again(&redrive);
    assert_eq!(world.done(&[twice]).started, 0);
    // Another redrive does.
    let another = world.inner.message(again.to_text());
    assert_eq!(world.done(&[another]).started, 1);
}

#[test]
fn a_redrive_of_a_run_that_goes_on_stays_a_dead_letter() {
    let mut world = World::new(&workflow(""), &[Reply::Accept]);
    let start = world.start("a");
    world.done(&[start]);
    let mut again = world.start_of("work", "a", r#"{"k":"1"}"#);
    again.again = true;
    let redrive = world.inner.message(Message::Start(again).to_text());
    assert_eq!(world.done(&[redrive]).started, 0);
    assert_eq!(world.inner.codes(), ["run-not-over"]);
    let sort = world.inner.dead_sorts().remove(0);
    let found =
        run(get_dead((&world.inner.store, &world.inner.claims), "w", &sort)).unwrap().unwrap().unwrap();
    assert!(found.record.unwrap().again(fanin_event::Timestamp(1)).is_ok());
}
