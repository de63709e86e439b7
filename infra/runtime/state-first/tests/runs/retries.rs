//! Retries: the same attempts at the same moments as the log-first host makes them.

use fanin_event::{Identity, Origin, Timestamp};
use fanin_runtime::{Engine, OutcomeRef, Record};
use fanin_state_first::*;

use crate::support::{self, START};
use crate::world::{Reply, World, plan, workflow};

const RETRY: &str = ", retry: [{ ErrorEquals: [Busy], IntervalSeconds: 3, MaxAttempts: 4, BackoffRate: 2.5, \
                     JitterStrategy: FULL }, { ErrorEquals: [States.ALL], IntervalSeconds: 400, MaxAttempts: 2 }]";

/// The waits between the attempts of a call that always fails so, as the log-first engine decides them, in seconds.
fn of_the_log(error: &str) -> Vec<i64> {
    let plan = plan(RETRY).to_json().unwrap();
    let mut engine = Engine::default();
    engine.turn(&Record::Activated { at: Timestamp(START), plan: &plan }).unwrap();
    let text = r#"{"id":"a","source":"t","detail-type":"Job","detail":{"k":"1"}}"#;
    let identity = Some(Identity::of(&["t", "a"]));
    let at = Timestamp(START);
    engine.turn(&Record::Event { at, identity, origin: Origin::from_number(0).unwrap(), text }).unwrap();
    let (mut now, mut waits) = (at, Vec::new());
    loop {
        let actions = engine.outbox().actions;
        let [action] = actions.as_slice() else { return waits };
        let (run, index, attempt) = (action.run, action.index, action.attempt);
        let outcome = OutcomeRef::Failed(error, "so it is");
        engine.turn(&Record::Settled { at: now, run, index, attempt, outcome }).unwrap();
        let due = engine.next_due();
        if due != Timestamp::NEVER {
            waits.push(due.0 - now.0);
            now = due;
            engine.turn(&Record::Tick { at: now }).unwrap();
        }
    }
}

/// The same by messages.
fn of_the_messages(error: &'static str) -> Vec<i64> {
    let mut world = World::new(&workflow(RETRY), &[Reply::Fail(error)]);
    let mut message = world.start("a");
    let mut waits = Vec::new();
    loop {
        let now = message.received;
        world.done(&[message]);
        let sent = world.sent();
        let due = sent.iter().find_map(|(message, _)| match message {
            Message::WakeRun { due, .. } => Some(*due),
            _ => None,
        });
        let Some(due) = due else { return waits };
        waits.push(due.0 - now.0);
        world.inner.at = due.0 - 1;
        let (wake, _) = sent.into_iter().find(|(m, _)| matches!(m, Message::WakeRun { .. })).unwrap();
        message = world.inner.message(wake.to_text());
        message.received = due;
    }
}

#[test]
fn the_waits_are_those_of_the_log_first_host() {
    for (error, attempts) in [("Busy", 4), ("Other", 2)] {
        let waits = of_the_messages(error);
        assert_eq!(waits.len(), attempts, "{waits:?}");
        assert_eq!(waits, of_the_log(error), "{error}");
    }
}

#[test]
fn a_wake_up_that_comes_early_or_twice_does_no_harm() {
    let mut world = World::new(&workflow(", retry: 3"), &[Reply::Fail("Busy"), Reply::Done("1")]);
    let start = world.start("a");
    world.done(&[start]);
    let (wake, delay) = world.wake();
    assert_eq!(delay, 1);
    let mut early = wake.clone();
    early.received = Timestamp(wake.received.0 - 500);
    world.done(&[early]);
    let (_, delay) = world.wake();
    assert_eq!(delay, 0, "half a second is left");
    world.calls();
    world.done(std::slice::from_ref(&wake));
    assert_eq!(world.calls(), [(0, 2)]);
    let twice = world.inner.again(&wake);
    world.done(&[twice]);
    assert!(world.calls().is_empty());
}

#[test]
fn a_retry_that_is_far_away_waits_as_a_row() {
    let far = ", retry: [{ ErrorEquals: [States.ALL], IntervalSeconds: 3600, MaxAttempts: 1 }]";
    let mut world = World::new(&workflow(far), &[Reply::Fail("Busy"), Reply::Done("1")]);
    let start = world.start("a");
    world.done(&[start]);
    assert!(world.sent().is_empty(), "no queue waits for an hour");
    let now = Timestamp(world.inner.at + 61 * support::MINUTE);
    let store = &world.inner.store;
    support::run(sweep((store, &world.inner.queue), "w", now, &support::TIME)).unwrap().unwrap();
    let (wake, _) = world.wake();
    world.done(&[wake]);
    assert_eq!(world.names(), ["work.done"]);
}

#[test]
fn a_completion_goes_to_the_rules_that_name_it_too() {
    let text = workflow("").replace("rules:\n", "rules:\n  tell: { when: work.done, send: { log: x } }\n");
    let mut world = World::new(&text, &[Reply::Done("1")]);
    let start = world.start("a");
    world.done(&[start]);
    assert_eq!(world.names(), ["start tell", "work.done"]);
}
