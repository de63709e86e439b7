//! Starts: one run for one cause, whatever comes again, races or is edited meanwhile.

use fanin_event::Span;
use fanin_state_first::*;

use crate::support::{Fault, run};
use crate::world::{Reply, World, workflow};

#[test]
fn a_call_that_is_answered_at_once_is_two_writes_and_its_completion_leaves() {
    let mut world = World::new(&workflow(""), &[Reply::Done("{\"a\":1}")]);
    let start = world.start("a");
    let told = world.done(&[start]);
    assert_eq!((told.started, told.calls, told.done, told.commits, told.conflicts), (1, 1, 1, 2, 0));
    let completion = world.completion();
    assert_eq!((&*completion.name, completion.hops), ("work.done", 1));
    assert_eq!(completion.captures, [("k".into(), "1".into())]);
    let envelope: serde_json::Value = serde_json::from_str(&completion.envelope).unwrap();
    assert_eq!(envelope["detail"]["result"]["a"], 1);
    let calls = world.script.calls.lock().unwrap();
    assert_eq!(calls[0].1.timeout, Span::seconds(10), "the function's own limit");
    assert!(calls[0].1.left <= Span::seconds(60));
}

#[test]
fn a_second_start_is_a_repetition_in_any_process_and_publishes_once_more() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let start = world.start("a");
    world.done(std::slice::from_ref(&start));
    assert_eq!(world.calls(), [(0, 1)]);
    assert_eq!(world.names(), ["work.done"]);
    assert_eq!(world.inner.outboxes(), 1, "nobody has cleared it");
    let other = world.other();
    let twin = world.start("a");
    assert_eq!(run(other.batch(&[twin], &crate::support::TIME)).unwrap(), [Handled::Done]);
    assert_eq!(world.names(), ["work.done"], "who finds an outbox publishes it");
    assert_eq!(world.inner.outboxes(), 0, "and clears it");
    let again = world.inner.again(&start);
    let told = world.done(&[again]);
    assert_eq!((told.started, told.calls), (0, 0));
    assert!(world.calls().is_empty() && world.names().is_empty());
    assert_eq!(world.cells(), 1);
}

#[test]
fn messages_of_one_run_in_a_batch_are_one_run() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let batch = [world.start("a"), world.start("a"), world.start("b")];
    let told = world.done(&batch);
    assert_eq!((told.started, told.calls), (2, 2));
    assert_eq!(world.names(), ["work.done", "work.done"]);
}

#[test]
fn two_workers_that_begin_at_once_call_once() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let (mine, theirs) = (world.start("a"), world.start("a"));
    let other = world.other();
    *world.inner.store.before.lock().unwrap() = Some(Box::new(move || {
        assert_eq!(run(other.batch(&[theirs], &crate::support::TIME)).unwrap(), [Handled::Done]);
    }));
    let told = world.done(&[mine]);
    assert_eq!((told.conflicts, told.calls), (1, 0), "{told:?}");
    assert_eq!(world.calls(), [(0, 1)]);
}

#[test]
fn a_lost_reply_is_looked_up_and_the_calls_are_made() {
    for (step, faults) in [[Fault::Lost, Fault::None], [Fault::None, Fault::Lost]].iter().enumerate() {
        let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
        world.inner.faults(faults);
        let start = world.start("a");
        let told = world.done(&[start]);
        assert_eq!((told.calls, told.conflicts), (1, 1), "step {step}");
        assert_eq!(world.names(), ["work.done"], "step {step}");
    }
    for faults in [[Fault::Unknown, Fault::None], [Fault::None, Fault::Unknown]] {
        let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
        world.inner.faults(&faults);
        let start = world.start("a");
        let told = world.done(&[start]);
        assert_eq!((told.calls, told.conflicts), (1, 1));
        assert_eq!(world.names(), ["work.done"]);
    }
}

