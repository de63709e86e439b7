//! `explain`: the data behind "2 of 3, one more needed".

use fanin_condition::{Condition, Explanation, State, explain};
use fanin_event::Timestamp;
use serde_json::{Value, json};

use crate::world::{DAY, HOUR, MINUTE, START, World, count, span};

fn told(world: &World, ms: i64) -> Value {
    let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START + ms));
    let value = serde_json::to_value(&told).unwrap();
    let back: Explanation = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(back, told, "programs read it back");
    value
}

fn at(ms: i64) -> String {
    Timestamp(START + ms).to_string()
}

fn parts() -> World {
    let mut condition = Condition { within: Some(span(HOUR)), ..count(None) };
    condition.members[0].distinct = Some(0);
    World::new(condition)
}

#[test]
fn an_open_instance_tells_what_it_waits_for() {
    let mut world = parts();
    world.event(1_000, "part a1 1");
    world.event(0, "part a0 2");
    world.event(1_000, "part a1 1");
    world.event(2_000, "manifest m 3");
    let generation = format!("{:016x}", world.instance.generation());
    assert_eq!(
        told(&world, 17 * MINUTE),
        json!({
            "workflow": "video", "condition": "done", "version": "0000000000000abc",
            "asks": "count", "counted": "part", "distinct": "part", "key": {"job": "job-1"},
            "state": "open", "generation": generation, "round": 1, "first_at": at(0), "last_at": at(2_000),
            "closed_at": null, "count": 2, "needed": 3, "missing": 1,
            "reach": {"value": 3, "from": "m", "conflicts": 0, "conflict": null},
            "members": [
                {"name": "part", "id": "a0", "accepted": at(0), "captures": {"part": "2"}, "times": 1},
                {"name": "part", "id": "a1", "accepted": at(1_000), "captures": {"part": "1"}, "times": 2},
                {"name": "manifest", "id": "m", "accepted": at(2_000), "captures": {"parts": "3"}, "times": 1},
            ],
            "members_not_shown": 0, "counts": {"part": 2, "manifest": 1}, "duplicates": 1, "late": 0, "extra": 0,
            "deadline": at(HOUR), "deadline_in": 43 * MINUTE, "forgotten_at": null
        })
    );
}

#[test]
fn an_unknown_number_is_null() {
    let mut world = parts();
    world.event(0, "part a 1");
    let told = told(&world, 2 * HOUR);
    assert_eq!(
        (&told["needed"], &told["missing"], &told["reach"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(told["deadline_in"], json!(0), "overdue: the timer is still to come");
}

#[test]
fn a_closed_instance_tells_how_it_ended_and_when_it_is_forgotten() {
    let mut world = parts();
    world.event(0, "part a 1");
    world.event(1, "manifest m 2");
    world.timer(HOUR);
    world.event(HOUR + 1, "part b 2");
    let told = told(&world, 2 * HOUR);
    assert_eq!(told["state"], "timed-out");
    assert_eq!((&told["count"], &told["missing"], &told["late"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!((&told["closed_at"], &told["deadline"]), (&json!(at(HOUR)), &json!(null)));
    assert_eq!(told["forgotten_at"], json!(at(HOUR + 5 * DAY)));
}

#[test]
fn a_new_instance_has_nothing_to_tell() {
    let world = World::new(count(Some(3)));
    let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
    assert_eq!((told.state, told.first_at, told.deadline, told.forgotten_at), (State::New, None, None, None));
    assert_eq!(serde_json::to_value(told.missing).unwrap(), json!(3));
}
