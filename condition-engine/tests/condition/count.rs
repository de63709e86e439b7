//! `count`: events, distinct values, a number that an event brings.

use fanin_condition::{Condition, Fire, Verdict, explain};
use fanin_event::Timestamp;
use serde_json::json;

use crate::world::{HOUR, START, World, count, detail, ids, span};

/// N uploads of different parts, N from the manifest, one hour.
fn parts() -> Condition {
    let mut condition = Condition { within: Some(span(HOUR)), ..count(None) };
    condition.members[0].distinct = Some(0);
    condition
}

#[test]
fn fires_at_the_number_not_before() {
    let mut world = World::new(count(Some(3)));
    assert_eq!(world.event(0, "part a 1"), Verdict::Waiting);
    assert_eq!(world.event(1, "part a 1"), Verdict::Duplicate);
    assert_eq!(world.event(2, "part b 1"), Verdict::Waiting, "events count, not values");
    assert_eq!(world.event(3, "part c 2"), Verdict::Fired);
    assert_eq!(world.event(4, "part d 3"), Verdict::Late);
    assert_eq!(world.detail()["missing"], json!(0));
    assert_eq!(world.fired(), ["done#1 x3 at 3"]);
}

#[test]
fn a_second_upload_of_a_part_counts_once() {
    let mut condition = count(Some(2));
    condition.members[0].distinct = Some(0);
    let mut world = World::new(condition);
    world.event(0, "part a 1");
    assert_eq!(world.event(1, "part b 1"), Verdict::Ignored);
    let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
    assert_eq!((told.count, told.extra, told.members[0].times), (1, 1, 2));
    assert_eq!(world.event(2, "part c 2"), Verdict::Fired);
    assert_eq!(ids(&world.detail(), "part"), ["a", "c"]);
}

#[test]
fn the_manifest_may_come_first_last_or_in_between() {
    for (order, at) in [
        (["manifest m 2", "part a 1", "part b 2"], 2),
        (["part a 1", "manifest m 2", "part b 2"], 2),
        (["part a 1", "part b 2", "manifest m 2"], 2),
    ] {
        let mut world = World::new(parts());
        for (ms, text) in (0..).zip(order) {
            let expected = if ms == at { Verdict::Fired } else { Verdict::Waiting };
            assert_eq!(world.event(ms, text), expected, "{order:?}");
        }
        let detail = world.detail();
        assert_eq!((ids(&detail, "manifest"), detail["count"].clone()), (vec!["m".to_owned()], json!(2)));
        assert_eq!(detail["first_at"], "2026-01-02T03:00:00Z");
        assert_eq!(detail["last_at"], "2026-01-02T03:00:00.002Z");
    }
}

#[test]
fn the_manifest_opens_the_hour() {
    let mut world = World::new(parts());
    world.event(0, "manifest m 3");
    world.event(10, "part a 1");
    assert_eq!(world.due(), Some(HOUR));
    world.timer(HOUR);
    assert_eq!(world.detail()["missing"], json!(2));
    assert_eq!(world.fired(), ["done.timeout#1 x1 at 3600000"]);
}

#[test]
fn while_the_number_is_unknown_nothing_fires_and_missing_is_null() {
    let mut world = World::new(parts());
    for (ms, text) in (0..).zip(["part a 1", "part b 2", "part c 3", "part d 4"]) {
        assert_eq!(world.event(ms, text), Verdict::Waiting);
    }
    world.timer(HOUR);
    assert_eq!(world.detail()["missing"], json!(null));
    assert_eq!(world.fired(), ["done.timeout#1 x4 at 3600000"]);
}

#[test]
fn a_number_that_is_already_exceeded_fires_at_once() {
    let mut world = World::new(parts());
    for (ms, text) in (0..).zip(["part a 1", "part b 2", "part c 3"]) {
        world.event(ms, text);
    }
    assert_eq!(world.event(5, "manifest m 2"), Verdict::Fired);
    assert_eq!(world.detail()["missing"], json!(0));
    assert_eq!(world.fired(), ["done#1 x3 at 5"]);
}

