//! `absent`: nothing for so long.

use fanin_condition::{Condition, Fire, Kind, State, Verdict, explain};
use fanin_event::Timestamp;
use serde_json::json;

use crate::world::{DAY, MINUTE, START, World, condition, detail, ids, span};

const HOLD: i64 = 5 * MINUTE;

fn device_lost() -> Condition {
    let kind = Kind::Absent { hold: span(HOLD) };
    Condition { fire: Fire::Every, ..condition(kind, &["heartbeat"]) }
}

/// An order without a payment.
fn unpaid() -> Condition {
    let kind = Kind::Absent { hold: span(HOLD) };
    Condition { fire: Fire::Every, ..condition(kind, &["paid", "order"]) }
}

#[test]
fn each_heartbeat_postpones_and_silence_fires() {
    let mut world = World::new(device_lost());
    world.event(0, "heartbeat a");
    assert_eq!(world.due(), Some(HOLD));
    world.event(HOLD, "heartbeat b");
    assert_eq!(world.fired(), [""; 0], "just in time");
    assert_eq!(world.due(), Some(2 * HOLD));
    assert_eq!(world.timer(2 * HOLD - 1), Verdict::Ignored);
    assert_eq!(world.timer(2 * HOLD), Verdict::Fired);
    let detail = world.detail();
    assert_eq!(
        (detail["missing"].clone(), detail["reason"].clone()),
        (json!(["heartbeat"]), json!("complete"))
    );
    assert_eq!(ids(&detail, "heartbeat"), ["b"], "the last one");
    assert_eq!(world.fired(), ["done#1 x2 at 600000"]);
}

#[test]
fn after_firing_it_waits_for_the_next_heartbeat() {
    let mut world = World::new(device_lost());
    world.event(0, "heartbeat a");
    world.timer(HOLD);
    assert_eq!(world.timer(3 * HOLD), Verdict::Ignored, "silently");
    assert_eq!(world.event(4 * HOLD, "heartbeat b"), Verdict::Waiting);
    // A heartbeat that shows by its own moment that the silence was too long.
    assert_eq!(world.event(5 * HOLD + 1, "heartbeat c"), Verdict::Waiting);
    assert_eq!(world.fired(), ["done#1 x1 at 300000", "done#2 x1 at 1500000"]);
}

#[test]
fn a_repeated_or_older_heartbeat_postpones_nothing() {
    let mut world = World::new(device_lost());
    world.event(100, "heartbeat a");
    assert_eq!(world.event(100, "heartbeat a"), Verdict::Duplicate);
    assert_eq!(world.event(200, "heartbeat a"), Verdict::Duplicate, "sent again under the same id");
    assert_eq!(world.event(50, "heartbeat b"), Verdict::Ignored);
    assert_eq!(world.due(), Some(HOLD + 100));
}

#[test]
fn once_means_once() {
    let mut world = World::new(Condition { fire: Fire::Once, ..device_lost() });
    world.event(0, "heartbeat a");
    world.timer(HOLD);
    assert_eq!(world.event(HOLD + 1, "heartbeat b"), Verdict::Late);
    assert_eq!(world.fired(), ["done#1 x1 at 300000"]);
}

#[test]
fn a_silent_device_is_forgotten() {
    let mut world = World::new(device_lost());
    world.event(0, "heartbeat a");
    world.timer(HOLD);
    assert_eq!(world.due(), Some(5 * DAY));
    assert_eq!(world.timer(5 * DAY), Verdict::Forgotten);
    // One timer, long after both.
    let mut world = World::new(device_lost());
    world.event(0, "heartbeat a");
    assert_eq!(world.timer(10 * DAY), Verdict::Forgotten);
    assert_eq!(world.fired(), ["done#1 x1 at 300000"], "fired first");
}

#[test]
fn an_order_without_payment_fires() {
    let mut world = World::new(unpaid());
    world.event(0, "order o");
    assert_eq!(world.event(MINUTE, "order again"), Verdict::Ignored, "does not postpone");
    assert_eq!(world.due(), Some(HOLD));
    assert_eq!(world.timer(HOLD), Verdict::Fired);
    let detail = world.detail();
    assert_eq!((ids(&detail, "order"), detail["missing"].clone()), (vec!["o".to_owned()], json!(["paid"])));
    assert_eq!(world.event(HOLD + 1, "paid p"), Verdict::Late);
    assert_eq!(world.event(HOLD + 2, "order o2"), Verdict::Late, "at most once per key");
    assert_eq!(world.fired(), ["done#1 x1 at 300000"]);
}

#[test]
fn a_payment_until_the_last_moment_satisfies() {
    for (moment, satisfied) in [(0, true), (HOLD, true), (HOLD + 1, false)] {
        let mut world = World::new(unpaid());
        world.event(0, "order o");
        world.event(moment, "paid p");
        world.timer(2 * HOLD);
        assert_eq!(world.derived.is_empty(), satisfied, "{moment}");
        let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
        assert_eq!(told.state, if satisfied { State::Satisfied } else { State::Fired });
    }
}

#[test]
fn a_payment_before_the_order_satisfies_too() {
    let mut world = World::new(unpaid());
    assert_eq!(world.event(0, "paid p"), Verdict::Waiting);
    assert_eq!(world.due(), Some(HOLD + 5 * DAY), "sets no deadline, is dropped in the end");
    assert_eq!(world.event(DAY, "order o"), Verdict::Waiting);
    assert_eq!(world.due(), Some(DAY + 5 * DAY));
    assert_eq!(world.timer(6 * DAY - 1), Verdict::Ignored);
    assert_eq!(world.timer(6 * DAY), Verdict::Forgotten);
    assert_eq!(world.fired(), [""; 0]);
}

#[test]
fn a_payment_without_an_order_is_dropped() {
    let mut world = World::new(unpaid());
    world.event(0, "paid p");
    assert_eq!(world.timer(HOLD + 5 * DAY - 1), Verdict::Ignored);
    assert_eq!(world.timer(HOLD + 5 * DAY), Verdict::Forgotten);
    let mut world = World::new(unpaid());
    world.event(0, "paid p");
    world.event(HOLD + 5 * DAY + 1, "order o");
    world.timer(2 * HOLD + 5 * DAY + 1);
    assert_eq!(world.fired().len(), 1, "nobody remembers that payment");
}

#[test]
fn the_silence_of_a_device_counts_from_its_newest_heartbeat_whatever_came_last() {
    let mut world = World::new(device_lost());
    for ms in [300, 100, 200, 0] {
        world.event(ms, &format!("heartbeat h{ms}"));
    }
    world.timer(HOLD + 300);
    let last = detail(&world.derived[0]);
    assert_eq!(ids(&last, "heartbeat"), ["h300"]);
    assert_eq!(world.fired(), ["done#1 x1 at 300300"]);
}
