//! `all`, `any`, `at_least`: names in any order.

use fanin_condition::{Condition, Fire, Kind, State, Verdict, explain};
use fanin_event::Timestamp;
use serde_json::json;

use crate::world::{HOUR, MINUTE, START, World, condition, detail, ids, span};

fn shipped() -> Condition {
    Condition { within: Some(span(24 * HOUR)), ..condition(Kind::All, &["paid", "packed", "labelled"]) }
}

#[test]
fn an_order_ships_when_all_three_have_happened_in_any_order() {
    for order in
        [["paid", "packed", "labelled"], ["labelled", "paid", "packed"], ["packed", "labelled", "paid"]]
    {
        let mut world = World::new(shipped());
        assert_eq!(world.event(0, &format!("{} a", order[0])), Verdict::Waiting);
        assert_eq!(world.event(1, &format!("{} b", order[1])), Verdict::Waiting);
        assert_eq!(world.event(2, &format!("{} c", order[2])), Verdict::Fired);
        let detail = world.detail();
        assert_eq!(detail["missing"], json!([]));
        assert_eq!(detail["reason"], "complete");
        assert_eq!(ids(&detail, order[1]), ["b"]);
        assert_eq!(world.fired(), ["done#1 x3 at 2"]);
    }
}

#[test]
fn the_first_event_of_a_name_fills_its_slot_and_further_ones_are_extra() {
    let mut world = World::new(Condition { fire: Fire::Every, ..shipped() });
    world.event(0, "paid a");
    assert_eq!(world.event(1, "paid b"), Verdict::Ignored);
    world.event(2, "packed c");
    world.event(3, "labelled d");
    let detail = world.detail();
    assert_eq!(ids(&detail, "paid"), ["a"]);
    assert_eq!(world.fired(), ["done#1 x3 at 3"]);
    // The extra one is not carried into the next round, and neither is its redelivery.
    assert_eq!(world.event(4, "paid b"), Verdict::Duplicate);
    assert_eq!(world.event(5, "packed e"), Verdict::Waiting);
    let missing = explain(&world.condition, &world.key, &world.instance, Timestamp(START)).missing;
    assert_eq!(json!(missing), json!(["paid", "labelled"]));
}

#[test]
fn a_repetition_changes_nothing_before_and_after_the_firing() {
    let mut world = World::new(shipped());
    world.event(0, "paid a");
    assert_eq!(world.event(0, "paid a"), Verdict::Duplicate);
    world.event(1, "packed b");
    world.event(2, "labelled c");
    assert_eq!(world.event(2, "labelled c"), Verdict::Duplicate);
    assert_eq!(world.event(3, "labelled d"), Verdict::Late);
    assert_eq!(world.fired(), ["done#1 x3 at 2"]);
    let told = explain(&world.condition, &world.key, &world.instance, Timestamp(START));
    assert_eq!((told.state, told.duplicates, told.late, told.extra), (State::Fired, 2, 1, 0));
}

#[test]
fn one_event_may_be_two_members() {
    let mut world = World::new(condition(Kind::All, &["upload", "large_upload"]));
    assert_eq!(world.event(0, "upload a"), Verdict::Waiting);
    assert_eq!(world.event(0, "large_upload a"), Verdict::Fired);
}

#[test]
fn the_deadline_counts_from_the_first_member_and_includes_its_last_moment() {
    for (last, fired) in [
        (24 * HOUR - 1, vec!["done#1 x3 at 86399999"]),
        (24 * HOUR, vec!["done#1 x3 at 86400000"]),
        (24 * HOUR + 1, vec!["done.timeout#1 x2 at 86400000"]),
    ] {
        let mut world = World::new(shipped());
        world.event(0, "paid a");
        assert_eq!(world.due(), Some(24 * HOUR));
        world.event(HOUR, "packed b");
        let verdict = world.event(last, "labelled c");
        assert_eq!(verdict == Verdict::Fired, last <= 24 * HOUR, "{last}");
        assert_eq!(verdict == Verdict::Late, last > 24 * HOUR, "{last}");
        assert_eq!(world.fired(), fired);
    }
}