#[test]
fn a_rule_that_no_plan_has_is_a_dead_letter_that_can_be_tried_again() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let start = world.start_of("gone", "a", "{}");
    let message = world.inner.message(Message::Start(start.clone()).to_text());
    world.done(&[message]);
    let dead = world.inner.dead();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].letter.code, "no-such-rule");
    assert!(dead[0].letter.reason.contains("`gone`") && dead[0].letter.reason.contains("deploy"));
    let Message::Start(again) = dead[0].again(fanin_event::Timestamp(5)).unwrap() else { panic!("a start") };
    assert_eq!((again.cause, again.captures, again.again), (start.cause, start.captures, true));
    assert_eq!(world.cells(), 0);
}

#[test]
fn a_run_finishes_under_the_rule_that_started_it() {
    let retrying = ", retry: [{ ErrorEquals: [States.ALL], IntervalSeconds: 60, MaxAttempts: 2 }]";
    let mut world = World::new(&workflow(retrying), &[Reply::Fail("Busy")]);
    let start = world.start("a");
    world.done(&[start]);
    let (wake, _) = world.wake();
    world.inner.deploy(&workflow("")).unwrap();
    world.done(&[wake]);
    assert_eq!(world.calls(), [(0, 1), (0, 2)], "the second attempt is the old rule's");
    let (wake, delay) = world.wake();
    assert_eq!(delay, 120, "and so is the third");
    let fresh = world.start("b");
    world.done(&[fresh]);
    assert_eq!(world.names(), ["work.failed"], "a new run has no retries any more");
    world.done(&[wake]);
    assert_eq!(world.names(), ["work.failed"]);
}

#[test]
fn what_does_not_belong_here_is_a_dead_letter_and_newer_messages_wait() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let bodies = [
        "plain".to_owned(),
        r#"{"fanin":1,"do":"start"}"#.to_owned(),
        Message::Wake { condition: "ended".into(), key: "1".into(), due: fanin_event::Timestamp(1) }
            .to_text(),
        r#"{"requestContext":{"functionArn":"arn:x","condition":"Success"},"requestPayload":{"a":1}}"#
            .to_owned(),
        Message::Claimed { key: "nowhere".into() }.to_text(),
    ];
    let batch: Vec<Received> = bodies.into_iter().map(|body| world.inner.message(body)).collect();
    let told = world.done(&batch);
    assert_eq!(told.dead, 5);
    let mut codes = world.inner.codes();
    codes.sort();
    assert_eq!(codes, ["claim-gone", "not-a-message", "not-a-message", "not-for-rules", "not-our-call"]);
    let newer = world.inner.message(r#"{"fanin":99,"do":"start"}"#.to_owned());
    let told = world.batch(&[newer]);
    assert_eq!(told.handled, [Handled::Again]);
    assert!(told.troubles[0].contains("deploy"), "{told:?}");
}

#[test]
fn a_message_that_was_put_aside_is_fetched() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let start = Message::Start(world.start_of("work", "a", "{}")).to_text();
    run(world.inner.claims.put("here", &start)).unwrap().unwrap();
    let claimed = world.inner.message(Message::Claimed { key: "here".into() }.to_text());
    assert_eq!(world.done(&[claimed]).calls, 1);
    let inside = Message::Claimed { key: "here".into() }.to_text();
    run(world.inner.claims.put("deeper", &inside)).unwrap().unwrap();
    let claimed = world.inner.message(Message::Claimed { key: "deeper".into() }.to_text());
    world.done(&[claimed]);
    assert_eq!(world.inner.codes(), ["claim-in-claim"]);
}

#[test]
fn a_large_cause_stands_outside_the_cell_and_a_large_answer_too() {
    let mut world = World::new(&workflow(""), &[Reply::Accept]);
    let text = "x".repeat(100_000);
    let start = world.start_of("work", "a", &format!(r#"{{"k":"1","text":"{text}"}}"#));
    let message = world.inner.message(Message::Start(start).to_text());
    world.done(&[message]);
    let cells = world.inner.store.model.cells();
    assert!(cells[0].1.head.len() < 1_000, "{}", cells[0].1.head.len());
    let answer = world.settled("a", (0, 1), WireOutcome::Done(format!("\"{text}\"")));
    world.done(&[answer]);
    let completion = world.completion();
    assert!(completion.envelope.contains(&text));
    let cells = world.inner.store.model.cells();
    assert!(cells[0].1.head.len() + cells[0].1.outbox.len() < 1_000);
}
