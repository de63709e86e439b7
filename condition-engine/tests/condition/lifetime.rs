//! How long an instance lives, what it remembers, and what a new life changes.

use fanin_condition::limits::IDLE;
use fanin_condition::{Condition, Effect, Ending, Fire, Input, Kind, Phase, Verdict, apply};
use fanin_event::{Span, Timestamp};

use crate::world::{DAY, HOUR, START, World, condition, count, span};

fn both() -> Condition {
    condition(Kind::All, &["paid", "packed"])
}

#[test]
fn a_closed_instance_is_forgotten_after_retain() {
    let mut world = World::new(both());
    world.event(0, "paid a");
    world.event(HOUR, "packed b");
    let closed = Phase::Closed { at: Timestamp(START + HOUR), ending: Ending::Complete };
    assert_eq!((world.instance.phase(), world.due()), (closed, Some(HOUR + 5 * DAY)));
    assert_eq!(world.timer(HOUR + 5 * DAY - 1), Verdict::Ignored);
    assert_eq!(world.timer(HOUR + 5 * DAY), Verdict::Forgotten);
    assert!(world.instance.is_new());
    assert_eq!(world.due(), None);
}

#[test]
fn after_retain_an_event_opens_a_new_generation() {
    for (ms, new_life) in [(5 * DAY, false), (5 * DAY + 1, true)] {
        let mut world = World::new(both());
        world.event(0, "paid a");
        world.event(0, "packed b");
        let generation = world.instance.generation();
        let verdict = world.event(ms, "paid a");
        assert_eq!(verdict, if new_life { Verdict::Waiting } else { Verdict::Duplicate });
        assert_eq!(world.instance.generation() != generation, new_life);
        world.event(ms, "packed c");
        let ids: Vec<_> = world.derived.iter().map(|derived| derived.identity).collect();
        assert_eq!(ids.len(), if new_life { 2 } else { 1 });
        assert!(!new_life || ids[0] != ids[1], "another life, another id: {ids:?}");
    }
}

#[test]
fn between_rounds_it_is_forgotten_after_retain() {
    let mut world = World::new(Condition { fire: Fire::Every, ..both() });
    world.event(0, "paid a");
    world.event(1, "packed b");
    assert_eq!(world.instance.phase(), Phase::Idle);
    assert_eq!(world.event(2, "paid a"), Verdict::Duplicate);
    assert_eq!(world.due(), Some(1 + 5 * DAY));
    assert_eq!(world.timer(5 * DAY), Verdict::Ignored);
    assert_eq!(world.timer(5 * DAY + 1), Verdict::Forgotten);
}

#[test]
fn without_a_deadline_it_is_cleaned_up_thirty_days_after_its_last_member() {
    let idle = i64::try_from(IDLE.0).unwrap();
    assert_eq!(idle, 30 * DAY);
    let mut world = World::new(both());
    world.event(0, "paid a");
    world.event(DAY, "paid extra");
    assert_eq!(world.timer(idle + DAY - 1), Verdict::Ignored);
    assert_eq!(world.timer(idle + DAY), Verdict::Forgotten);
    assert_eq!(world.fired(), [""; 0], "silently");
    // The same by an event instead of a timer.
    for (ms, fires) in [(idle, 1), (idle + 1, 0)] {
        let mut world = World::new(both());
        world.event(0, "paid a");
        world.event(ms, "packed b");
        assert_eq!(world.derived.len(), fires, "{ms}");
    }
}

#[test]
fn one_late_timer_does_everything_in_order_of_time() {
    let mut world = World::new(Condition { within: Some(span(HOUR)), ..both() });
    world.event(0, "paid a");
    assert_eq!(world.timer(90 * DAY), Verdict::Forgotten);
    assert_eq!(world.fired(), ["done.timeout#1 x1 at 3600000"]);
}

#[test]
fn a_new_instance_wants_nothing() {
    let mut world = World::new(both());
    assert_eq!(world.due(), None);
    assert_eq!(world.timer(90 * DAY), Verdict::Ignored);
    assert!(world.instance.is_new() && !world.instance.is_open());
    assert_eq!((world.instance.generation(), world.instance.round()), (0, 0));
}

#[test]
fn the_id_of_a_firing_depends_on_everything_it_should() {
    let fire = |condition: Condition, key: &str, ms: i64, id: &str| {
        let mut world = World::new(condition);
        world.key = key.into();
        world.event(ms, id);
        world.derived[0].identity
    };
    let one = count(Some(1));
    let base = fire(one.clone(), "42", 0, "part a 1");
    assert_eq!(base, fire(one.clone(), "42", 0, "part a 1"), "and on nothing else");
    let versioned = Condition { version: 2, ..one.clone() };
    let named = Condition { name: "other".into(), ..one.clone() };
    let elsewhere = Condition { workflow: "other".into(), ..one.clone() };
    for other in [
        fire(versioned, "42", 0, "part a 1"),
        fire(named, "42", 0, "part a 1"),
        fire(elsewhere, "42", 0, "part a 1"),
        fire(one.clone(), "43", 0, "part a 1"),
        fire(one.clone(), "42", 1, "part a 1"),
        fire(one, "42", 0, "part b 1"),
    ] {
        assert_ne!(base, other);
    }
}

#[test]
fn another_version_of_the_condition_is_refused() {
    let mut world = World::new(both());
    world.event(0, "paid a");
    let before = world.instance.clone();
    world.condition.version += 1;
    assert_eq!(world.event(1, "packed b"), Verdict::Rejected);
    assert_eq!(world.timer(90 * DAY), Verdict::Ignored);
    assert_eq!(world.rejected, ["other-version"]);
    assert_eq!(world.instance, before);
}

#[test]
fn a_moment_at_the_end_of_time_is_never_due() {
    let condition = Condition { within: Some(Span(u64::MAX)), ..both() };
    let mut world = World::new(condition);
    world.event(0, "paid a");
    assert_eq!(world.due(), None);
    let mut effects: Vec<Effect> = Vec::new();
    let timer = Input::Timer { now: Timestamp::NEVER };
    let verdict = apply(&world.condition, &world.key, &mut world.instance, &timer, &mut effects);
    assert_eq!((verdict, effects.len()), (Verdict::Ignored, 0));
}