#[test]
fn the_first_valid_number_holds_and_a_different_one_is_reported() {
    let mut world = World::new(parts());
    world.event(0, "manifest m 2");
    assert_eq!(world.event(1, "manifest n 2"), Verdict::Ignored);
    assert_eq!(world.event(2, "manifest o 3"), Verdict::Ignored);
    world.event(3, "part a 1");
    let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
    let reach = told.reach.unwrap();
    assert_eq!((reach.value, reach.from.as_str(), reach.conflicts), (2, "m", 1));
    assert_eq!(reach.conflict, Some((3, "o".to_owned())));
    assert_eq!(told.extra, 2);
    assert_eq!(world.event(4, "part b 2"), Verdict::Fired);
    assert_eq!(ids(&world.detail(), "manifest"), ["m"]);
}

#[test]
fn a_number_that_is_none_goes_to_the_dead_letters_and_changes_nothing() {
    for (text, valid) in [
        ("1", true),
        ("10000000", true),
        ("007", true),
        ("0", false),
        ("10000001", false),
        ("99999999999999999999999", false),
        ("", false),
        ("-1", false),
        ("+1", false),
        ("2.0", false),
        ("two", false),
        ("٣", false),
    ] {
        let mut world = World::new(parts());
        let before = world.instance.clone();
        let mut manifest = crate::world::happening("manifest m");
        manifest.captures = vec![text.to_owned()];
        let verdict = world.happens(0, &manifest);
        assert_eq!(verdict != Verdict::Rejected, valid, "{text:?}");
        assert_eq!(world.instance == before, !valid, "{text:?}");
        assert_eq!(world.rejected.as_slice(), if valid { &[][..] } else { &["reach-not-a-number"][..] });
        assert_eq!(world.instance.is_new(), !valid);
    }
}

#[test]
fn every_part_may_say_how_many_there_are() {
    let mut condition = count(None);
    condition.members.truncate(1);
    condition.members[0].captures = vec!["part".into(), "parts".into()];
    condition.members[0].distinct = Some(0);
    condition.members[0].reach = Some(1);
    let mut world = World::new(condition);
    assert_eq!(world.event(0, "part a 1 2"), Verdict::Waiting);
    assert_eq!(world.event(1, "part b 1 2"), Verdict::Ignored);
    assert_eq!(world.event(2, "part c 2 x"), Verdict::Rejected);
    assert_eq!(world.event(3, "part d 2 9"), Verdict::Fired, "the first number holds");
    assert_eq!(world.fired(), ["done#1 x2 at 3"]);
}

#[test]
fn a_round_starts_empty_values_number_and_deadline_too() {
    let mut world = World::new(Condition { fire: Fire::Every, ..parts() });
    world.event(0, "manifest m 1");
    assert_eq!(world.event(1, "part a 1"), Verdict::Fired);
    assert_eq!(
        world.event(10, "part b 1"),
        Verdict::Waiting,
        "the value counts anew, its number is not known"
    );
    assert_eq!(world.due(), Some(HOUR + 10));
    assert_eq!(world.event(11, "part a 1"), Verdict::Duplicate, "ids outlive the round");
    assert_eq!(world.event(12, "manifest n 2"), Verdict::Waiting);
    assert_eq!(world.event(13, "part c 2"), Verdict::Fired);
    let last = detail(&world.derived[1]);
    assert_eq!(ids(&last, "part"), ["b", "c"]);
    assert_eq!(world.fired(), ["done#1 x1 at 1", "done#2 x2 at 13"]);
}

#[test]
fn one_number_written_down_holds_in_every_round() {
    let mut world = World::new(Condition { fire: Fire::Every, ..count(Some(2)) });
    for (ms, id) in (0..).zip(["a", "b", "c", "d", "e"]) {
        world.event(ms, &format!("part {id} 1"));
    }
    assert_eq!(world.fired(), ["done#1 x2 at 1", "done#2 x2 at 3"]);
}