#[test]
fn a_timer_acts_from_the_deadline_on() {
    let mut world = World::new(shipped());
    world.event(0, "packed a");
    assert_eq!(world.timer(24 * HOUR - 1), Verdict::Ignored);
    assert_eq!(world.timer(24 * HOUR), Verdict::Expired);
    assert_eq!(world.timer(24 * HOUR), Verdict::Ignored);
    let detail = world.detail();
    assert_eq!(detail["missing"], json!(["paid", "labelled"]));
    assert_eq!(detail["reason"], "timeout");
    assert_eq!(detail["members"]["paid"], json!([]));
    assert_eq!(world.event(24 * HOUR, "paid b"), Verdict::Late, "what was decided stays decided");
    assert_eq!(world.fired(), ["done.timeout#1 x1 at 86400000"]);
}

#[test]
fn a_member_accepted_before_the_first_one_moves_the_deadline_forward() {
    let mut world = World::new(shipped());
    world.event(HOUR, "paid a");
    world.event(0, "packed b");
    assert_eq!(world.due(), Some(24 * HOUR));
    let mut world = World::new(Condition { within: Some(span(MINUTE)), ..shipped() });
    world.event(HOUR, "paid a");
    world.event(0, "packed b");
    assert_eq!(world.due(), Some(HOUR), "but never to before a member that counts");
}

#[test]
fn one_review_is_enough_for_any() {
    let mut world = World::new(condition(Kind::Any, &["legal", "finance"]));
    assert_eq!(world.event(0, "finance a"), Verdict::Fired);
    assert_eq!(world.event(1, "legal b"), Verdict::Late);
    assert_eq!(world.fired(), ["done#1 x1 at 0"]);
    let mut world =
        World::new(Condition { fire: Fire::Every, ..condition(Kind::Any, &["legal", "finance"]) });
    for (ms, text) in [(0, "finance a"), (1, "legal b"), (2, "finance c")] {
        assert_eq!(world.event(ms, text), Verdict::Fired);
    }
    assert_eq!(world.fired(), ["done#1 x1 at 0", "done#2 x1 at 1", "done#3 x1 at 2"]);
}

#[test]
fn two_different_reviews_of_three() {
    let two = Condition {
        within: Some(span(HOUR)),
        ..condition(Kind::AtLeast { n: 2 }, &["legal", "finance", "security"])
    };
    let mut world = World::new(two.clone());
    assert_eq!(world.event(0, "legal a"), Verdict::Waiting);
    assert_eq!(world.event(1, "legal b"), Verdict::Ignored, "the same name twice is one");
    assert_eq!(world.event(2, "security c"), Verdict::Fired);
    assert_eq!(world.detail()["missing"], json!(["finance"]));
    let mut world = World::new(two);
    world.event(0, "legal a");
    world.timer(HOUR);
    assert_eq!(world.detail()["missing"], json!(["finance", "security"]));
}

#[test]
fn a_timeout_ends_a_round_and_the_next_event_opens_the_next() {
    let mut world = World::new(Condition { fire: Fire::Every, ..shipped() });
    world.event(0, "paid a");
    // The event that shows that the deadline has passed is the first of the next round.
    assert_eq!(world.event(25 * HOUR, "packed b"), Verdict::Waiting);
    assert_eq!(world.due(), Some(49 * HOUR));
    world.event(26 * HOUR, "paid c");
    world.event(27 * HOUR, "labelled d");
    let rounds: Vec<_> = world.derived.iter().map(detail).collect();
    assert_eq!(rounds[0]["missing"], json!(["packed", "labelled"]));
    assert_eq!(rounds[1]["first_at"], "2026-01-03T04:00:00Z");
    assert_eq!(world.fired(), ["done.timeout#1 x1 at 86400000", "done#2 x3 at 97200000"]);
    assert_ne!(rounds[0], rounds[1]);
}

#[test]
fn a_derived_event_has_one_hop_more_than_its_highest_cause() {
    let mut world = World::new(Condition { fire: Fire::Every, ..condition(Kind::All, &["a", "b"]) });
    for (round, (a, b)) in [(3, 7), (2, 1), (255, 0)].into_iter().enumerate() {
        for (name, hops) in [("a", a), ("b", b)] {
            let mut event = crate::world::happening(&format!("{name} {name}{round}"));
            event.hops = hops;
            world.happens(0, &event);
        }
    }
    assert_eq!(world.derived.iter().map(|d| d.hops).collect::<Vec<_>>(), [8, 3, 255]);
}
