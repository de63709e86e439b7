//! Timers: soon and late, repeated and lost, and the sweeper.

use crate::support::*;
use fanin_event::{Span, Timestamp};
use fanin_state_first::*;
use fanin_store::state::ShelfName;

fn workflow(within: &str) -> String {
    format!(
        "
version: 1
name: w
events:
  left: {{ match: {{ source: [t], detail-type: [Left] }}, capture: {{ $.detail.k: '{{k}}' }} }}
  right: {{ match: {{ source: [t], detail-type: [Right] }}, capture: {{ $.detail.k: '{{k}}' }} }}
conditions:
  pair: {{ all: [left, right], by: k, within: {within} }}
rules:
  call: {{ when: [pair, pair.timeout], invoke: f }}
functions:
  f: {{ respond: null }}
"
    )
}

fn left(world: &mut World, id: &str) -> Received {
    world.event("Left", id, r#"{"k":"1"}"#)
}

fn wake_of(world: &mut World, message: &Message, at: i64) -> Received {
    world.at = at;
    world.message(message.to_text())
}

#[test]
fn a_near_deadline_is_a_delayed_message() {
    let mut world = World::new(&workflow("5m"));
    let a = left(&mut world, "a");
    world.done(&[a]);
    let sent = world.sent();
    let (lane, wake, delay) = &sent[0];
    assert_eq!((sent.len(), *lane, *delay), (1, Lane::Conditions, Span::seconds(300)));
    let due = world.at + 5 * MINUTE;
    // Too early: it is sent again for the same moment, and the cell is left alone.
    let early = wake_of(&mut world, wake, due - 10_000);
    world.commits();
    world.done(&[early]);
    let again = world.sent();
    assert_eq!((again.len(), &again[0].1, world.commits()), (1, wake, 0));
    let in_time = wake_of(&mut world, wake, due);
    world.done(std::slice::from_ref(&in_time));
    assert_eq!(world.names(), ["start call"]);
    // Repeated: once more, then never again.
    world.done(std::slice::from_ref(&in_time));
    assert_eq!(world.names(), ["start call"]);
    world.done(&[in_time]);
    assert!(world.names().is_empty());
}

#[test]
fn a_crash_after_the_timeout_was_committed_loses_nothing() {
    let mut world = World::new(&workflow("5m"));
    let a = left(&mut world, "a");
    world.done(&[a]);
    let wake = world.sent()[0].1.clone();
    let due = world.at + 5 * MINUTE;
    let in_time = wake_of(&mut world, &wake, due);
    world.mood(Mood::Hangs);
    assert!(run(world.conditions.batch(std::slice::from_ref(&in_time), &TIME)).is_none());
    world.mood(Mood::Works);
    world.done(&[in_time]);
    assert_eq!(world.names(), ["start call"]);
}

#[test]
fn a_crash_before_the_wake_up_was_sent_loses_nothing() {
    let mut world = World::new(&workflow("5m"));
    let a = left(&mut world, "a");
    world.mood(Mood::Hangs);
    assert!(run(world.conditions.batch(std::slice::from_ref(&a), &TIME)).is_none());
    world.mood(Mood::Works);
    // Another event of the key is not responsible for it; the repetition is.
    let other = left(&mut world, "b");
    world.done(&[other]);
    assert!(world.names().is_empty());
    world.done(std::slice::from_ref(&a));
    assert_eq!(world.names(), ["wake pair"]);
}

#[test]
fn a_deadline_that_was_met_costs_a_read_and_no_write() {
    let mut world = World::new(&workflow("5m"));
    let a = left(&mut world, "a");
    world.done(&[a]);
    let wake = world.sent()[0].1.clone();
    let b = world.event("Right", "b", r#"{"k":"1"}"#);
    world.done(&[b]);
    world.names();
    world.commits();
    let due = world.at + 5 * MINUTE;
    let in_time = wake_of(&mut world, &wake, due);
    world.done(&[in_time]);
    assert_eq!((world.names(), world.commits()), (Vec::new(), 0));
}

#[test]
fn a_late_deadline_is_a_row_that_the_sweeper_sends() {
    let mut world = World::new(&workflow("1h"));
    let a = left(&mut world, "a");
    world.done(&[a]);
    assert!(world.sent().is_empty());
    let due = world.at + 60 * MINUTE;
    let minute = due.div_euclid(MINUTE);
    let rows = |world: &World| {
        let timers = |name: &ShelfName| matches!(name, ShelfName::Timers { minute: m, .. } if *m == minute);
        world.store.model.shelves().iter().filter(|name| timers(name)).count()
    };
    assert_eq!(rows(&world), 1);
    let mut at = world.at;
    let mut sent = Vec::new();
    while sent.is_empty() && at < due {
        run(world.conditions.sweep(Timestamp(at), &TIME)).unwrap().unwrap();
        sent = world.sent();
        at += MINUTE;
    }
    assert_eq!(sent.len(), 1, "sent once");
    let (lane, wake, delay) = &sent[0];
    assert_eq!(*lane, Lane::Conditions);
    assert!(delay.0 > 0 && delay.0 <= 3 * 60_000, "a little before: {delay:?}");
    for _ in 0..5 {
        run(world.conditions.sweep(Timestamp(at), &TIME)).unwrap().unwrap();
        at += MINUTE;
    }
    assert!(world.sent().is_empty(), "and never again");
    let in_time = wake_of(&mut world, wake, due);
    world.done(&[in_time]);
    assert_eq!(world.names(), ["start call"]);
}

#[test]
fn a_row_behind_the_sweeper_is_sent_by_who_puts_it() {
    let mut world = World::new(&workflow("1h"));
    let a = left(&mut world, "a");
    // The sweeper is two hours ahead of this message, which lay in the queue.
    run(world.conditions.sweep(Timestamp(world.at + 120 * MINUTE), &TIME)).unwrap().unwrap();
    world.done(&[a]);
    assert_eq!(world.names(), ["wake pair"]);
}

#[test]
fn a_sweep_that_stopped_goes_on() {
    let mut world = World::new(&workflow("1h"));
    let n = limits::TIMERS_A_PAGE * usize::from(limits::TIMER_PARTS) + 200;
    let at = world.at;
    let batch: Vec<Received> = (0..n)
        .map(|n| {
            world.at = at;
            world.event("Left", &format!("e{n}"), &format!(r#"{{"k":"{n}"}}"#))
        })
        .collect();
    world.done(&batch);
    let due = Timestamp(at + 61 * MINUTE);
    world.mood(Mood::Down);
    assert!(run(world.conditions.sweep(due, &TIME)).unwrap().is_err());
    world.mood(Mood::Works);
    let mut sweeps = 0;
    loop {
        sweeps += 1;
        let time = if sweeps < 4 { Left(limits::STOP_BEFORE) } else { TIME };
        let swept = run(world.conditions.sweep(due, &time)).unwrap().unwrap();
        if swept.left == 0 {
            break;
        }
        assert!(sweeps < 10);
    }
    let keys: std::collections::BTreeSet<String> = world.sent().iter().map(|(_, m, _)| m.to_text()).collect();
    assert_eq!(keys.len(), n, "every one of them");
}

#[test]
fn what_is_left_says_how_long_it_has_been_due() {
    let world = World::new(&workflow("1h"));
    let sweep = |at: i64, time: &Left| run(world.conditions.sweep(Timestamp(at), time)).unwrap().unwrap();
    let swept = sweep(START, &TIME);
    assert_eq!((swept.left, swept.overdue), (0, Span(0)), "two minutes ahead");
    // Who has no time does nothing: the minutes up to START + 2m are done with, the first that is left begins at START + 3m.
    let no_time = Left(Span(limits::STOP_BEFORE.0 - 1));
    let due = START + 3 * MINUTE;
    let swept = sweep(due, &no_time);
    assert_eq!((swept.minutes, swept.left, swept.overdue), (0, 3, Span(0)), "due just now");
    assert_eq!(sweep(due + 1, &no_time).overdue, Span(1));
    assert_eq!(sweep(due + 7 * MINUTE, &no_time).overdue, Span::seconds(420));
    let swept = sweep(due + 7 * MINUTE, &TIME);
    assert_eq!((swept.left, swept.overdue), (0, Span(0)), "nothing is left behind");
}

#[test]
fn silence_is_heard_and_moves_with_every_event() {
    let mut world = World::new(
        "
version: 1
name: w
events:
  beat: { match: { source: [t], detail-type: [Beat] }, capture: { $.detail.k: '{k}' } }
conditions:
  quiet: { absent: beat, by: k, for: 5m }
rules:
  call: { when: quiet, invoke: f }
functions:
  f: { respond: null }
",
    );
    let a = world.event("Beat", "a", r#"{"k":"1"}"#);
    world.done(&[a]);
    let wake = world.sent()[0].1.clone();
    world.at += 2 * MINUTE;
    let b = world.event("Beat", "b", r#"{"k":"1"}"#);
    world.done(&[b]);
    assert!(world.sent().is_empty(), "the wake-up that is on its way is early enough");
    let due = world.at + 5 * MINUTE;
    let at = world.at + 3 * MINUTE;
    let first = wake_of(&mut world, &wake, at);
    world.done(&[first]);
    let again = world.sent();
    assert_eq!(again.len(), 1, "it was moved");
    let second = wake_of(&mut world, &again[0].1.clone(), due);
    world.done(&[second]);
    assert_eq!(world.names(), ["start call"]);
}
