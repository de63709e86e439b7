//! A worker that dies at each step: what the next one finds, and that nothing is lost and nothing called without need.

use fanin_event::Span;
use fanin_state_first::*;

use crate::support::{Fault, Mood, run};
use crate::world::{Reply, World, workflow};

#[test]
fn after_the_put_and_before_the_call() {
    let mut world = World::new(&workflow(""), &[Reply::Dies]);
    let start = world.start("a");
    world.dies(std::slice::from_ref(&start));
    world.calls();
    world.script(&[Reply::Done("1")]);
    // A twin of the message does not call beside the first worker, and is not forgotten before that one is done.
    let twin = world.start("a");
    let told = world.batch(std::slice::from_ref(&twin));
    assert_eq!((told.handled.as_slice(), told.calls), (&[Handled::Again][..], 0));
    // The message itself comes again when its worker cannot live any more.
    let again = world.inner.again(&start);
    assert_eq!(world.done(&[again]).calls, 1);
    assert_eq!(world.calls(), [(0, 1)], "the same call once more");
    assert_eq!(world.names(), ["work.done"]);
    let twin = world.inner.again(&twin);
    assert_eq!(world.done(&[twin]).calls, 0);
}

#[test]
fn an_owner_that_was_set_aside_and_sent_again_is_not_forgotten() {
    let mut world = World::new(&workflow(""), &[Reply::Dies]);
    let start = world.start("a");
    world.dies(&[start]);
    world.calls();
    world.script(&[Reply::Done("1")]);
    // The same message with another id, and its first delivery: the lease lasts.
    let sent_again = world.start("a");
    assert_eq!(world.batch(std::slice::from_ref(&sent_again)).handled, [Handled::Again]);
    let later = world.inner.again(&sent_again);
    assert_eq!(world.done(&[later]).calls, 1);
    assert_eq!(world.names(), ["work.done"]);
}

#[test]
fn the_same_delivery_twice_at_once_waits() {
    let mut world = World::new(&workflow(""), &[Reply::Dies]);
    let start = world.start("a");
    world.dies(std::slice::from_ref(&start));
    world.calls();
    world.script(&[Reply::Done("1")]);
    assert_eq!(world.batch(std::slice::from_ref(&start)).handled, [Handled::Again]);
    assert!(world.calls().is_empty());
}

#[test]
fn a_lease_that_is_over_is_anybodys() {
    let mut world = World::new(&workflow(""), &[Reply::Dies]);
    let start = world.start("a");
    world.dies(&[start]);
    world.calls();
    world.script(&[Reply::Done("1")]);
    world.inner.at += 59_000;
    let twin = world.start("a");
    assert_eq!(world.batch(&[twin]).handled, [Handled::Again], "it has lasted 59 s");
    world.inner.at += 1_000;
    let twin = world.start("a");
    assert_eq!(world.done(&[twin]).calls, 1, "after a minute it is over");
}

#[test]
fn the_owner_may_come_again_beside_others() {
    let mut world = World::new(&workflow(""), &[Reply::Dies]);
    let start = world.start("a");
    world.dies(std::slice::from_ref(&start));
    world.calls();
    world.script(&[Reply::Done("1")]);
    let batch = [world.start("a"), world.inner.again(&start)];
    assert_eq!(world.done(&batch).calls, 1);
}

#[test]
fn after_the_call_and_before_the_mark() {
    let mut world = World::new(&workflow(""), &[Reply::Accept]);
    let start = world.start("a");
    // The put goes through; the mark does not, whatever is tried.
    world.inner.faults(&[Fault::None, Fault::Throttled]);
    assert_eq!(world.batch(std::slice::from_ref(&start)).handled, [Handled::Again]);
    assert_eq!(world.calls(), [(0, 1)]);
    let again = world.inner.again(&start);
    world.done(std::slice::from_ref(&again));
    assert_eq!(world.calls(), [(0, 1)], "handed over twice, with the same id");
    let again = world.inner.again(&again);
    world.done(&[again]);
    assert!(world.calls().is_empty(), "marked: never again");
    let answer = world.settled("a", (0, 1), WireOutcome::Done("1".into()));
    world.done(&[answer]);
    assert_eq!(world.names(), ["work.done"]);
}

#[test]
fn an_answer_that_overtakes_the_mark_counts() {
    let mut world = World::new(&workflow(""), &[Reply::Accept]);
    let (start, answer) = (world.start("a"), world.settled("a", (0, 1), WireOutcome::Done("1".into())));
    let other = world.other();
    *world.script.before.lock().unwrap() = Some(Box::new(move || {
        assert_eq!(run(other.batch(&[answer], &crate::support::TIME)).unwrap(), [Handled::Done]);
    }));
    world.done(&[start]);
    assert_eq!(world.calls(), [(0, 1)]);
    assert!(world.names().contains(&"work.done".to_owned()));
}

#[test]
fn after_the_settlement_and_before_it_is_published() {
    for mood in [Mood::Hangs, Mood::Down] {
        let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
        world.mood(mood);
        let start = world.start("a");
        match mood {
            Mood::Hangs => world.dies(std::slice::from_ref(&start)),
            _ => assert_eq!(world.batch(std::slice::from_ref(&start)).handled, [Handled::Again]),
        }
        assert_eq!(world.calls(), [(0, 1)]);
        world.mood(Mood::Works);
        let again = world.inner.again(&start);
        world.done(&[again]);
        assert_eq!(world.names(), ["work.done"]);
        assert!(world.calls().is_empty(), "settled is settled");
        assert_eq!(world.inner.outboxes(), 0);
    }
}

#[test]
fn a_call_that_the_worker_has_no_time_for_is_not_begun() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let start = world.start("a");
    let told = world.with(std::slice::from_ref(&start), Span::seconds(7));
    assert_eq!((told.handled.as_slice(), told.calls, told.stopped), (&[Handled::Again][..], 0, true));
    let again = world.inner.again(&start);
    let told = world.with(std::slice::from_ref(&again), Span::seconds(2));
    assert_eq!((told.handled.as_slice(), told.commits), (&[Handled::Again][..], 0), "not even looked at");
    let again = world.inner.again(&again);
    assert_eq!(world.done(&[again]).calls, 1);
}

#[test]
fn a_call_that_is_cut_off_is_made_again() {
    let mut world = World::new(&workflow(""), &[Reply::Unfinished]);
    let start = world.start("a");
    let told = world.batch(std::slice::from_ref(&start));
    assert_eq!((told.handled.as_slice(), told.calls), (&[Handled::Again][..], 1));
    world.script(&[Reply::Done("1")]);
    let again = world.inner.again(&start);
    world.done(&[again]);
    assert_eq!(world.calls(), [(0, 1), (0, 1)]);
    assert_eq!(world.names(), ["work.done"]);
}

#[test]
fn without_a_plan_everything_waits_and_says_what_mends_it() {
    let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
    let start = world.start("a");
    let plans = std::sync::Arc::new(Plans::new("other"));
    let inner = &world.inner;
    let rules = Rules::new(
        inner.store.clone(),
        inner.queue.clone(),
        inner.claims.clone(),
        world.script.clone(),
        plans,
    );
    let told = run(rules.batch_told(&[start], &crate::support::TIME)).unwrap();
    assert_eq!(told.handled, [Handled::Again]);
    assert!(told.troubles[0].contains("fanin deploy"), "{told:?}");
    assert_eq!(world.inner.dead_sorts().len(), 0);
}

#[test]
fn a_cell_that_others_keep_changing_is_given_back_after_some_tries() {
    let most = usize::try_from(runs::limits::MAX_CONFLICTS).unwrap();
    for (times, ends) in [(most, Handled::Done), (most + 1, Handled::Again)] {
        let mut world = World::new(&workflow(""), &[Reply::Done("1")]);
        world.inner.faults(&vec![Fault::Unknown; times]);
        let start = world.start("a");
        let told = world.batch(&[start]);
        assert_eq!((told.handled.as_slice(), told.conflicts), (&[ends][..], times));
    }
}

#[test]
fn calls_on_their_way_at_once_are_bounded() {
    let items = runs::limits::MAX_CALLS_AT_ONCE + 10;
    let map = ", map: { items: $.detail.list, max_concurrency: 1000 }";
    let mut world = World::new(&workflow(map), &[Reply::Dies]);
    let list: Vec<usize> = (0..items).collect();
    let start = world.start_of("work", "a", &format!(r#"{{"k":"1","list":{list:?}}}"#));
    let message = world.inner.message(Message::Start(start).to_text());
    world.dies(&[message]);
    assert_eq!(world.calls().len(), runs::limits::MAX_CALLS_AT_ONCE);
}

/// Found by the simulation. A delivery takes the lease of the one before, which is not over yet, and dies; that one has no time left
/// for a call and hands on what it has: not the call that is not its own any more, so its message must not be deleted.
#[test]
fn a_lease_that_another_delivery_took_outlives_the_worker_whose_time_is_over() {
    let map = ", map: { items: $.detail.list, max_concurrency: 2 }";
    let replies = [Reply::Dies, Reply::Dies, Reply::Unfinished, Reply::Done("1")];
    let mut world = World::new(&workflow(map), &replies);
    let message = world.start_of("work", "a", r#"{"k":"1","list":[0,1]}"#);
    let start = world.inner.message(Message::Start(message).to_text());
    let again = world.inner.again(&start);
    let other = world.other();
    let twin = again.clone();
    *world.script.before.lock().unwrap() = Some(Box::new(move || {
        assert!(run(other.batch(&[twin], &crate::support::TIME)).is_none(), "it was to die");
    }));
    assert_eq!(world.batch(&[start]).handled, [Handled::Again], "a call is left, and nobody else has it");
    world.calls();
    world.script(&[Reply::Done("1")]);
    let once_more = world.inner.again(&again);
    world.done(&[once_more]);
    assert_eq!(world.calls(), [(0, 1)]);
    assert!(world.names().contains(&"work.done".to_owned()));
}
